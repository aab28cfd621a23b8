/** Where a duration stands among others, and which duration stands where. */

/**
 * The part of the durations that are below this one, in percent; of equal ones half counts.
 *
 * @param sorted In ascending order.
 * @returns 0 to 100; `undefined` if there is nothing to compare with.
 * @example percentileOf(30, [10, 20, 30, 40]) // 62.5
 */
export function percentileOf(value: number, sorted: ArrayLike<number>): number | undefined {
  if (sorted.length === 0) return undefined;
  const below = countWhile(sorted, (other) => other < value);
  const upTo = countWhile(sorted, (other) => other <= value);
  return (100 * (below + upTo)) / 2 / sorted.length;
}

/**
 * The duration that this percentage of all do not exceed (nearest rank).
 *
 * @param sorted In ascending order.
 * @param percent 0 to 100.
 * @example durationAt(95, sorted)
 */
export function durationAt(percent: number, sorted: ArrayLike<number>): number | undefined {
  return sorted[Math.max(Math.ceil((percent / 100) * sorted.length) - 1, 0)];
}

/** How many at the start fulfil a condition that holds up to some point, and not from there on. */
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
