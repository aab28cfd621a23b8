/** The page of a shared file: the trace screen without a collector. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PackedTrace } from '../../../src/share/share-format.ts';
import { formatPlural } from '../format/count.ts';
import { formatFullTime } from '../format/time.ts';
import { followKeys, useKeys } from '../keys/key-bindings.ts';
import { followAddress } from '../router/location.ts';
import { EmptyState } from '../shell/empty-state.tsx';
import { HelpDialog } from '../shell/help-dialog.tsx';
import { copyText, notice } from '../shell/notice.ts';
import { chooseTheme, theme } from '../shell/theme.ts';
import { TracePage } from '../trace/trace-page.tsx';
import type { TraceSource } from '../trace/trace-source.ts';
import { createEmbeddedSource, readEmbeddedTrace } from './embedded-source.ts';

function SharedPage({ packed, source }: { readonly packed: PackedTrace; readonly source: TraceSource }) {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const removedCount = packed.removed.reduce((sum, { count }) => sum + count, 0);
  useEffect(followAddress, []);
  useEffect(followKeys, []);
  useKeys('Everywhere', [
    { keys: 'y', does: 'copy the link to this view', run: () => copyText(location.href, 'the link') },
    { keys: 'D', does: 'switch dark and light', run: changeTheme },
    { keys: '?', does: 'show the keyboard shortcuts', run: () => setHelpOpen(true) },
  ]);
  return (
    <>
      <header class="top-bar">
        <span class="brand">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path fill="currentColor" d="M1 3h9v2.6H1zM4 6.7h9v2.6H4zM7 10.4h8V13H7z" />
          </svg>
          <span>Waymark</span>
        </span>
        <span class="shared-note clip">
          shared {formatFullTime(packed.sharedMs)}
          {removedCount > 0 && (
            <span title={packed.removed.map(({ kind, where, count }) => `${where}: ${kind} ×${count}`).join('\n')}>
              , {formatPlural(removedCount, 'value')} left out
            </span>
          )}
        </span>
        <div class="top-bar-end">
          <button
            type="button"
            class="quiet icon"
            onClick={() => setHelpOpen(true)}
            aria-label="Keyboard shortcuts (?)"
            title="Keyboard shortcuts (?)"
          >
            ?
          </button>
          <button
            type="button"
            class="quiet icon"
            onClick={changeTheme}
            aria-label="Dark or light (D)"
            title="Dark or light (D)"
          >
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" />
              <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
            </svg>
          </button>
        </div>
      </header>
      <main id="main">
        <TracePage source={source} renderFailure={(error) => <Unreadable error={error} />} />
      </main>
      <div class={`notice ${notice.value?.tone ?? ''}`} role="status">
        {notice.value?.text}
      </div>
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
    </>
  );
}

function Unreadable({ error }: { readonly error: unknown }) {
  return (
    <EmptyState title="The trace in this file cannot be read">
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </EmptyState>
  );
}

function changeTheme(): void {
  chooseTheme(theme.peek() === 'dark' ? 'light' : 'dark');
}

const container = document.getElementById('app');
if (container !== null) {
  readEmbeddedTrace().then(
    (packed) => render(<SharedPage packed={packed} source={createEmbeddedSource(packed)} />, container),
    (error: unknown) => render(<Unreadable error={error} />, container),
  );
}
