// Runs before the first paint, so that a page in the other theme does not flash. See theme.ts.
{
  let choice: string | null = null;
  try {
    choice = localStorage.getItem('waymark.theme');
  } catch {
    // No storage: as the system has it.
  }
  if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
}

export {};
