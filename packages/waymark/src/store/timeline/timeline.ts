/**
 * Counts and durations over time, of each series: exact in number, at most 2 % off in duration, and quick to read over any
 * range, since longer slots are kept beside the short ones. Spans that make room for newer ones are taken away again.
 */
import type { ClosedRange } from '../closed-range.ts';
import { bucketCount, bucketMs, bucketOf, percentileOfBuckets, rankOf } from './latency-buckets.ts';
import { addSlot, type BucketCounts, decodeSlot, encodeSlot, mergeSlot, type Slot, tallyIn } from './slot.ts';

/** Where slots are kept, in order of time. */
export interface SlotStorage {
  read(level: number, number: number): Uint8Array | undefined;
  /** `undefined` if nothing is left in it. */
  write(level: number, number: number, bytes: Uint8Array | undefined): void;
  /** Both inclusive, in order. */
  range(level: number, from: number, to: number): Iterable<{ readonly number: number; readonly bytes: Uint8Array }>;
  numberOf(series: string): number;
}

export interface Measurement {
  readonly series: string;
  readonly startMs: number;
  /** `undefined`: it is counted, and left out of the sum and of the percentiles. */
  readonly durationMs: number | undefined;
  readonly hasFailed: boolean;
}

/** Of one series in a range. */
export interface SeriesTotal {
  readonly series: number;
  readonly count: number;
  readonly errorCount: number;
  /** Of those with a duration, as the percentiles. */
  readonly measuredCount: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly spark: { readonly counts: number[]; readonly errors: number[]; readonly p95Ms: number[] };
}

/** As many parts as a sparkline has room for. */
const sparkParts = 30;

// Each six times the one before: a range is read from the longest of which it has thirty, so from 180 at most, and a week from
// 280.
const slotMs = [10_000, 60_000, 360_000, 2_160_000] as const;

export interface Timeline {
  /** @param sign -1 takes away what was added. */
  note(measurement: Measurement, sign: 1 | -1): void;
  /** Writes what was noted. */
  flush(): void;
  /** Forgets what was noted and not written. */
  discard(): void;
  /** Whole slots: at the ends, up to a thirtieth of the range too much. What lies beyond an open end counts in the part next to it. */
  read(range: ClosedRange): readonly SeriesTotal[];
}

export function createTimeline(storage: SlotStorage): Timeline {
  let noted = new Map<number, Slot>();

  return {
    note({ series, startMs, durationMs, hasFailed }, sign) {
      const number = Math.floor(startMs / slotMs[0]);
      let slot = noted.get(number);
      if (slot === undefined) {
        slot = new Map();
        noted.set(number, slot);
      }
      const tally = tallyIn(slot, storage.numberOf(series));
      tally.count += sign;
      if (hasFailed) tally.errorCount += sign;
      if (durationMs === undefined) return;
      const bucket = Math.min(bucketOf(durationMs), bucketCount - 1);
      tally.totalMs += sign * durationMs;
      tally.buckets.set(bucket, (tally.buckets.get(bucket) ?? 0) + sign);
    },

    flush() {
      let changes = noted;
      noted = new Map();
      slotMs.forEach((lengthMs, level) => {
        const nextMs = slotMs[level + 1];
        const above = new Map<number, Slot>();
        for (const [number, change] of changes) {
          if (nextMs !== undefined) {
            const numberAbove = Math.floor((number * lengthMs) / nextMs);
            const slotAbove = above.get(numberAbove) ?? new Map();
            above.set(numberAbove, slotAbove);
            addChange(slotAbove, change);
          }
          const bytes = storage.read(level, number);
          const slot: Slot = bytes === undefined ? new Map() : decodeSlot(bytes);
          mergeSlot(slot, change);
          storage.write(level, number, slot.size === 0 ? undefined : encodeSlot(slot));
        }
        changes = above;
      });
    },

    discard() {
      noted = new Map();
    },

    read({ startMs, endMs, isStartOpen, isEndOpen }) {
      const partMs = Math.max(endMs - startMs, 1) / sparkParts;
      const level = Math.max(
        slotMs.findLastIndex((lengthMs) => lengthMs <= partMs),
        0,
      );
      const lengthMs = slotMs[level] as number;
      const totals = new Map<number, Running>();
      let part = 0;
      const bucketsOf = (series: number, count: number, errorCount: number, totalMs: number): BucketCounts => {
        let running = totals.get(series);
        if (running === undefined) {
          running = startRunning(series);
          totals.set(series, running);
        }
        running.partCount += count;
        running.partErrors += errorCount;
        running.totalMs += totalMs;
        return running.partBuckets;
      };
      for (const { number, bytes } of storage.range(
        level,
        isStartOpen ? Number.MIN_SAFE_INTEGER : Math.floor(startMs / lengthMs),
        isEndOpen ? Number.MAX_SAFE_INTEGER : Math.floor(endMs / lengthMs),
      )) {
        const middleMs = (number + 0.5) * lengthMs;
        const partNow = Math.min(Math.max(Math.floor((middleMs - startMs) / partMs), 0), sparkParts - 1);
        if (partNow !== part) for (const one of totals.values()) finishPart(one, part);
        part = partNow;
        addSlot(bytes, bucketsOf);
      }
      return [...totals.values()].map((one) => {
        finishPart(one, part);
        const { series, count, errorCount, measuredCount, totalMs, buckets, lowest, spark } = one;
        const at = (percent: number): number => percentileOfBuckets(percent, buckets, measuredCount, lowest);
        return {
          series,
          count,
          errorCount,
          measuredCount,
          totalMs,
          p50Ms: at(50),
          p95Ms: at(95),
          p99Ms: at(99),
          spark,
        };
      });
    },
  };
}

