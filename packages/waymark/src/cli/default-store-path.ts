/** The default file for traces, in the user's data directory. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './command.ts';

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
export function defaultStorePath(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return join(dataFolder(env, platform), 'waymark', 'traces.sqlite');
}

function dataFolder({ HOME, LOCALAPPDATA, XDG_DATA_HOME }: Environment, platform: NodeJS.Platform): string {
  const home = HOME || homedir();
  if (platform === 'win32') return LOCALAPPDATA || join(home, 'AppData', 'Local');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  return XDG_DATA_HOME || join(home, '.local', 'share');
}
