/** Which thread goes first where a machine has fewer cores than threads that want one. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

// A third of what a thread of the usual priority, 0, gets.
const readerPriority = 5;

/** Puts the thread that calls behind the others of its process. Only Linux has a priority for each thread. */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(id, readerPriority);
  } catch {
    // without /proc, or in a sandbox that forbids it, all go at once
  }
}
