/** A wait that is never too short. */
import { performance } from 'node:perf_hooks';

/**
 * Calls `fn` when the monotonic clock has reached a time, and keeps no process for that. A timer alone is early by as much as
 * its turn of the event loop had taken when it was set: who looks at the clock then, and finds that it is not yet time, would
 * not be called again.
 */
export function callAt(timeMs: number, fn: () => void): void {
  const leftMs = timeMs - performance.now();
  if (leftMs > 0) setTimeout(callAt, leftMs, timeMs, fn).unref();
  else fn();
}
