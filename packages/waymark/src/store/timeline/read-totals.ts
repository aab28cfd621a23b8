/** Adds up a range of slots. Each series gets its count, its failures, its percentiles, and its course in thirty parts. */
import { othersOfSeries, readSeries, textOfSeries } from '../span-series.ts';
import { bucketCount, bucketMs, percentileOfBuckets, rankOf } from './latency-buckets.ts';
import { addSlot, type BucketCounts } from './slot.ts';

/** The total of one series in a range. */
export interface SeriesTotal {
  /** The series as a string. */
  readonly series: string;
  readonly count: number;
  readonly errorCount: number;
  /** The number of spans with a duration. The percentiles are of these, too. */
  readonly measuredCount: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly spark: { readonly counts: number[]; readonly errors: number[]; readonly p95Ms: number[] };
}

/** The number of parts that a sparkline has room for. */
export const sparkParts = 30;

// If a range has more series, the rest is counted together: each takes 8 kB while it is added up.
const maxSeries = 2000;
const maxOthers = 250;

export interface TotalsSource {
  /** The parts of slots, in order of the slots. Called more than once if there are many series. */
  parts(): Iterable<{ readonly number: number; readonly bytes: Uint8Array }>;
  /** The part of the range, of thirty, in which a slot is. */
  partOf(number: number): number;
  seriesAt(number: number): string;
}

export function readTotals(source: TotalsSource): readonly SeriesTotal[] {
  return addUp(source) ?? addUp(source, longestOf(source)) ?? [];
}

/**
 * @param named The series that are counted by name. Default: all.
 * @returns `undefined` if there are too many series.
 */
function addUp(
  { parts, partOf, seriesAt }: TotalsSource,
  named?: ReadonlySet<number>,
): readonly SeriesTotal[] | undefined {
  const byNumber = new Map<number, Running>();
  const byText = new Map<string, Running>();
  let others = 0;
  let part = 0;

  function runningOf(number: number): Running {
    const text = seriesAt(number);
    let counted = text;
    if (named !== undefined && !named.has(number)) {
      const choices = othersOfSeries(readSeries(text)).map(textOfSeries);
      const last = choices.at(-1) ?? text;
      counted = choices.find((choice) => byText.has(choice)) ?? (others < maxOthers ? (choices[0] ?? last) : last);
      if (!byText.has(counted)) others++;
    }
    const running = byText.get(counted) ?? startRunning(counted);
    byText.set(counted, running);
    byNumber.set(number, running);
    return running;
  }

  function bucketsOf(series: number, count: number, errorCount: number, totalMs: number): BucketCounts {
    const running = byNumber.get(series) ?? runningOf(series);
    running.partCount += count;
    running.partErrors += errorCount;
    running.totalMs += totalMs;
    return running.partBuckets;
  }

  for (const { number, bytes } of parts()) {
    const partNow = partOf(number);
    if (partNow !== part) for (const one of byText.values()) finishPart(one, part);
    part = partNow;
    addSlot(bytes, bucketsOf);
    if (named === undefined && byText.size > maxSeries) return undefined;
  }
  const totals: SeriesTotal[] = [];
  for (const one of byText.values()) {
    finishPart(one, part);
    const { series, count, errorCount, measuredCount, totalMs, buckets, lowest, spark } = one;
    if (count === 0) continue; // a later part of the slot subtracted what an earlier one had added
    const at = (percent: number): number => percentileOfBuckets(percent, buckets, measuredCount, lowest);
    const percentiles = { p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) };
    totals.push({ series, count, errorCount, measuredCount, totalMs, ...percentiles, spark });
  }
  return totals;
}

/** The series with the most time in the range. */
function longestOf({ parts }: TotalsSource): ReadonlySet<number> {
  const totals = new Map<number, number>();
  const ignored = noBuckets();
  for (const { bytes } of parts()) {
    addSlot(bytes, (series, _count, _errorCount, totalMs) => {
      totals.set(series, (totals.get(series) ?? 0) + totalMs);
      return ignored;
    });
  }
  const sorted = [...totals].sort(([, one], [, other]) => other - one);
  return new Set(sorted.slice(0, maxSeries).map(([series]) => series));
}

function noBuckets(): BucketCounts {
  return { counts: new Int32Array(bucketCount), lowest: bucketCount, highest: -1 };
}

/** The sums of one series, and of the part of the range that is being read. */
interface Running {
  readonly series: string;
  count: number;
  errorCount: number;
  measuredCount: number;
  totalMs: number;
  readonly buckets: Int32Array;
  /** The first bucket that is not empty. */
  lowest: number;
  readonly spark: { counts: number[]; errors: number[]; p95Ms: number[] };
  partCount: number;
  partErrors: number;
  readonly partBuckets: BucketCounts;
}

function startRunning(series: string): Running {
  const zeros = (): number[] => new Array<number>(sparkParts).fill(0);
  return {
    series,
    count: 0,
    errorCount: 0,
    measuredCount: 0,
    totalMs: 0,
    buckets: new Int32Array(bucketCount),
    lowest: bucketCount,
    spark: { counts: zeros(), errors: zeros(), p95Ms: zeros() },
    partCount: 0,
    partErrors: 0,
    partBuckets: noBuckets(),
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
  // Works out what percentileOfBuckets() does in the same loop: one answer may read half a million buckets.
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
