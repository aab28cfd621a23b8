/**
 * Opens a spool file that another process wrote. A shared folder can contain anything: `open()` of a named pipe waits for a writer
 * indefinitely, opening a device may have effects, and a link may lead out of the folder.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';

// Windows has neither of these flags, and no named pipes in folders.
const { O_RDONLY, O_RDWR, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/** Looks at a file without opening it. `foreign`: anything but a regular file of this process's user. `undefined`: the file is gone. */
export function statOwnFile(path: string): Stats | 'foreign' | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined || isOwnFile(stats) ? stats : 'foreign';
}

/** @throws If it is anything but a regular file of this process's user, or Node's error. */
export function openOwnFile(path: string, access: 'read' | 'write'): number {
  const fd = openSync(path, (access === 'read' ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_NOFOLLOW);
  try {
    // The file may have been replaced since the first check.
    if (!isOwnFile(fstatSync(fd))) throw new Error(`${path} is not a regular file of this user`);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function isOwnFile(stats: Stats): boolean {
  const userId = process.geteuid?.();
  return stats.isFile() && (userId === undefined || stats.uid === userId);
}
