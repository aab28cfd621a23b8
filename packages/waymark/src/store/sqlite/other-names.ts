/**
 * Checks whether the file can be opened by a name in another folder. SQLite's log and the owner's socket are next to
 * the name by which the file is opened. Two names would have two logs and two sockets, which destroys the file.
 *
 * @see https://www.sqlite.org/howtocorrupt.html "Multiple links to the same file"
 */
import { readFileSync, statSync } from 'node:fs';

/**
 * @param path A path without links.
 * @returns What is wrong, and the remedy; `undefined` if the file has one name.
 */
export function otherNamesOf(path: string): string | undefined {
  const names = statSync(path).nlink;
  if (names > 1)
    return `it has ${names} names (hard links), and each would have a log of its own. Copy the file, and open the copy`;
  if (mountPoints().has(path)) {
    return 'only the file is mounted here, and its log would be missing elsewhere. Mount its folder instead';
  }
  return undefined;
}

/** Linux only. */
function mountPoints(): ReadonlySet<string> {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return new Set();
  }
  // Spaces in a path are written as octal numbers.
  const readEscapes = (path: string): string =>
    path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return new Set(mounts.split('\n').map((line) => readEscapes(line.split(' ')[4] ?? '')));
}
