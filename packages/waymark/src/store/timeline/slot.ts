/** What is counted in one slot of time: for each series the number, the failures, the sum, and how many of each size. */

export interface Tally {
  count: number;
  errorCount: number;
  totalMs: number;
  /** By bucket of latency-buckets.ts. */
  readonly buckets: Map<number, number>;
}

/** By number of the series. */
export type Slot = Map<number, Tally>;

export function tallyIn(slot: Slot, series: number): Tally {
  let tally = slot.get(series);
  if (tally === undefined) {
    tally = { count: 0, errorCount: 0, totalMs: 0, buckets: new Map() };
    slot.set(series, tally);
  }
  return tally;
}

/** Adds; what comes to nothing is left out. */
export function mergeSlot(into: Slot, added: Slot): void {
  for (const [series, { count, errorCount, totalMs, buckets }] of added) {
    const tally = tallyIn(into, series);
    tally.count += count;
    tally.errorCount += errorCount;
    tally.totalMs += totalMs;
    for (const [bucket, number] of buckets) {
      const sum = (tally.buckets.get(bucket) ?? 0) + number;
      if (sum > 0) tally.buckets.set(bucket, sum);
      else tally.buckets.delete(bucket);
    }
    if (tally.count <= 0) into.delete(series);
  }
}

/**
 * As bytes: for each series its number, count, errors, the sum as a double, the number of buckets, and each bucket with its count.
 * Whole numbers are varints, as in protobuf: most are one byte or two, and some slots are written with every batch.
 */
export function encodeSlot(slot: Slot): Uint8Array {
  let size = 0;
  for (const { buckets } of slot.values()) size += 28 + 8 * buckets.size; // at most: varints of 28 bits for buckets, of 35 else
  if (scratch.length < size) scratch = Buffer.alloc(2 * size);
  let at = 0;
  for (const [series, { count, errorCount, totalMs, buckets }] of slot) {
    at = writeVarint(series, at);
    at = writeVarint(count, at);
    at = writeVarint(errorCount, at);
    at = scratch.writeDoubleLE(totalMs, at);
    at = writeVarint(buckets.size, at);
    for (const [bucket, number] of buckets) {
      at = writeVarint(bucket, at);
      at = writeVarint(number, at);
    }
  }
  return scratch.subarray(0, at);
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

export function decodeSlot(bytes: Uint8Array): Slot {
  const slot: Slot = new Map();
  let buckets = new Map<number, number>();
  readSlot(bytes, {
    series(series, count, errorCount, totalMs) {
      buckets = new Map();
      slot.set(series, { count, errorCount, totalMs, buckets });
      return true;
    },
    bucket: (bucket, count) => void buckets.set(bucket, count),
  });
  return slot;
}

export interface SlotVisitor {
  /** @returns Whether its buckets are wanted. */
  series(series: number, count: number, errorCount: number, totalMs: number): boolean;
  bucket(bucket: number, count: number): void;
}

/** Without making anything. */
export function readSlot(bytes: Uint8Array, visitor: SlotVisitor): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  function varint(): number {
    let byte = bytes[at++] as number;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++] as number;
      value |= (byte & 127) << shift;
    }
    return value >>> 0;
  }

  while (at < bytes.length) {
    const series = varint();
    const count = varint();
    const errorCount = varint();
    const totalMs = view.getFloat64(at, true);
    at += 8;
    const isWanted = visitor.series(series, count, errorCount, totalMs);
    for (let left = varint(); left > 0; left--) {
      const bucket = varint();
      const number = varint();
      if (isWanted) visitor.bucket(bucket, number);
    }
  }
}
