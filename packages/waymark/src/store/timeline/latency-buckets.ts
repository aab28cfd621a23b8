/** Groups durations by size. Each bucket ends 4 % above its start, so a duration read from it is at most 2 % off. */

const growth = 1.04;
const smallestMs = 0.001;
const perLog = 1 / Math.log(growth);

/** @returns 0 for a microsecond or less. */
export function bucketOf(durationMs: number): number {
  return durationMs > smallestMs ? 1 + Math.floor(Math.log(durationMs / smallestMs) * perLog) : 0;
}

/** The middle of a bucket, in milliseconds. */
export function bucketMs(bucket: number): number {
  return middlesMs[bucket] as number;
}

/** The rank, among `count` sorted values, of the value that the given percentage do not exceed. */
export function rankOf(percent: number, count: number): number {
  return Math.max(Math.ceil((percent / 100) * count), 1);
}

/**
 * The duration that the given percentage of all do not exceed (nearest rank); 0 if there is none. `lowest`: all buckets
 * below it are empty.
 */
export function percentileOfBuckets(percent: number, counts: Int32Array, count: number, lowest: number): number {
  let left = rankOf(percent, count);
  for (let bucket = lowest; bucket < counts.length; bucket++) {
    left -= counts[bucket] as number;
    if (left <= 0) return bucketMs(bucket);
  }
  return 0;
}

/** A year. No span takes longer. */
export const bucketCount: number = bucketOf(366 * 24 * 60 * 60 * 1000) + 1;

const middlesMs = Float64Array.from({ length: bucketCount }, (_, bucket) =>
  bucket === 0 ? smallestMs : smallestMs * growth ** (bucket - 0.5),
);
