/**
 * Whether the file can be opened by a name in another folder. SQLite's log and the owner's socket lie beside the name that the file is
 * opened by: two names have two of each, and the file is destroyed.
 *
 * @see https://www.sqlite.org/howtocorrupt.html "Multiple links to the same file"
 */
import { readFileSync, statSync } from 'node:fs';

/**
 * @param path Without links in it.
 * @returns What is wrong with it, and the remedy; `undefined` if the file has one name.
 */
export function otherNamesOf(path: string): string | undefined {
  const names = statSync(path).nlink;
  if (names > 1)
    return `it has ${names} names (hard links), and each would have a log beside it. Copy it, and open the copy`;
  if (mountPoints().has(path)) {
    return 'the file alone is mounted here, and its log would not be beside it elsewhere. Mount its folder in place of it';
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
  // Blanks in a path are written as octal numbers.
  const readEscapes = (path: string): string =>
    path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return new Set(mounts.split('\n').map((line) => readEscapes(line.split(' ')[4] ?? '')));
}
