/** The theme, dark or light: that of the system, until the user chooses another. */
import { computed, signal } from '@preact/signals';

export type ThemeChoice = 'system' | 'light' | 'dark';

const storageKey = 'waymark.theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(systemIsDark.matches);
systemIsDark.addEventListener('change', () => {
  isSystemDark.value = systemIsDark.matches;
});

export const themeChoice = signal<ThemeChoice>(readChoice());

/** The current theme. A canvas is drawn again when it changes. */
export const theme = computed<'light' | 'dark'>(() => {
  if (themeChoice.value !== 'system') return themeChoice.value;
  return isSystemDark.value ? 'dark' : 'light';
});

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, choice);
  } catch {
    // There is no storage: the choice is lost with the page.
  }
  themeChoice.value = choice;
}

function readChoice(): ThemeChoice {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
