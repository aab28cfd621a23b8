/**
 * Trace and span ids.
 *
 * An id is kept as signed 32-bit words, most significant first: words are small integers to V8, so a span holds its
 * ids without allocating, the encoder writes them as bytes directly, and the hex text is made only when somebody asks.
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

/** Text of a span id: 16 lower-case hex digits. */
export function spanIdToHex(high: number, low: number): string {
  hexScratch.writeInt32BE(high, 0);
  hexScratch.writeInt32BE(low, 4);
  return hexScratch.toString('hex', 0, 8);
}

/** Text of a trace id: 32 lower-case hex digits. */
export function traceIdToHex(a: number, b: number, c: number, d: number): string {
  hexScratch.writeInt32BE(a, 0);
  hexScratch.writeInt32BE(b, 4);
  hexScratch.writeInt32BE(c, 8);
  hexScratch.writeInt32BE(d, 12);
  return hexScratch.toString('hex', 0, 16);
}

const digitCodes = Buffer.from('0123456789abcdef', 'latin1');

/** Puts the 8 hex digits of a word at `offset`, as bytes: for a text that is made in one piece of several ids. */
export function putWord(bytes: Buffer, offset: number, word: number): void {
  for (let index = offset + 7, rest = word; index >= offset; index--, rest >>>= 4) {
    bytes[index] = digitCodes[rest & 15] as number; // in range
  }
}

// Value of each character code as a lower-case hex digit; 255 marks what is none. Upper case is none: W3C Trace Context
// section 3.2.2 has lower case only, and Buffer, parseInt and a pattern with the `i` flag would let it through.
const digitValue = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit++) digitValue[digit.toString(16).charCodeAt(0)] = digit;

/** Whether a character since the last {@link beginRead} was no lower-case hex digit; asked once for a whole header. */
let sawBadDigit = false;

/** Starts reading an id or a header: forgets what an earlier one had wrong. */
export function beginRead(): void {
  sawBadDigit = false;
}

/** Whether anything read since {@link beginRead} was no lower-case hex digit, or lay beyond the end of the text. */
export function readFailed(): boolean {
  return sawBadDigit;
}

/** Reads 8 hex digits at `offset` as a signed word. */
export function readWord(text: string, offset: number): number {
  let word = 0;
  for (let index = offset; index < offset + 8; index++) word = (word << 4) | readDigit(text, index);
  return word;
}

/** Reads 2 hex digits at `offset`. */
export function readByte(text: string, offset: number): number {
  return (readDigit(text, offset) << 4) | readDigit(text, offset + 1);
}

function readDigit(text: string, offset: number): number {
  const code = text.charCodeAt(offset); // NaN beyond the end, which is not below 128
  const value = code < 128 ? (digitValue[code] as number) : 255; // in range: code < 128
  if (value === 255) sawBadDigit = true;
  return value;
}

/**
 * The words of an id that is given as text, most significant first; `undefined` if it is not of that many lower-case hex
 * digits, or all zero.
 */
export function readId(text: unknown, digits: 16 | 32): readonly number[] | undefined {
  if (typeof text !== 'string' || text.length !== digits) return undefined;
  beginRead();
  const words: number[] = [];
  for (let offset = 0; offset < digits; offset += 8) words.push(readWord(text, offset));
  return readFailed() || words.every((word) => word === 0) ? undefined : words;
}
