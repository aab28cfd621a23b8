/**
 * Durations counted in buckets, each 4 % wider than the one before: any percentile of any number of spans, at most 2 % off, in a
 * few hundred bytes.
 */

const growth = 1.04;
const logGrowth = Math.log(growth);

// 1 µs; what is shorter counts as this long.
const smallestMs = 0.001;

/** Counts by bucket. */
export type DurationHistogram = Map<number, number>;

export function countDuration(histogram: DurationHistogram, durationMs: number): void {
  const bucket = bucketOf(durationMs);
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
}

export function addHistogram(to: DurationHistogram, from: ReadonlyMap<number, number>): void {
  for (const [bucket, count] of from) to.set(bucket, (to.get(bucket) ?? 0) + count);
}

/** The durations, in milliseconds, that so many percent of all do not exceed; 0 where there are none. */
export function durationsAt(histogram: ReadonlyMap<number, number>, percents: readonly number[]): number[] {
  const buckets = [...histogram].sort(([one], [other]) => one - other);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  return percents.map((percent) => {
    let left = Math.max(Math.ceil((percent / 100) * total), 1);
    for (const [bucket, count] of buckets) {
      left -= count;
      if (left <= 0) return middleOf(bucket);
    }
    return 0;
  });
}

/** The part of all that is shorter, in percent; of those in the same bucket half counts. */
export function percentileIn(histogram: ReadonlyMap<number, number>, durationMs: number): number {
  const own = bucketOf(durationMs);
  let total = 0;
  let below = 0;
  for (const [bucket, count] of histogram) {
    total += count;
    if (bucket < own) below += count;
    else if (bucket === own) below += count / 2;
  }
  return total === 0 ? 50 : (100 * below) / total;
}

function bucketOf(durationMs: number): number {
  return durationMs <= smallestMs ? 0 : Math.round(Math.log(durationMs / smallestMs) / logGrowth);
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : smallestMs * growth ** bucket;
}
