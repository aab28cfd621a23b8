/** Folders that a `--db` makes: said, since a slip of the keys makes some, too. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Arguments, readText } from './read-arguments.ts';

/** The topmost folder that is not there yet; none for the default place, which is the user's own. */
export function folderToMake(args: Arguments): string | undefined {
  const path = readText(args, 'db');
  if (path === undefined) return undefined;
  let missing: string | undefined;
  for (let folder = dirname(resolve(path)); !existsSync(folder); folder = dirname(folder)) {
    missing = folder;
    if (folder === dirname(folder)) break;
  }
  return missing;
}
