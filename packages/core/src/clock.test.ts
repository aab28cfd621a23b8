import { runInNewContext } from 'node:vm';
import { type Clock, createTraceClock, isTimeInput, type TraceClock, toUnixMs } from './clock.ts';

const unixMs = Date.UTC(2026, 10, 5) + 0.25;
const offsetMs = Date.UTC(2026, 10, 4);

describe('a time', () => {
  test('may be given in Unix milliseconds, fractions included', () => {
    expect(toUnixMs(unixMs, offsetMs)).toBe(unixMs);
  });

  test('may be given as a Date, of another realm too', () => {
    expect(toUnixMs(new Date(unixMs), offsetMs)).toBe(Math.floor(unixMs));
    expect(toUnixMs(runInNewContext(`new Date(${unixMs})`), offsetMs)).toBe(Math.floor(unixMs));
  });

  test('may be given in seconds and nanoseconds', () => {
    expect(toUnixMs([1_700_000_000, 123_456_000], offsetMs)).toBe(1_700_000_000_123.456);
    expect(toUnixMs([0, 0], offsetMs)).toBe(0);
  });

  test('may be given as a reading of performance.now(), which is what a number below that of 1973 is taken for', () => {
    expect(toUnixMs(0, offsetMs)).toBe(offsetMs);
    expect(toUnixMs(1234.5, offsetMs)).toBe(offsetMs + 1234.5);
    expect(toUnixMs(1e11 - 1, offsetMs)).toBe(offsetMs + 1e11 - 1);
    expect(toUnixMs(1e11, offsetMs)).toBe(1e11);
  });

  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a number before 1970', -1],
    ['an invalid Date', new Date(Number.NaN)],
    ['a Date before 1970', new Date(-1)],
    ['a pair with a NaN', [Number.NaN, 0]],
    ['a pair before 1970', [-1, 0]],
  ])('is not %s, which still has the form of one', (_, time) => {
    expect(toUnixMs(time, offsetMs)).toBeUndefined();
    expect(isTimeInput(time)).toBe(true);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', '2026-11-05'],
    ['a bigint', 1n],
    ['one number in an array', [1]],
    ['three numbers', [1, 2, 3]],
    ['a pair of strings', ['1', '2']],
    ['an object', { time: 1 }],
    [
      'a proxy that throws',
      new Proxy([], {
        get() {
          throw new Error('get');
        },
      }),
    ],
  ])('is not %s', (_, time) => {
    expect(toUnixMs(time, offsetMs)).toBeUndefined();
    expect(isTimeInput(time)).toBe(false);
  });
});

/** How far the clock's time and the wall's are apart. The least of several looks: a process may be held up between the two. */
function apartMs(clock: TraceClock, offsetMs: number): number {
  const looks = Array.from({ length: 20 }, () => Math.abs(offsetMs + clock.monotonicMs() - Date.now()));
  return Math.min(...looks);
}

describe('the clock of a trace', () => {
  test('is the one given, read anew for each trace', () => {
    let wall = 1_000_000;
    let monotonic = 10;
    const clock = createTraceClock({ wallMs: () => wall, monotonicMs: () => monotonic });
    expect([clock.offsetMs(clock.monotonicMs()), clock.monotonicMs()]).toEqual([999_990, 10]);
    wall = 500;
    monotonic = 20;
    expect([clock.offsetMs(clock.monotonicMs()), clock.monotonicMs()]).toEqual([480, 20]);
  });

  test.each<[string, () => number]>([
    [
      'throws',
      () => {
        throw new Error('no clock');
      },
    ],
    ['answers NaN', () => Number.NaN],
  ])("is the system's where the one given %s", (_, read) => {
    const given: Clock = { wallMs: read, monotonicMs: read };
    const clock = createTraceClock(given);
    expect(Math.abs(clock.offsetMs(clock.monotonicMs()) + clock.monotonicMs() - Date.now())).toBeLessThan(1000);
  });

  test('agrees with the wall clock, and keeps its offset while it does', () => {
    const clock = createTraceClock();
    const offset = clock.offsetMs(clock.monotonicMs());
    expect(apartMs(clock, offset)).toBeLessThan(5);
    expect(clock.offsetMs(clock.monotonicMs())).toBe(offset);
  });

  test('keeps its offset where the process was held up between the looks at the two clocks', () => {
    const clock = createTraceClock();
    const offset = clock.offsetMs(clock.monotonicMs());
    expect(clock.offsetMs(clock.monotonicMs() - 80)).toBe(offset);
  });

  describe('when the wall clock is set', () => {
    const realNow = Date.now;
    afterEach(() => {
      Date.now = realNow;
      createTraceClock().offsetMs(createTraceClock().monotonicMs());
    });

    // Below the tolerance of 2 ms, and what the two may already be apart, it is not followed.
    test.each([3_600_000, -3_600_000, 5, -5])('by %d ms, follows it from the next trace on', (stepMs) => {
      const clock = createTraceClock();
      const before = clock.offsetMs(clock.monotonicMs());
      Date.now = () => realNow() + stepMs;
      const after = clock.offsetMs(clock.monotonicMs());
      expect(Math.abs(after - before - stepMs)).toBeLessThan(4);
      expect(apartMs(clock, after)).toBeLessThan(5);
    });
  });

  test("stands on the fake date of a test runner's timers, and its durations stay real", () => {
    jest.useFakeTimers({ now: Date.UTC(2020, 0, 1) });
    try {
      const clock = createTraceClock();
      expect(Date.now()).toBe(Date.UTC(2020, 0, 1));
      expect(apartMs(clock, clock.offsetMs(clock.monotonicMs()))).toBeLessThan(5);
      jest.advanceTimersByTime(60_000);
      expect(Date.now()).toBe(Date.UTC(2020, 0, 1, 0, 1));
      expect(apartMs(clock, clock.offsetMs(clock.monotonicMs()))).toBeLessThan(5);
    } finally {
      jest.useRealTimers();
    }
    const clock = createTraceClock();
    expect(apartMs(clock, clock.offsetMs(clock.monotonicMs()))).toBeLessThan(5);
  });
});