/** Unlike a slot that is kept, a change may be negative. */
function addChange(into: Slot, change: Slot): void {
  for (const [series, { count, errorCount, totalMs, buckets }] of change) {
    const tally = tallyIn(into, series);
    tally.count += count;
    tally.errorCount += errorCount;
    tally.totalMs += totalMs;
    for (const [bucket, number] of buckets) tally.buckets.set(bucket, (tally.buckets.get(bucket) ?? 0) + number);
  }
}

/** What is added up for one series, and for the part of the range that is being read. */
interface Running {
  readonly series: number;
  count: number;
  errorCount: number;
  measuredCount: number;
  totalMs: number;
  readonly buckets: Uint32Array;
  /** The first bucket with anything in it. */
  lowest: number;
  readonly spark: { counts: number[]; errors: number[]; p95Ms: number[] };
  partCount: number;
  partErrors: number;
  readonly partBuckets: BucketCounts;
}

function startRunning(series: number): Running {
  const zeros = (): number[] => new Array<number>(sparkParts).fill(0);
  return {
    series,
    count: 0,
    errorCount: 0,
    measuredCount: 0,
    totalMs: 0,
    buckets: new Uint32Array(bucketCount),
    lowest: bucketCount,
    spark: { counts: zeros(), errors: zeros(), p95Ms: zeros() },
    partCount: 0,
    partErrors: 0,
    partBuckets: { counts: new Uint32Array(bucketCount), lowest: bucketCount, highest: -1 },
  };
}

function finishPart(running: Running, part: number): void {
  const { buckets, partBuckets, partCount, spark } = running;
  if (partCount === 0) return;
  spark.counts[part] = partCount;
  spark.errors[part] = running.partErrors;
  running.count += partCount;
  running.errorCount += running.partErrors;
  running.lowest = Math.min(running.lowest, partBuckets.lowest);
  // What percentileOfBuckets() does, on the way: half a million buckets may be passed for one question.
  const { counts, highest } = partBuckets;
  let measuredCount = 0;
  for (let bucket = partBuckets.lowest; bucket <= highest; bucket++) measuredCount += counts[bucket] as number;
  running.measuredCount += measuredCount;
  let left = rankOf(95, measuredCount);
  for (let bucket = partBuckets.lowest; bucket <= highest; bucket++) {
    const count = counts[bucket] as number;
    if (count === 0) continue;
    buckets[bucket] = (buckets[bucket] as number) + count;
    counts[bucket] = 0;
    if (left > 0 && left <= count) spark.p95Ms[part] = bucketMs(bucket);
    left -= count;
  }
  running.partCount = 0;
  running.partErrors = 0;
  partBuckets.lowest = bucketCount;
  partBuckets.highest = -1;
}
