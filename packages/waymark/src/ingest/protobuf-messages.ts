/** Reads protobuf messages with protobufjs's reader: tags, and the end of a message. */
import type { Reader } from 'protobufjs/minimal';

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
export function varintTag(field: number): number {
  return field << 3;
}

export function fixed64Tag(field: number): number {
  return (field << 3) | 1;
}

export function messageTag(field: number): number {
  return (field << 3) | 2;
}

export function fixed32Tag(field: number): number {
  return (field << 3) | 5;
}

/** Sets the reader's end to the end of the message, until `leave()`. */
export function enter(reader: Reader): number {
  const { len } = reader;
  const end = reader.size() + reader.pos;
  if (end > len) throw new RangeError(`a message of ${end - reader.pos} bytes goes beyond the end`);
  reader.len = end;
  return len;
}

export function leave(reader: Reader, len: number): void {
  reader.len = len;
}

export function skip(reader: Reader, tag: number): void {
  reader.skipType(tag & 7, 0, tag >>> 3);
}

/** Reads an id. A longer one is cut: an id of megabytes would be as long in each message about it. */
export function readHex(reader: Reader): string {
  const bytes = reader.bytes();
  const shown = bytes.length > 32 ? bytes.subarray(0, 32) : bytes;
  return Buffer.from(shown.buffer, shown.byteOffset, shown.length).toString('hex');
}
