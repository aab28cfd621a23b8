import { closeRange } from './closed-range.ts';

const nowMs = 10_000;

test.each([
  ['up to now, where nothing is said, from the first trace on', {}, 7000, 7000, 10_000],
  ['from then on', { startMs: 8000 }, 7000, 8000, 10_000],
  ['from the first trace on, where it was asked for more up to now', { startMs: 1000 }, 7000, 7000, 10_000],
  ['as it was chosen, between two moments', { startMs: 1000, endMs: 9000 }, 7000, 1000, 9000],
  ['as it was asked for, where there is nothing', { startMs: 1000 }, undefined, 1000, 10_000],
  ['of no length, where there is nothing and nothing is said', {}, undefined, 10_000, 10_000],
  ['up to its start, where that is to come', { startMs: 20_000 }, 7000, 20_000, 20_000],
  ['up to now, where the first trace has a clock that is ahead', {}, 90_000, 10_000, 10_000],
])('a range is %s', (_, range, firstMs, startMs, endMs) => {
  expect(closeRange(range, firstMs, nowMs)).toMatchObject({ startMs, endMs });
});
