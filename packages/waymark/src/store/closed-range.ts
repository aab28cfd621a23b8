/**
 * The range that is meant where an end is open: up to now, and from the first trace on at the earliest. Rates are divided by it, and charts are drawn
 * over it, so that one clock that is wrong must not stretch it.
 */
import type { TimeRange } from './trace-store.ts';

export interface ClosedRange {
  readonly startMs: number;
  readonly endMs: number;
  /** Then what lies beyond that end belongs to the range too: it is counted, and stretches nothing. */
  readonly isStartOpen: boolean;
  readonly isEndOpen: boolean;
}

/** 2010. A clock that starts at 0 is in 1970: the range does not start with its traces. */
export const earliestPlausibleMs: number = Date.UTC(2010, 0);

/** @param firstMs The earliest start of a trace that is not before {@link earliestPlausibleMs}. */
export function closeRange({ startMs, endMs }: TimeRange, firstMs: number | undefined, nowMs: number): ClosedRange {
  const end = endMs ?? Math.max(nowMs, startMs ?? nowMs);
  const firstStart = Math.min(firstMs ?? startMs ?? end, end);
  return {
    // An hour up to now of a service that was started a minute ago is that minute: else its rates are a sixtieth.
    startMs: endMs === undefined ? Math.max(startMs ?? firstStart, firstStart) : (startMs ?? firstStart),
    endMs: end,
    isStartOpen: startMs === undefined,
    isEndOpen: endMs === undefined,
  };
}
