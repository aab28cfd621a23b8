/**
 * Decides whether a trace is in a range of time: one of its spans must be in the range at some moment from its start to
 * its end. So a span with a wrong clock hides no trace, and shows none where nothing happened.
 */
import type { Span } from '../model/span.ts';
import { isUnfinished } from '../model/span-duration.ts';
import { nanoToUnixMs } from '../model/time.ts';
import type { TimeRange } from './trace-store.ts';

/** The extent of the whole trace. */
interface Extent {
  readonly startMs: number;
  readonly durationMs: number;
}

/** @returns `undefined` if the trace begins before the range and ends after it. Its spans must then be checked. */
export function reachesInto(
  { startMs, durationMs }: Extent,
  { startMs: fromMs = Number.NEGATIVE_INFINITY, endMs: toMs = Number.POSITIVE_INFINITY }: TimeRange,
): boolean | undefined {
  const lastMs = startMs + durationMs;
  if (startMs > toMs || lastMs < fromMs) return false;
  // Some span starts first, and some span starts or ends last. If either moment is within the range, that is enough.
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
      // Only the start of an unfinished span is known. A span that ends before it starts counts in the same way.
      const endMs = isUnfinished(span) ? startMs : nanoToUnixMs(span.endTimeUnixNano);
      if (startMs <= toMs && Math.max(startMs, endMs) >= fromMs) return true;
    }
  }
  return false;
}
