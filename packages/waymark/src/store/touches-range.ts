/**
 * Whether a trace is in a range of time: whether one of its spans is, at any moment from its start to its end. A span of a clock that is
 * wrong so hides no trace, and puts none where nothing happened.
 */
import type { Span } from '../model/span.ts';
import { isUnfinished } from '../model/span-duration.ts';
import { nanoToUnixMs } from '../model/time.ts';
import type { TimeRange } from './trace-store.ts';

/** Of the trace as a whole. */
interface Extent {
  readonly startMs: number;
  readonly durationMs: number;
}

/** @returns `undefined` if the trace begins before the range and ends after it: then its spans decide. */
export function reachesInto(
  { startMs, durationMs }: Extent,
  { startMs: fromMs = Number.NEGATIVE_INFINITY, endMs: toMs = Number.POSITIVE_INFINITY }: TimeRange,
): boolean | undefined {
  const lastMs = startMs + durationMs;
  if (startMs > toMs || lastMs < fromMs) return false;
  // A span starts first, and one starts or ends last: within the range that is enough.
  return startMs >= fromMs || lastMs <= toMs || undefined;
}

/** @param batches The spans of the trace, in any order. */
export function hasSpanIn(
  batches: Iterable<readonly Span[]>,
  { startMs: fromMs = Number.NEGATIVE_INFINITY, endMs: toMs = Number.POSITIVE_INFINITY }: TimeRange,
): boolean {
  for (const spans of batches) {
    for (const span of spans) {
      const startMs = nanoToUnixMs(span.startTimeUnixNano);
      // Of an unfinished span only the start is known; so it is of one that ends before.
      const endMs = isUnfinished(span) ? startMs : nanoToUnixMs(span.endTimeUnixNano);
      if (startMs <= toMs && Math.max(startMs, endMs) >= fromMs) return true;
    }
  }
  return false;
}
