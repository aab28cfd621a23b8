// Runs before the first paint: otherwise the page would flash in the other theme. See theme.ts.
{
  let choice: string | null = null;
  try {
    choice = localStorage.getItem('waymark.theme');
  } catch {
    // There is no storage: use the theme of the system.
  }
  if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
}

export {};
