/**
 * Which thread has the file open. SQLite's locks do not tell processes of different drivers apart, and its WebAssembly has none that the
 * kernel knows of.
 */
import { disownPidFile, ownByPidFile } from './owner-pid-file.ts';
import { ownBySocket } from './owner-socket.ts';
import { StoreInUse } from './store-in-use.ts';

/**
 * @param path Without links in it.
 * @returns Releases the file.
 * @throws {StoreInUse} If another thread, of this process or of another one, has it.
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

/** For a thread of this process that has failed, and could not do it itself. A socket has been closed with the thread. */
export function disownThread(path: string, thread: number): void {
  disownPidFile(path, thread);
}
