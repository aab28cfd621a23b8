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

// Words before the buckets: series, count, errors, two of the sum, number of buckets. Then each bucket and its count.
const headWords = 6;

/** As bytes, in the order of this machine, which the file stays on. */
export function encodeSlot(slot: Slot): Uint8Array {
  let words = 0;
  for (const { buckets } of slot.values()) words += headWords + 2 * buckets.size;
  const encoded = new Uint32Array(words);
  let at = 0;
  for (const [series, { count, errorCount, totalMs, buckets }] of slot) {
    encoded[at++] = series;
    encoded[at++] = count;
    encoded[at++] = errorCount;
    double[0] = totalMs;
    encoded[at++] = doubleWords[0] as number;
    encoded[at++] = doubleWords[1] as number;
    encoded[at++] = buckets.size;
    for (const [bucket, number] of buckets) {
      encoded[at++] = bucket;
      encoded[at++] = number;
    }
  }
  return new Uint8Array(encoded.buffer);
}

export function decodeSlot(bytes: Uint8Array): Slot {
  const slot: Slot = new Map();
  readSlot(bytes, (series, count, errorCount, totalMs, words, from, to) => {
    const buckets = new Map<number, number>();
    for (let at = from; at < to; at += 2) buckets.set(words[at] as number, words[at + 1] as number);
    slot.set(series, { count, errorCount, totalMs, buckets });
  });
  return slot;
}

/** Calls back for each series, without making anything: buckets and counts stand in turns in `words`. */
export function readSlot(
  bytes: Uint8Array,
  visit: (
    series: number,
    count: number,
    errorCount: number,
    totalMs: number,
    words: Uint32Array,
    from: number,
    to: number,
  ) => void,
): void {
  const isAligned = bytes.byteOffset % 4 === 0;
  const { buffer, byteOffset } = isAligned ? bytes : bytes.slice();
  const words = new Uint32Array(buffer, byteOffset, bytes.byteLength >>> 2);
  for (let at = 0; at < words.length; ) {
    doubleWords[0] = words[at + 3] as number;
    doubleWords[1] = words[at + 4] as number;
    const from = at + headWords;
    const to = from + 2 * (words[at + 5] as number);
    visit(words[at] as number, words[at + 1] as number, words[at + 2] as number, double[0] as number, words, from, to);
    at = to;
  }
}

const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);
