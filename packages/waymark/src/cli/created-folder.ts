/** Folders that `--db` creates. They are reported, since a typing error would create one, too. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Arguments, readText } from './read-arguments.ts';

/** The topmost folder that does not exist yet; none for the default file. */
export function folderToCreate(args: Arguments): string | undefined {
  const path = readText(args, 'db');
  if (path === undefined) return undefined;
  let missing: string | undefined;
  for (let folder = dirname(resolve(path)); !existsSync(folder); folder = dirname(folder)) {
    missing = folder;
    if (folder === dirname(folder)) break;
  }
  return missing;
}
