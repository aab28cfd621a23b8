import { closeRange } from './closed-range.ts';

const nowMs = 10_000;

test.each([
  ['from the first trace up to now, if both ends are open', {}, 7000, 7000, 10_000],
  ['from a given start up to now', { startMs: 8000 }, 7000, 8000, 10_000],
  ['from the first trace up to now, if the given start is before it', { startMs: 1000 }, 7000, 7000, 10_000],
  ['unchanged between two given moments', { startMs: 1000, endMs: 9000 }, 7000, 1000, 9000],
  ['from the given start, if there are no traces', { startMs: 1000 }, undefined, 1000, 10_000],
  ['of no length, if both ends are open and there are no traces', {}, undefined, 10_000, 10_000],
  ['of no length, if its start is in the future', { startMs: 20_000 }, 7000, 20_000, 20_000],
  ['of no length, if the clock of the first trace is ahead', {}, 90_000, 10_000, 10_000],
])('a range is %s', (_, range, firstMs, startMs, endMs) => {
  expect(closeRange(range, firstMs, nowMs)).toMatchObject({ startMs, endMs });
});
