import { durationAt, percentileOf } from './percentiles.ts';

test.each([
  [5, [10, 20, 30, 40], 0],
  [10, [10, 20, 30, 40], 12.5],
  [35, [10, 20, 30, 40], 75],
  [40, [10, 20, 30, 40], 87.5],
  [41, [10, 20, 30, 40], 100],
  [7, [7, 7, 7], 50],
  [7, [], undefined],
])('%d among %j is at %d percent', (value, sorted, percent) => {
  expect(percentileOf(value, sorted)).toBe(percent);
});

test.each([
  [0, 1],
  [1, 1],
  [50, 50],
  [95, 95],
  [99.5, 100],
  [100, 100],
])('of 1 to 100, %d percent do not exceed %d', (percent, duration) => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(durationAt(percent, sorted)).toBe(duration);
  expect(durationAt(percent, [])).toBeUndefined();
});
