import { terminalAbilities } from './terminal-abilities.ts';

const tty = { isTTY: true, columns: 80 };

test.each([
  [tty, {}, { colors: true, links: false, width: 80 }],
  [{ isTTY: true, columns: 300 }, {}, { colors: true, links: false, width: 120 }],
  [{}, {}, { colors: false, links: false, width: 100 }],
  [tty, { NO_COLOR: '1' }, { colors: false, links: false, width: 80 }],
  [tty, { NO_COLOR: '' }, { colors: true, links: false, width: 80 }],
  [tty, { TERM: 'dumb', TERM_PROGRAM: 'vscode' }, { colors: false, links: false, width: 80 }],
  [{}, { FORCE_COLOR: '1' }, { colors: true, links: false, width: 100 }],
  [tty, { FORCE_COLOR: '0' }, { colors: false, links: false, width: 80 }],
  [tty, { TERM_PROGRAM: 'vscode' }, { colors: true, links: true, width: 80 }],
  [{}, { TERM_PROGRAM: 'vscode' }, { colors: false, links: false, width: 100 }],
  [tty, { VTE_VERSION: '4999' }, { colors: true, links: false, width: 80 }],
  [tty, { VTE_VERSION: '5000' }, { colors: true, links: true, width: 80 }],
  [tty, { VTE_VERSION: '7800', FORCE_HYPERLINK: '0' }, { colors: true, links: false, width: 80 }],
])('%j with %j: %j', (stream, env, abilities) => {
  expect(terminalAbilities(stream, env)).toEqual(abilities);
});
