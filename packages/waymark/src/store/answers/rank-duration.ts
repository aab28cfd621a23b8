/** Where a span's duration stands among the newest spans of its operation. */
import { durationAt, percentileOf } from '../../analysis/percentiles.ts';
import type { SpanDetails } from '../../api/types.ts';

/** @param durations In any order. They are sorted in place. */
export function rankDuration(durationMs: number, durations: Float64Array): SpanDetails['history'] {
  const ascending = durations.sort();
  const percentile = percentileOf(durationMs, ascending);
  if (percentile === undefined) return undefined;
  return {
    count: ascending.length,
    percentile,
    p50Ms: durationAt(50, ascending) ?? 0,
    p95Ms: durationAt(95, ascending) ?? 0,
  };
}
