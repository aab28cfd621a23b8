/**
 * Time, in one unit: Unix milliseconds as a double, which resolves a quarter of a microsecond until the year 2100.
 *
 * Durations come from the monotonic clock, so a span is never negative when the wall clock is set. The wall clock is
 * read once per local root: if the two clocks have drifted apart (one was set, the machine slept), the offset is taken anew.
 */
import { performance } from 'node:perf_hooks';
import { isDate } from 'node:util/types';

/** A source of time for tests, in place of the system's clocks. */
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
// Not readonly: it is not in OpenTelemetry's API either, and `Span` must stay one of its spans.
export type TimeInput = number | Date | [seconds: number, nanoseconds: number];

export interface TraceClock {
  monotonicMs(): number;
  /**
   * To be added to the monotonic readings of a trace that starts now.
   *
   * @param nowMs The present reading of the monotonic clock, which the tracer has at hand.
   */
  offsetMs(nowMs: number): number;
}

/** @param clock Default: the system's clocks. They also replace a reading that throws or is not a number. */
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
    // A clock of the application's tests: its fault shows in the times, and must not fail a request.
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

// A process is not held up that often in a row.
const maxLooks = 10;

/** The clocks have drifted apart, or a busy machine held the process up between reading the two. */
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
 * Unix milliseconds of a time in any of its forms, or `undefined` for another value (a NaN, an invalid `Date`). Never throws.
 *
 * @param offsetMs Added to a reading of `performance.now()`. It is the trace's offset, and not `performance.timeOrigin`: the
 *   wall clock may have been set since the process started, and a given time must compare with the measured ones.
 */
export function toUnixMs(time: unknown, offsetMs: number): number | undefined {
  const unixMs = readTime(time, offsetMs);
  return unixMs !== undefined && unixMs >= 0 && unixMs < Number.POSITIVE_INFINITY ? unixMs : undefined;
}

/** Whether a value has the form of a time, valid or not. An object of attributes does not. */
export function isTimeInput(value: unknown): boolean {
  return readTime(value, 0) !== undefined;
}

function readTime(time: unknown, offsetMs: number): number | undefined {
  if (typeof time === 'number') return time >= 0 && time < earliestUnixMs ? time + offsetMs : time;
  if (typeof time !== 'object' || time === null) return undefined;
  try {
    // Not instanceof: a test runner's sandbox and fake timers have their own Date.
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
