/**
 * Trace and span ids.
 *
 * An id is kept as signed 32-bit words, most significant first: words are small integers to V8, so a span holds its
 * ids without allocating, the encoder writes them as bytes directly, and the hex digits are made only when they are read.
 */
import { randomFillSync } from 'node:crypto';

// One call of the random generator serves 512 root spans; a call per id costs forty times as much.
const pool = new Int32Array(3072);
let position = pool.length;

/** 32 uniformly random bits, as a signed integer. */
export function randomWord(): number {
  if (position === pool.length) {
    randomFillSync(pool);
    position = 0;
  }
  return pool[position++] as number; // in range: position < pool.length
}

const hexScratch = Buffer.alloc(16);

/** A span id as 16 lower-case hex digits. */
export function spanIdToHex(high: number, low: number): string {
  hexScratch.writeInt32BE(high, 0);
  hexScratch.writeInt32BE(low, 4);
  return hexScratch.toString('hex', 0, 8);
}

/** A trace id as 32 lower-case hex digits. */
export function traceIdToHex(a: number, b: number, c: number, d: number): string {
  hexScratch.writeInt32BE(a, 0);
  hexScratch.writeInt32BE(b, 4);
  hexScratch.writeInt32BE(c, 8);
  hexScratch.writeInt32BE(d, 12);
  return hexScratch.toString('hex', 0, 16);
}

// The two digits of each byte: one look-up per digit, and no loop. Half of the time to write a header is spent here.
const highDigits = new Uint8Array(256);
const lowDigits = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  highDigits[byte] = byte.toString(16).padStart(2, '0').charCodeAt(0);
  lowDigits[byte] = byte.toString(16).padStart(2, '0').charCodeAt(1);
}

/** Writes the 8 hex digits of a word at `offset`, as bytes: for a header that is made of several ids at once. */
export function putWord(bytes: Uint8Array, offset: number, word: number): void {
  putByte(bytes, offset, word >>> 24);
  putByte(bytes, offset + 2, (word >>> 16) & 255);
  putByte(bytes, offset + 4, (word >>> 8) & 255);
  putByte(bytes, offset + 6, word & 255);
}

function putByte(bytes: Uint8Array, offset: number, byte: number): void {
  bytes[offset] = highDigits[byte] as number; // in range: a byte
  bytes[offset + 1] = lowDigits[byte] as number;
}

// The value of each byte as a lower-case hex digit; -1 for any other byte. W3C Trace Context section 3.2.2 allows lower case only,
// while Buffer, parseInt and a pattern with the `i` flag accept upper case.
const digitValues = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) digitValues[digit.toString(16).charCodeAt(0)] = digit;

/** The digits since the last {@link beginRead}, or-ed together: negative if one of the characters was not a digit. */
let seen = 0;

/** Starts reading an id or a header: clears the faults of an earlier one. */
export function beginRead(): void {
  seen = 0;
}

/** Whether a character since {@link beginRead} was not a lower-case hex digit, or was beyond the end of the string. */
export function readFailed(): boolean {
  return seen < 0;
}

/** Reads 8 hex digits at `offset` as a signed word. */
export function readWord(text: string, offset: number): number {
  let word = 0;
  for (let index = offset; index < offset + 8; index++) {
    const code = text.charCodeAt(index);
    const digit = code < 256 ? (digitValues[code] as number) : -1; // NaN beyond the end, which is not below 256
    seen |= digit;
    word = (word << 4) | digit;
  }
  return word;
}

/**
 * The same for a string that has been written into bytes, at an offset in range. Without a loop, and with one note of its faults:
 * this takes half the time.
 */
export function readWordOfBytes(bytes: Uint8Array, offset: number): number {
  const a = digitAt(bytes, offset);
  const b = digitAt(bytes, offset + 1);
  const c = digitAt(bytes, offset + 2);
  const d = digitAt(bytes, offset + 3);
  const e = digitAt(bytes, offset + 4);
  const f = digitAt(bytes, offset + 5);
  const g = digitAt(bytes, offset + 6);
  const h = digitAt(bytes, offset + 7);
  seen |= a | b | c | d | e | f | g | h;
  return (a << 28) | (b << 24) | (c << 20) | (d << 16) | (e << 12) | (f << 8) | (g << 4) | h;
}

/** Reads 2 hex digits at an offset in range. */
export function readByteOfBytes(bytes: Uint8Array, offset: number): number {
  const high = digitAt(bytes, offset);
  const low = digitAt(bytes, offset + 1);
  seen |= high | low;
  return (high << 4) | low;
}

/** The value of a digit, or -1. */
function digitAt(bytes: Uint8Array, offset: number): number {
  return digitValues[bytes[offset] as number] as number; // both in range
}

/**
 * The words of an id in hex digits, most significant first; `undefined` if it does not have that many lower-case hex digits, or
 * is all zero.
 */
export function readId(text: unknown, digits: 16 | 32): readonly number[] | undefined {
  if (typeof text !== 'string' || text.length !== digits) return undefined;
  beginRead();
  const words: number[] = [];
  for (let offset = 0; offset < digits; offset += 8) words.push(readWord(text, offset));
  return readFailed() || words.every((word) => word === 0) ? undefined : words;
}
