/**
 * Writes protobuf's wire format, as far as OTLP's trace messages need it.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import type { ByteWriter } from '../sending/byte-writer.ts';
import { clampTime } from './otlp-values.ts';

/** Tag of a field: one byte for field numbers up to 15. */
export function tagOf(fieldNumber: number, wireType: 'varint' | 'fixed64' | 'bytes' | 'fixed32'): number {
  return (fieldNumber << 3) | { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 }[wireType];
}

// A varint has 7 bits in each byte; 64 bits need ten.
const maxVarintBytes = 10;
// Up to this length a loop over the characters is faster than Buffer's method, whose call costs 40 ns.
const longestLoopedText = 24;
const twoTo32 = 2 ** 32;

/** A tag of any number, or a count below 2³². */
function writeVarint(writer: ByteWriter, value: number): void {
  writer.reserve(maxVarintBytes);
  const { bytes } = writer;
  let { position } = writer;
  let rest = value;
  while (rest > 127) {
    bytes[position++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  writer.position = position;
}

export function writeVarintField(writer: ByteWriter, tag: number, value: number): void {
  writer.reserve(1);
  writer.bytes[writer.position++] = tag;
  writeVarint(writer, value);
}

/** A safe integer as int64: a negative one is ten bytes of two's complement. */
export function writeInt64Field(writer: ByteWriter, tag: number, value: number): void {
  if (value >= 0 && value < 2 ** 31) {
    writeVarintField(writer, tag, value);
    return;
  }
  writer.reserve(1 + maxVarintBytes);
  const { bytes } = writer;
  let { position } = writer;
  bytes[position++] = tag;
  let low = value >>> 0;
  let high = Math.floor(value / twoTo32) >>> 0;
  while (high !== 0 || low > 127) {
    bytes[position++] = (low & 127) | 128;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  bytes[position++] = low;
  writer.position = position;
}

/** An integer of at most 64 bits, signed. */
export function writeBigIntField(writer: ByteWriter, tag: number, value: bigint): void {
  writer.reserve(1 + maxVarintBytes);
  const { bytes } = writer;
  let { position } = writer;
  bytes[position++] = tag;
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes[position++] = Number(rest & 127n) | 128;
  bytes[position++] = Number(rest);
  writer.position = position;
}

export function writeBytesField(writer: ByteWriter, tag: number, value: Uint8Array): void {
  writer.reserve(1 + maxVarintBytes + value.length);
  writer.bytes[writer.position++] = tag;
  writeVarint(writer, value.length);
  writer.append(value);
}

export function writeFixed32Field(writer: ByteWriter, tag: number, value: number): void {
  writeVarint(writer, tag); // the only field with a number above 15 has this type
  writer.reserve(4);
  putLittleEndian(writer, value);
}

/**
 * A Unix time in milliseconds, as nanoseconds.
 *
 * The product does not fit a double. Split at 32 bits it does: both halves times 10⁶ stay below 2⁵³.
 */
export function writeTimeField(writer: ByteWriter, tag: number, timeMs: number): void {
  const unixMs = clampTime(timeMs);
  const wholeMs = Math.floor(unixMs);
  const lowProduct = (wholeMs >>> 0) * 1e6 + Math.round((unixMs - wholeMs) * 1e6);
  const high = Math.floor(wholeMs / twoTo32) * 1e6 + Math.floor(lowProduct / twoTo32);
  writer.reserve(9);
  writer.bytes[writer.position++] = tag;
  putLittleEndian(writer, lowProduct);
  putLittleEndian(writer, high);
}

const double = new Float64Array(1);
const bytesOfDouble = new Uint8Array(double.buffer);
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export function writeDoubleField(writer: ByteWriter, tag: number, value: number): void {
  writer.reserve(9);
  const { bytes } = writer;
  let { position } = writer;
  bytes[position++] = tag;
  double[0] = value;
  for (let index = 0; index < 8; index++) {
    bytes[position++] = bytesOfDouble[isLittleEndian ? index : 7 - index] as number; // the double has eight bytes
  }
  writer.position = position;
}

/** Writes a 32-bit word of an id. */
export function putBigEndian(writer: ByteWriter, word: number): void {
  const { bytes } = writer;
  let { position } = writer;
  bytes[position++] = word >>> 24;
  bytes[position++] = word >>> 16;
  bytes[position++] = word >>> 8;
  bytes[position++] = word;
  writer.position = position;
}

function putLittleEndian(writer: ByteWriter, word: number): void {
  const { bytes } = writer;
  let { position } = writer;
  bytes[position++] = word;
  bytes[position++] = word >>> 8;
  bytes[position++] = word >>> 16;
  bytes[position++] = word >>> 24;
  writer.position = position;
}

export function writeString(writer: ByteWriter, tag: number, text: string): void {
  const { length } = text;
  // A UTF-16 unit takes at most three bytes. A long string is measured, so that the reserved room is not three times too large.
  writer.reserve((length < 4096 ? length * 3 : measureLong(writer, text)) + 1 + maxVarintBytes);
  const prefixBytes = varintBytes(length);
  writer.bytes[writer.position] = tag;
  const start = writer.position + 1 + prefixBytes;
  writer.position = start;
  putText(writer, text);
  putLengthBefore(writer, start, prefixBytes);
}

/**
 * Writes a string without its length. The room must be reserved.
 *
 * @returns The number of bytes: one for each character, if all are ASCII.
 */
export function putText(writer: ByteWriter, text: string): number {
  const { bytes, position } = writer;
  const { length } = text;
  if (length <= longestLoopedText) {
    let index = 0;
    for (; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) break;
      bytes[position + index] = code;
    }
    if (index === length) {
      writer.position = position + length;
      return length;
    }
  }
  // A lone surrogate becomes U+FFFD here: a receiver refuses the whole request if a string is not valid UTF-8.
  const byteCount = bytes.write(text, position, 'utf8');
  writer.position = position + byteCount;
  return byteCount;
}

function measureLong(writer: ByteWriter, text: string): number {
  writer.reserve(text.length); // refuses a string that is far too long before it is measured
  return Buffer.byteLength(text);
}

/**
 * Begins a message of unknown length.
 *
 * @param expectedBytes A guess at the length. A wrong guess moves the bytes at the end.
 * @returns Where the contents begin, counted from the beginning of the item. Pass it to `endMessage()`.
 */
export function beginMessage(writer: ByteWriter, tag: number, expectedBytes: number): number {
  writer.reserve(1 + maxVarintBytes);
  writer.bytes[writer.position++] = tag;
  writer.position += varintBytes(expectedBytes);
  return writer.position - writer.itemStart;
}

export function endMessage(writer: ByteWriter, start: number, expectedBytes: number): void {
  writer.reserve(maxVarintBytes);
  putLengthBefore(writer, writer.itemStart + start, varintBytes(expectedBytes));
}

/** Writes the length of the bytes from `start` on in front of them, where `prefixBytes` are reserved. */
function putLengthBefore(writer: ByteWriter, start: number, prefixBytes: number): void {
  const { bytes, position: end } = writer;
  const length = end - start;
  const actualBytes = varintBytes(length);
  if (actualBytes !== prefixBytes) bytes.copyWithin(start + actualBytes - prefixBytes, start, end);
  writer.position = start - prefixBytes;
  writeVarint(writer, length);
  writer.position += length;
}

function varintBytes(value: number): number {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  if (value < 1 << 21) return 3;
  return value < 1 << 28 ? 4 : 5;
}
