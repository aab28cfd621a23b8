/** A wait that is never too short. */
import { performance } from 'node:perf_hooks';

/**
 * Calls `fn` when the monotonic clock has reached a time. It does not keep the process alive. A timer fires early by the time that
 * its turn of the event loop had taken when it was set. A caller that compares the clock would find that it is too early, and would
 * not be called again.
 */
export function callAt(timeMs: number, fn: () => void): void {
  const leftMs = timeMs - performance.now();
  if (leftMs > 0) setTimeout(callAt, leftMs, timeMs, fn).unref();
  else fn();
}
