/**
 * Time, in one unit: Unix milliseconds as a double, which resolves a quarter of a microsecond until the year 2100.
 *
 * Durations come from the monotonic clock, so a span is never negative when the wall clock is set. The wall clock is
 * consulted once per local root: if the two have come apart (the clock was set, the machine slept), the offset is taken anew.
 */
import { performance } from 'node:perf_hooks';
import { isDate } from 'node:util/types';

export interface Clock {
  /** Unix time in milliseconds; fractions welcome. */
  wallMs(): number;
  /** Milliseconds from any origin, never going back. */
  monotonicMs(): number;
}

/**
 * What a span's times may be given as: Unix milliseconds, a `Date`, OpenTelemetry's `[seconds, nanoseconds]` since 1970,
 * or a reading of `performance.now()`.
 */
// Not readonly: OpenTelemetry's API has it so, and `Span` would otherwise not be one of its spans.
export type TimeInput = number | Date | [seconds: number, nanoseconds: number];

export interface TraceClock {
  monotonicMs(): number;
  /**
   * To be added to the monotonic readings of a trace that starts now.
   *
   * @param nowMs The monotonic clock's present reading, which whoever starts a trace has taken already.
   */
  offsetMs(nowMs: number): number;
}

/** @param clock Default: the system's clocks. One that throws, or has no number, is stood in for by these. */
export function createTraceClock(clock?: Clock): TraceClock {
  if (clock === undefined) return systemTraceClock;
  const wallMs = (): number => readingOf(() => clock.wallMs(), Date.now);
  const monotonicMs = (): number =>
    readingOf(
      () => clock.monotonicMs(),
      () => performance.now(),
    );
  return { monotonicMs, offsetMs: (nowMs) => wallMs() - nowMs };
}

function readingOf(read: () => number, readSystem: () => number): number {
  try {
    const reading = read();
    if (Number.isFinite(reading)) return reading;
  } catch {
    // Given for tests: a clock that fails there shows in the times, and must not fail a request.
  }
  return readSystem();
}

// Date.now() has whole milliseconds, cut off; performance.timeOrigin has microseconds. Keeping the latter while they agree
// makes the spans of two processes on one machine line up to a few microseconds, where a fresh Date.now() for each
// trace would let a child seem to start up to a millisecond before its parent.
let systemOffsetMs = performance.timeOrigin;
const toleranceMs = 2;

const systemTraceClock: TraceClock = {
  monotonicMs: () => performance.now(),
  offsetMs(nowMs) {
    const drift = Date.now() - (systemOffsetMs + nowMs);
    if (drift > toleranceMs || drift < -toleranceMs) followWallClock();
    return systemOffsetMs;
  },
};

// More often in a row nobody is held up for so long.
const maxLooks = 10;

/** The clocks seem to have come apart; or the process was held up, on a busy machine, between its looks at the two. */
function followWallClock(): void {
  for (let look = 0; look < maxLooks; look++) {
    const beforeMs = performance.now();
    const wallMs = Date.now();
    const afterMs = performance.now();
    if (afterMs - beforeMs > toleranceMs) continue;
    const drift = wallMs - (systemOffsetMs + afterMs);
    if (drift > toleranceMs || drift < -toleranceMs) systemOffsetMs += drift;
    return;
  }
}

// A Unix time in milliseconds below this is before 1973: OpenTelemetry's API also takes performance.now() readings, which are.
const earliestUnixMs = 1e11;

/**
 * Unix milliseconds of a time in any of its forms, or `undefined` if it is none (a NaN, an invalid `Date`). Never throws.
 *
 * @param offsetMs Added to a reading of `performance.now()`. It is the trace's offset, and not `performance.timeOrigin`: the
 *   wall clock may have been set since the process started, and a time that is given belongs beside those that are measured.
 */
export function toUnixMs(time: unknown, offsetMs: number): number | undefined {
  const unixMs = readTime(time, offsetMs);
  return unixMs !== undefined && unixMs >= 0 && unixMs < Number.POSITIVE_INFINITY ? unixMs : undefined;
}

/** Whether a value has the form of a time, good or bad; an object of attributes has not. */
export function isTimeInput(value: unknown): boolean {
  return readTime(value, 0) !== undefined;
}

function readTime(time: unknown, offsetMs: number): number | undefined {
  if (typeof time === 'number') return time >= 0 && time < earliestUnixMs ? time + offsetMs : time;
  if (typeof time !== 'object' || time === null) return undefined;
  try {
    // Not instanceof: a test runner's sandbox has a Date of its own, and so have fake timers.
    if (isDate(time)) return Date.prototype.getTime.call(time);
    return Array.isArray(time) ? readSecondsAndNanoseconds(time) : undefined;
  } catch {
    return undefined; // a proxy: even Array.isArray() throws for one that was revoked
  }
}

function readSecondsAndNanoseconds(pair: readonly unknown[]): number | undefined {
  const [seconds, nanoseconds] = pair;
  if (pair.length !== 2 || typeof seconds !== 'number' || typeof nanoseconds !== 'number') return undefined;
  return seconds * 1e3 + nanoseconds / 1e6;
}
