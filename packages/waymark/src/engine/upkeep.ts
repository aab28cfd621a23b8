/** Has the store do what is due though nothing comes: what is too old goes, and a limit that was lowered is reached. */
import type { StoreLimits, TraceStore } from '../store/trace-store.ts';

const mostMs = 60_000;
const leastMs = 1000;

/**
 * The first time at once. What takes long is done in steps, with a turn of the event loop for calls between them.
 *
 * @returns What stops it.
 */
export function startUpkeep(
  store: Pick<TraceStore, 'upkeep'>,
  { maxAgeMs }: Pick<StoreLimits, 'maxAgeMs'>,
): () => void {
  const intervalMs = Math.min(Math.max(maxAgeMs / 10, leastMs), mostMs);
  let timer = setTimeout(step, 0);
  timer.unref();

  function step(): void {
    let hasMore = false;
    try {
      hasMore = store.upkeep();
    } catch (error) {
      // WebAssembly that was cut off in the middle of something is in no state to go on.
      if (error instanceof Error && error.name === 'RuntimeError') throw error;
      // Otherwise the disk is full, or the file damaged: the next batch is refused for it, and says so.
    }
    timer = setTimeout(step, hasMore ? 0 : intervalMs);
    timer.unref();
  }

  return () => clearTimeout(timer);
}
