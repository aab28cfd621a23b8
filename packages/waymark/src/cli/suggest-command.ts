/** Suggests a command for an unknown word: an application to run, another word for serving, or a typing error. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from './command.ts';
import { nearestWord } from './nearest-word.ts';
import { quoteForShell } from './quote-for-shell.ts';

const serving = /^(?:serve|server|start|up|collector|collect|listen|ui|view|viewer|open|web|dev)$/i;
const running = /^(?:run|exec|with|trace)$/i;
const scriptFile = /\.(?:[cm]?js|[cm]?ts|jsx|tsx)$/i;

/** @returns A sentence that ends with the command to type. */
export function suggestCommand(
  name: string,
  rest: readonly string[],
  commands: readonly string[],
  env: Environment,
): string {
  if (running.test(name) && rest.length > 0) return runWith(rest[0] === '--' ? rest.slice(1) : rest);
  if (serving.test(name) && !existsSync(name)) {
    return `To start the collector and the viewer: ${commandLine(['waymark', ...rest.filter((word) => word !== '--')])}`;
  }
  if (scriptFile.test(name)) return runWith(['node', name, ...rest]);
  const nearest = nearestWord(name, commands);
  // `node`, `npm` and `./start.sh` are programs; but `tial` may be one, too.
  if (isProgram(name, env) && (nearest === undefined || rest.length > 0)) return runWith([name, ...rest]);
  return nearest === undefined ? 'See: waymark help' : `Did you mean: waymark ${nearest}`;
}

function runWith(words: readonly string[]): string {
  const [first = ''] = words;
  const command = scriptFile.test(first) ? ['node', ...words] : words;
  return `To run an application: ${commandLine(['waymark', '--', ...command])}`;
}

function commandLine(words: readonly string[]): string {
  return words.map(quoteForShell).join(' ');
}

function isProgram(name: string, { PATH = '', PATHEXT = '' }: Environment): boolean {
  if (/[\\/]/.test(name)) return isExecutable(name);
  const endings = process.platform === 'win32' ? ['', ...PATHEXT.split(';')] : [''];
  return PATH.split(delimiter).some((folder) => endings.some((ending) => isExecutable(join(folder, name + ending))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
