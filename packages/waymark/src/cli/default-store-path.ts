/** The default file for traces, in the user's data directory. */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import type { Environment } from './command.ts';

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
export function defaultStorePath(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const { join } = platform === 'win32' ? win32 : posix;
  return join(dataFolder(env, platform), 'waymark', 'traces.sqlite');
}

function dataFolder({ HOME, LOCALAPPDATA, XDG_DATA_HOME }: Environment, platform: NodeJS.Platform): string {
  const home = HOME || homedir();
  if (platform === 'win32') return LOCALAPPDATA || win32.join(home, 'AppData', 'Local');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support');
  return XDG_DATA_HOME || posix.join(home, '.local', 'share');
}
