/**
 * Opens a file of the spool that another process wrote. Anything can lie in a shared folder: at a named pipe `open()` waits for a
 * writer for ever, a device may act when it is opened, and a link may lead out of the folder.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';

// Windows has neither flag, and no named pipes in folders.
const { O_RDONLY, O_RDWR, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/** Looks at a file without opening it. `foreign` is anything but a regular file of this process's user; `undefined` is gone. */
export function statOwnFile(path: string): Stats | 'foreign' | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined || isOwnFile(stats) ? stats : 'foreign';
}

/** @throws If it is anything but a regular file of this process's user, or Node's error. */
export function openOwnFile(path: string, access: 'read' | 'write'): number {
  const fd = openSync(path, (access === 'read' ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_NOFOLLOW);
  try {
    // It may have been replaced since it was looked at.
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
