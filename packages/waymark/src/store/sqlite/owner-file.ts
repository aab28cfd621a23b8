/**
 * Records which thread has the file open. SQLite's locks do not exclude processes with different drivers, and the locks
 * of its WebAssembly build are unknown to the kernel.
 */
import { disownPidFile, ownByPidFile } from './owner-pid-file.ts';
import { ownBySocket } from './owner-socket.ts';
import { StoreInUse } from './store-in-use.ts';

/**
 * @param path A path without links.
 * @returns A function that releases the file.
 * @throws {StoreInUse} If another thread, of this process or of another one, has opened it.
 */
export function ownFile(path: string): () => void {
  const claim = ownBySocket(path);
  switch (claim.type) {
    case 'owned':
      return claim.release;
    case 'in-use':
      throw new StoreInUse(path, claim.pid);
    case 'impossible':
      return ownByPidFile(path);
  }
}

/** Releases the file for a thread of this process that has failed. A socket has been closed with its thread. */
export function disownThread(path: string, thread: number): void {
  disownPidFile(path, thread);
}
