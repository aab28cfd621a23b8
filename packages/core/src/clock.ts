/**
 * Time, in one unit: Unix milliseconds as a double, which resolves a quarter of a microsecond until the year 2100.
 *
 * Durations come from the monotonic clock, so a span is never negative when the wall clock is set. The wall clock is
 * consulted once per local root: if the two have come apart (the clock was set, the machine slept), the offset is taken anew.
 */
import { performance } from 'node:perf_hooks';

export interface Clock {
  /** Unix time in milliseconds; fractions welcome. */
  wallMs(): number;
  /** Milliseconds from any origin, never going back. */
  monotonicMs(): number;
}

/** What a span's times may be given as: Unix milliseconds, a `Date`, or OpenTelemetry's `[seconds, nanoseconds]`. */
export type TimeInput = number | Date | readonly [number, number];

export interface TraceClock {
  /** To be added to a monotonic reading of a trace that starts now. */
  offsetMs(): number;
  monotonicMs(): number;
}

export function createTraceClock(clock?: Clock): TraceClock {
  if (clock) {
    return { offsetMs: () => clock.wallMs() - clock.monotonicMs(), monotonicMs: () => clock.monotonicMs() };
  }
  return systemTraceClock;
}

// Date.now() has whole milliseconds, cut off; performance.timeOrigin has microseconds. Keeping the latter while they agree
// makes the spans of two processes on one machine line up to a few microseconds, where a fresh Date.now() for each
// trace would let a child seem to start up to a millisecond before its parent.
let systemOffsetMs = performance.timeOrigin;
const toleranceMs = 2;

const systemTraceClock: TraceClock = {
  offsetMs() {
    const drift = Date.now() - (systemOffsetMs + performance.now());
    if (drift > toleranceMs || drift < -toleranceMs) systemOffsetMs += drift;
    return systemOffsetMs;
  },
  monotonicMs: () => performance.now(),
};

// A Unix time in milliseconds below this is before 1973: OpenTelemetry's API also takes performance.now() readings, which are.
const earliestUnixMs = 1e11;

/** Unix milliseconds of a time in any of its forms, or `undefined` if it is none (a NaN, an invalid `Date`). */
export function toUnixMs(time: unknown): number | undefined {
  let unixMs: number;
  if (typeof time === 'number') unixMs = time < earliestUnixMs ? time + performance.timeOrigin : time;
  else if (time instanceof Date) unixMs = time.getTime();
  else if (Array.isArray(time) && time.length === 2) unixMs = Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
  else return undefined;
  return Number.isFinite(unixMs) && unixMs >= 0 ? unixMs : undefined;
}
