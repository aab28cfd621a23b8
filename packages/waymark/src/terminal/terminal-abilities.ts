/** What the terminal of a stream can show. */
export interface TerminalAbilities {
  readonly colors: boolean;
  /** Whether text can be a link (OSC 8). */
  readonly links: boolean;
  readonly width: number;
}

interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

// Longer lines are hard to read.
const maxWidth = 120;

/** @see https://no-color.org, https://force-color.org, https://github.com/Alhadis/OSC8-Adoption */
export function terminalAbilities(
  { isTTY = false, columns = 100 }: TerminalStream,
  env: Readonly<Record<string, string | undefined>>,
): TerminalAbilities {
  return { colors: wantsColors(isTTY, env), links: showsLinks(isTTY, env), width: Math.min(columns, maxWidth) };
}

function wantsColors(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return !NO_COLOR && TERM !== 'dumb' && isTTY;
}

const programs = ['iTerm.app', 'vscode', 'WezTerm', 'ghostty', 'Hyper', 'Tabby', 'rio'];

function showsLinks(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_HYPERLINK, TERM_PROGRAM = '', TERM = '', VTE_VERSION = '0' } = env;
  if (FORCE_HYPERLINK !== undefined) return FORCE_HYPERLINK !== '0';
  if (!isTTY || TERM === 'dumb') return false;
  // VTE 0.50 is the first version with links.
  return (
    programs.includes(TERM_PROGRAM) ||
    /kitty|alacritty|ghostty|foot/.test(TERM) ||
    Number(VTE_VERSION) >= 5000 ||
    env.WT_SESSION !== undefined ||
    env.KONSOLE_VERSION !== undefined
  );
}
