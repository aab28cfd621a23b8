/** Runs the store's upkeep when no spans arrive: deletes old traces, and traces beyond a lowered limit. */
import type { StoreLimits, TraceStore } from '../store/trace-store.ts';

const mostMs = 60_000;
const leastMs = 1000;

/**
 * Runs at once, then at intervals. Long work is done in steps, with a turn of the event loop for calls between them.
 *
 * @returns A function that stops it.
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
      // A WebAssembly trap leaves SQLite in an undefined state.
      if (error instanceof Error && error.name === 'RuntimeError') throw error;
      // Otherwise the disk is full or the file is damaged. The next batch is refused with the reason.
    }
    timer = setTimeout(step, hasMore ? 0 : intervalMs);
    timer.unref();
  }

  return () => clearTimeout(timer);
}
