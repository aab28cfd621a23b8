/** The top bar: links to the screens, the collector's state, the theme. */
import { useState } from 'preact/hooks';
import { place } from '../router/location.ts';
import { screenLink, screens } from '../router/screens.ts';
import { CollectorPopover } from './collector-popover.tsx';
import { chooseTheme, theme, themeChoice } from './theme.ts';

export function TopBar({ onHelp }: { readonly onHelp: () => void }) {
  const { path } = place.value;
  return (
    <header class="top-bar">
      <a class="brand" href="/traces" aria-label="Waymark: traces">
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path fill="currentColor" d="M1 3h9v2.6H1zM4 6.7h9v2.6H4zM7 10.4h8V13H7z" />
        </svg>
        <span>Waymark</span>
      </a>
      <nav aria-label="Screens">
        {screens.map(({ path: to, name, key }) => (
          <a
            key={to}
            href={screenLink(to)}
            aria-current={path === to || (to === '/traces' && path === '/') ? 'page' : undefined}
            title={`${name} (${key})`}
          >
            {name}
          </a>
        ))}
      </nav>
      <div class="top-bar-end">
        <CollectorPopover />
        <button
          type="button"
          class="quiet icon help-button"
          onClick={onHelp}
          aria-label="Keyboard shortcuts (?)"
          title="Keyboard shortcuts (?)"
        >
          ?
        </button>
        <ThemeButton />
      </div>
    </header>
  );
}

function ThemeButton() {
  const [, redraw] = useState(0);
  const next = theme.value === 'dark' ? 'light' : 'dark';
  const label = `${next === 'dark' ? 'Dark' : 'Light'} theme${themeChoice.value === 'system' ? '' : '; double-click: use the system theme'}`;
  const change = (choice: 'light' | 'dark' | 'system') => {
    chooseTheme(choice);
    redraw((count) => count + 1);
  };
  return (
    <button
      type="button"
      class="quiet icon"
      aria-label={label}
      title={label}
      onClick={() => change(next)}
      onDblClick={() => change('system')}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
      </svg>
    </button>
  );
}
