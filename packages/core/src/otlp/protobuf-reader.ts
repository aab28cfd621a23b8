/**
 * Reads protobuf's wire format.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** A field of a message. A varint has a number, the other wire types have bytes. */
export type ProtobufField =
  | {
      readonly number: number;
      readonly wireType: 0;
      readonly value: number;
      /** Present if no number holds the value exactly. */
      readonly exact?: bigint | undefined;
    }
  | { readonly number: number; readonly wireType: 1 | 2 | 5; readonly value: Buffer };

/**
 * The fields of a message in their order. Varints are taken as signed 64-bit integers.
 *
 * @throws {RangeError} If the bytes are not a message.
 */
export function* readFields(bytes: Buffer): Generator<ProtobufField> {
  let position = 0;
  let exact: bigint | undefined;

  function readVarint(): number {
    const start = position;
    let value = 0;
    exact = undefined;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[position++];
      if (byte === undefined) throw new RangeError('the message ends in the middle of a number');
      value += (byte & 127) * factor;
      if (byte > 127) continue;
      // Seven bytes hold 49 bits, which a double holds exactly. Longer numbers are rare, such as negative ones.
      if (position - start <= 7) return value;
      const long = readLongVarint(bytes.subarray(start, position));
      const number = Number(long);
      if (!Number.isSafeInteger(number)) exact = long;
      return number;
    }
  }

  function take(byteCount: number): Buffer {
    if (!(byteCount >= 0) || position + byteCount > bytes.length) {
      throw new RangeError('the message ends in the middle of a field');
    }
    position += byteCount;
    return bytes.subarray(position - byteCount, position);
  }

  while (position < bytes.length) {
    const tag = readVarint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number < 1) throw new RangeError('there is no field 0');
    if (wireType === 0) {
      const value = readVarint();
      yield { number, wireType, value, exact };
    } else if (wireType === 1) yield { number, wireType, value: take(8) };
    else if (wireType === 2) yield { number, wireType, value: take(readVarint()) };
    else if (wireType === 5) yield { number, wireType, value: take(4) };
    else throw new RangeError(`wire type ${wireType} is not used by proto3`);
  }
}

function readLongVarint(bytes: Buffer): bigint {
  if (bytes.length > 10) throw new RangeError('a number has more than ten bytes');
  const value = bytes.reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 127), 0n);
  return BigInt.asIntN(64, value);
}
