/**
 * Attributes in OTLP's protobuf: `KeyValue` and `AnyValue` of opentelemetry/proto/common/v1/common.proto. Most bytes of a span are
 * attributes, so this file has the fast paths.
 */
import { type AttributeMap, type AttributeValue, isList } from '../attribute-value.ts';
import { type AttributeList, keyAt, valueAt } from '../attributes.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';
import {
  beginMessage,
  endMessage,
  putText,
  tagOf,
  writeBigIntField,
  writeBytesField,
  writeDoubleField,
  writeInt64Field,
  writeString,
  writeVarintField,
} from './protobuf-writer.ts';

const keyValueFields = { key: tagOf(1, 'bytes'), value: tagOf(2, 'bytes') };
const arrayFields = { values: tagOf(1, 'bytes') };
const mapFields = { values: tagOf(1, 'bytes') };

const anyValueFields = {
  string: tagOf(1, 'bytes'),
  bool: tagOf(2, 'varint'),
  int: tagOf(3, 'varint'),
  double: tagOf(4, 'fixed64'),
  array: tagOf(5, 'bytes'),
  map: tagOf(6, 'bytes'),
  bytes: tagOf(7, 'bytes'),
};

// A guess at the length of an array, a map or bytes.
const nestedBytes = 100;

/** Writes attributes, each as a `KeyValue` in the field of that tag. */
export function writeAttributes(writer: ByteWriter, tag: number, list: Readonly<AttributeList>): void {
  for (let at = 0; at < list.length; at += 2) writeAttribute(writer, tag, keyAt(list, at), valueAt(list, at));
}

export function writeAttribute(writer: ByteWriter, tag: number, key: string, value: AttributeValue): void {
  const keyField = keyFieldOf(key);
  if (keyField !== undefined && typeof value === 'string' && writeShortText(writer, tag, keyField, value)) return;
  const valueBytes = expectedBytesOf(value);
  const expectedBytes = key.length + valueBytes + 4;
  const start = beginMessage(writer, tag, expectedBytes);
  if (keyField === undefined) writeString(writer, keyValueFields.key, key);
  else writer.append(keyField);
  writeAnyValue(writer, keyValueFields.value, value, valueBytes);
  endMessage(writer, start, expectedBytes);
}

/**
 * Writes an attribute whose three lengths are known in advance, because the string is ASCII and all lengths are below 128. Most
 * attributes of a request are like this. Without this function, encoding a span takes a third longer.
 *
 * @returns `false` for another attribute: then nothing was written.
 */
function writeShortText(writer: ByteWriter, tag: number, keyField: Buffer, text: string): boolean {
  const { length } = text;
  const valueBytes = length + 2;
  const attributeBytes = keyField.length + valueBytes + 2;
  if (attributeBytes > 127) return false;
  writer.reserve(2 + attributeBytes + 2 * length); // a string that is not ASCII takes up to three times as many bytes
  const { bytes, position } = writer;
  bytes[position] = tag;
  bytes[position + 1] = attributeBytes;
  writer.position = position + 2;
  writer.append(keyField);
  bytes[writer.position++] = keyValueFields.value;
  bytes[writer.position++] = valueBytes;
  bytes[writer.position++] = anyValueFields.string;
  bytes[writer.position++] = length;
  if (putText(writer, text) === length) return true;
  writer.position = position;
  return false;
}

// Applications have few and short keys, and repeat them. Generated keys must not fill the memory.
const maxKeyFields = 1000;
const maxKeyBytes = 127;
const keyFields = new Map<string, Buffer>();

/** The bytes of a key, kept for the next time; `undefined` if too many are kept, or the key is too long. */
function keyFieldOf(key: string): Buffer | undefined {
  const known = keyFields.get(key);
  if (known !== undefined || keyFields.size >= maxKeyFields || key.length > maxKeyBytes) return known;
  const bytes = Buffer.from(key);
  if (bytes.length > maxKeyBytes) return undefined;
  const field = Buffer.from([keyValueFields.key, bytes.length, ...bytes]);
  keyFields.set(key, field);
  return field;
}

function writeAnyValue(writer: ByteWriter, tag: number, value: AttributeValue | undefined, expectedBytes: number) {
  const start = beginMessage(writer, tag, expectedBytes);
  switch (typeof value) {
    case 'string':
      writeString(writer, anyValueFields.string, value);
      break;
    case 'boolean':
      writeVarintField(writer, anyValueFields.bool, value ? 1 : 0);
      break;
    case 'number':
      if (Number.isSafeInteger(value)) writeInt64Field(writer, anyValueFields.int, value);
      else writeDoubleField(writer, anyValueFields.double, value);
      break;
    case 'bigint':
      writeBigIntField(writer, anyValueFields.int, value);
      break;
    case 'object':
      if (value === null) break; // an empty AnyValue
      if (isList(value)) writeArray(writer, value);
      else if (value instanceof Uint8Array) writeBytesField(writer, anyValueFields.bytes, value);
      else writeMap(writer, value as AttributeMap); // TypeScript does not take the other types out of the union
  }
  endMessage(writer, start, expectedBytes);
}

function writeArray(writer: ByteWriter, values: readonly (AttributeValue | undefined)[]): void {
  const start = beginMessage(writer, anyValueFields.array, nestedBytes);
  for (const value of values) writeAnyValue(writer, arrayFields.values, value, expectedBytesOf(value));
  endMessage(writer, start, nestedBytes);
}

function writeMap(writer: ByteWriter, map: AttributeMap): void {
  const start = beginMessage(writer, anyValueFields.map, nestedBytes);
  for (const key in map) writeAttribute(writer, mapFields.values, key, map[key] ?? null);
  endMessage(writer, start, nestedBytes);
}

/** A guess at the length of a value, to reserve bytes for that length. */
function expectedBytesOf(value: AttributeValue | undefined): number {
  return typeof value === 'string' ? value.length + 2 : typeof value === 'object' ? nestedBytes : 11;
}
