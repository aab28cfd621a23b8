/**
 * The counts in one slot of time. For each series: the number of spans, the failures, the sum, and the number in each
 * bucket.
 */
import { decodeStored } from '../store-damaged.ts';
import { bucketCount } from './latency-buckets.ts';

export interface Tally {
  count: number;
  errorCount: number;
  totalMs: number;
  /** The counts by bucket of latency-buckets.ts. */
  readonly buckets: Map<number, number>;
}

/** By the number of the series. */
export type Slot = Map<number, Tally>;

export function tallyIn<Series>(slot: Map<Series, Tally>, series: Series): Tally {
  let tally = slot.get(series);
  if (tally === undefined) {
    tally = { count: 0, errorCount: 0, totalMs: 0, buckets: new Map() };
    slot.set(series, tally);
  }
  return tally;
}

/** Adds a tally, which may be negative. */
export function addTally(into: Tally, { count, errorCount, totalMs, buckets }: Tally): void {
  into.count += count;
  into.errorCount += errorCount;
  into.totalMs += totalMs;
  for (const [bucket, number] of buckets) {
    const sum = (into.buckets.get(bucket) ?? 0) + number;
    if (sum !== 0) into.buckets.set(bucket, sum);
    else into.buckets.delete(bucket);
  }
}

/** Whether the tally changes nothing: what was added was subtracted again. */
export function isZero({ count, errorCount, buckets }: Tally): boolean {
  return count === 0 && errorCount === 0 && buckets.size === 0;
}

/**
 * Encodes a slot as bytes. For each series: its number, count, errors, the sum as a double, the number of buckets, and
 * each bucket with its count. Whole numbers are varints; those that may be negative are zigzag varints, as in protobuf.
 * Most take one or two bytes.
 */
export function encodeSlot(slot: Slot): Uint8Array {
  let size = 0;
  for (const { buckets } of slot.values()) size += 28 + 8 * buckets.size; // the most: varints of 28 bits for buckets, and of 35 bits for the rest
  if (scratch.length < size) scratch = Buffer.alloc(2 * size);
  let at = 0;
  for (const [series, { count, errorCount, totalMs, buckets }] of slot) {
    at = writeVarint(series, at);
    at = writeVarint(zigzag(count), at);
    at = writeVarint(zigzag(errorCount), at);
    at = scratch.writeDoubleLE(totalMs, at);
    at = writeVarint(buckets.size, at);
    for (const [bucket, number] of buckets) {
      at = writeVarint(bucket, at);
      at = writeVarint(zigzag(number), at);
    }
  }
  return scratch.subarray(0, at);
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

let scratch = Buffer.alloc(65_536);

function writeVarint(value: number, from: number): number {
  let at = from;
  let left = value;
  while (left > 127) {
    scratch[at++] = (left & 127) | 128;
    left >>>= 7;
  }
  scratch[at++] = left;
  return at;
}

/** Adds up the parts of a slot. Series with a sum of 0 are left out. */
export function sumOfParts(parts: Iterable<Uint8Array>): Slot {
  const slot: Slot = new Map();
  const dense: BucketCounts = { counts: new Int32Array(bucketCount), lowest: bucketCount, highest: -1 };
  let tally: Tally | undefined;
  const takeBuckets = (): void => {
    for (let bucket = dense.lowest; bucket <= dense.highest; bucket++) {
      const count = dense.counts[bucket] as number;
      if (count !== 0) tally?.buckets.set(bucket, (tally.buckets.get(bucket) ?? 0) + count);
      dense.counts[bucket] = 0;
    }
    dense.lowest = bucketCount;
    dense.highest = -1;
  };
  for (const bytes of parts) {
    addSlot(bytes, (series, count, errorCount, totalMs) => {
      takeBuckets();
      tally = tallyIn(slot, series);
      tally.count += count;
      tally.errorCount += errorCount;
      tally.totalMs += totalMs;
      return dense;
    });
  }
  takeBuckets();
  for (const [series, { count, buckets }] of slot) {
    if (count <= 0) slot.delete(series);
    else for (const [bucket, number] of buckets) if (number <= 0) buckets.delete(bucket);
  }
  return slot;
}

/** The count of every bucket, and the range of buckets that are not empty. */
export interface BucketCounts {
  /** May be below zero for a moment, if a part subtracts what another part adds. */
  readonly counts: Int32Array;
  lowest: number;
  highest: number;
}

/**
 * Reads a slot, and adds the buckets of each series to the counts that `bucketsOf` returns. It is one loop without
 * calls, since one answer may read half a million buckets.
 */
export function addSlot(bytes: Uint8Array, bucketsOf: BucketsOf): void {
  decodeStored(() => addBuckets(bytes, bucketsOf));
}

type BucketsOf = (series: number, count: number, errorCount: number, totalMs: number) => BucketCounts;

function addBuckets(bytes: Uint8Array, bucketsOf: BucketsOf): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = [0, 0, 0];
  let at = 0;
  while (at < bytes.length) {
    for (let index = 0; index < 3; index++) {
      let byte = bytes[at++] as number;
      let value = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = bytes[at++] as number;
        value |= (byte & 127) << shift;
      }
      head[index] = value >>> 0;
    }
    const totalMs = view.getFloat64(at, true);
    at += 8;
    const zigzagCount = head[1] as number;
    const zigzagErrors = head[2] as number;
    const into = bucketsOf(
      head[0] as number,
      (zigzagCount >>> 1) ^ -(zigzagCount & 1),
      (zigzagErrors >>> 1) ^ -(zigzagErrors & 1),
      totalMs,
    );
    const { counts } = into;
    let { lowest, highest } = into;
    let byte = bytes[at++] as number;
    let left = byte & 127;
    if (byte > 127) left |= (bytes[at++] as number) << 7; // there are fewer than 2^14 buckets
    for (; left > 0; left--) {
      byte = bytes[at++] as number;
      let bucket = byte & 127;
      if (byte > 127) bucket |= (bytes[at++] as number) << 7; // there are fewer than 2^14 buckets
      byte = bytes[at++] as number;
      let count = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = bytes[at++] as number;
        count |= (byte & 127) << shift;
      }
      counts[bucket] = (counts[bucket] as number) + ((count >>> 1) ^ -(count & 1));
      if (bucket < lowest) lowest = bucket;
      if (bucket > highest) highest = bucket;
    }
    into.lowest = lowest;
    into.highest = highest;
  }
}
