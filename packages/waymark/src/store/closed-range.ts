/**
 * Closes a range with an open end: it reaches up to now, and starts at the earliest with the first trace. Rates are
 * divided by the length of the range and charts are drawn over it, so a single wrong clock must not extend it.
 */
import type { TimeRange } from './trace-store.ts';

export interface ClosedRange {
  readonly startMs: number;
  readonly endMs: number;
  /** If so, spans beyond that end belong to the range too. They are counted, and do not extend the range. */
  readonly isStartOpen: boolean;
  readonly isEndOpen: boolean;
}

/** 2010. A clock that starts at 0 is in 1970, and the range does not start with its traces. */
export const earliestPlausibleMs: number = Date.UTC(2010, 0);

/** @param firstMs The earliest start of a trace that is not before {@link earliestPlausibleMs}. */
export function closeRange({ startMs, endMs }: TimeRange, firstMs: number | undefined, nowMs: number): ClosedRange {
  const end = endMs ?? Math.max(nowMs, startMs ?? nowMs);
  const firstStart = Math.min(firstMs ?? startMs ?? end, end);
  return {
    // If a service started a minute ago, its last hour is that minute. Otherwise its rates would be a sixtieth.
    startMs: endMs === undefined ? Math.max(startMs ?? firstStart, firstStart) : (startMs ?? firstStart),
    endMs: end,
    isStartOpen: startMs === undefined,
    isEndOpen: endMs === undefined,
  };
}
