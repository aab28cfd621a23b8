/** Converts between a duration and its percentile among others. */

/**
 * The percentage of durations that are shorter than this one. Half of the equal durations count as shorter.
 *
 * @param sorted In ascending order.
 * @returns 0 to 100; `undefined` if there are no other durations.
 * @example percentileOf(30, [10, 20, 30, 40]) // 62.5
 */
export function percentileOf(value: number, sorted: ArrayLike<number>): number | undefined {
  if (sorted.length === 0) return undefined;
  const below = countWhile(sorted, (other) => other < value);
  const upTo = countWhile(sorted, (other) => other <= value);
  return (100 * (below + upTo)) / 2 / sorted.length;
}

/**
 * The duration that the given percentage of all durations do not exceed (nearest rank).
 *
 * @param sorted In ascending order.
 * @param percent 0 to 100.
 * @example durationAt(95, sorted)
 */
export function durationAt(percent: number, sorted: ArrayLike<number>): number | undefined {
  return sorted[Math.max(Math.ceil((percent / 100) * sorted.length) - 1, 0)];
}

/** The number of items at the start that meet a condition, which no item after them meets. */
function countWhile(sorted: ArrayLike<number>, holds: (value: number) => boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(sorted[middle] as number)) from = middle + 1;
    else to = middle;
  }
  return from;
}
