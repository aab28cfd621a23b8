import { formatDurationMs } from '../src/format/duration.ts';

describe('formatDurationMs', () => {
  test.each([
    [0, '0 ms'],
    [0.0004, '0.4 µs'],
    [0.412, '412 µs'],
    [0.9994, '999 µs'],
    [0.9996, '1.00 ms'],
    [1.236, '1.24 ms'],
    [38.06, '38.1 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [12_340, '12.3 s'],
    [59_940, '59.9 s'],
    [59_960, '1 m 00 s'],
    [192_000, '3 m 12 s'],
    [3_840_000, '1 h 04 m'],
    [604_800_000, '7 d'],
    [-4, '−4.00 ms'],
    [Number.NaN, '–'],
  ])('formats %d ms as %s', (durationMs, text) => {
    expect(formatDurationMs(durationMs)).toBe(text);
  });
});
