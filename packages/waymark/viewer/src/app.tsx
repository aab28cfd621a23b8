/** The shell: the top bar, the screen of the current address, and the keys that work on every screen. */
import type { ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { followKeys, useKeys } from './keys/key-bindings.ts';
import { followAddress, go, place } from './router/location.ts';
import { routes } from './router/routes.tsx';
import { screenLink, screens } from './router/screens.ts';
import { EmptyState } from './shell/empty-state.tsx';
import { FileDrop } from './shell/file-drop.tsx';
import { HelpDialog } from './shell/help-dialog.tsx';
import { copyText, notice } from './shell/notice.ts';
import { chooseTheme, theme } from './shell/theme.ts';
import { TopBar } from './shell/top-bar.tsx';

export function App() {
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(followAddress, []);
  useEffect(followKeys, []);
  useKeys('Everywhere', [
    ...screens.map(({ path, name, key }) => ({
      keys: key,
      does: `go to ${name.toLowerCase()}`,
      run: () => go(screenLink(path)),
    })),
    { keys: 'y', does: 'copy the link to this view', run: () => copyText(location.href, 'the link') },
    {
      keys: 'D',
      does: 'switch dark and light',
      run: () => chooseTheme(theme.peek() === 'dark' ? 'light' : 'dark'),
    },
    { keys: '?', does: 'show the keyboard shortcuts', run: () => setHelpOpen(true) },
  ]);
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <TopBar onHelp={() => setHelpOpen(true)} />
      <main id="main" tabIndex={-1}>
        <Screen />
      </main>
      <div class={`notice ${notice.value?.tone ?? ''}`} role="status">
        {notice.value?.text}
      </div>
      <FileDrop />
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
    </>
  );
}

type Show = (groups: readonly string[]) => ComponentChild;

function Screen() {
  const { path } = place.value;
  const route = routes.find(({ pattern }) => pattern.test(path));
  const [shown, setShown] = useState<{ pattern: RegExp; show: Show } | { error: unknown }>();
  useEffect(() => {
    if (route === undefined) return;
    let isWanted = true;
    route.load().then(
      (show) => isWanted && setShown({ pattern: route.pattern, show }),
      (error: unknown) => isWanted && setShown({ error }),
    );
    return () => {
      isWanted = false;
    };
  }, [route]);
  if (route === undefined) {
    return (
      <EmptyState title="Page not found">
        <p>
          The viewer has no page <code>{path}</code>. <a href="/traces">Go to the traces</a>.
        </p>
      </EmptyState>
    );
  }
  if (shown === undefined) return null;
  if ('error' in shown) {
    return (
      <EmptyState title="Part of the viewer could not be loaded">
        <p>
          The collector has probably been stopped or updated. Start it with <code>npx waymark</code>, then reload this
          page.
        </p>
      </EmptyState>
    );
  }
  if (shown.pattern !== route.pattern) return null;
  return shown.show((route.pattern.exec(path) ?? []).slice(1).map(decodeSafely));
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
