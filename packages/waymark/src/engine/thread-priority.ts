/** Sets which thread runs first on a machine with fewer cores than busy threads. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

// A third of the time that a thread of the default priority, 0, gets.
const readerPriority = 5;

/** Lowers the priority of the calling thread. Only Linux has a priority for each thread. */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(id, readerPriority);
  } catch {
    // without /proc, or in a sandbox that forbids it, all threads have the same priority
  }
}
