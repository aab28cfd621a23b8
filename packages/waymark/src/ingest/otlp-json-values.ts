/** Reads attributes in OTLP's JSON: values of all types, and nested lists and maps. */
import type { Value } from '../model/span.ts';
import { asList, asObject, asString, isAbsent, type JsonObject, mismatch, type Place } from './json-fields.ts';
import type { SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { readUint64 } from './uint64-text.ts';
import { setAttribute, valueOfDouble, valueOfInt } from './value-of.ts';

/** Reads attributes, which are most of a body. Their paths are put together only for a message. */
export function readKeyValues(
  list: readonly unknown[],
  into: Record<string, Value>,
  maxCount: number,
  { parent, name }: Place,
  batch: SpanBatch,
  nesting: number,
): void {
  const count = Math.min(list.length, maxCount);
  for (let index = 0; index < count; index++) {
    batch.countItem();
    const place: Place = { parent, name, index };
    const { key, value } = asObject(list[index], place);
    const text = (value as JsonObject | null | undefined)?.stringValue; // undefined for other types
    setAttribute(
      into,
      asString(key, { parent: place, name: 'key' }),
      typeof text === 'string' ? text : readAnyValue(value, place, batch, nesting),
    );
  }
}

function readAnyValue(value: unknown, parent: Place, batch: SpanBatch, nesting: number): Value {
  if (isAbsent(value)) return null;
  const place = { parent, name: 'value' };
  if (nesting > spanLimits.depth) {
    batch.cuts.count('deepValues');
    return null;
  }
  const given = asObject(value, place);
  for (const type in given) {
    const own = given[type];
    if (own === null) continue;
    switch (type) {
      case 'stringValue':
      case 'string_value':
        return asString(own, { parent: place, name: type });
      case 'boolValue':
      case 'bool_value':
        if (typeof own !== 'boolean') throw mismatch('true or false', own, { parent: place, name: type });
        return own;
      case 'intValue':
      case 'int_value':
        return readInt(own, { parent: place, name: type });
      case 'doubleValue':
      case 'double_value':
        return readDouble(own, { parent: place, name: type });
      case 'bytesValue':
      case 'bytes_value':
        return { bytesValue: asString(own, { parent: place, name: type }) };
      case 'arrayValue':
      case 'array_value': {
        const listPlace = { parent: place, name: type };
        return readItems(own, listPlace, batch).map((item) => {
          batch.countItem();
          return readAnyValue(item, listPlace, batch, nesting + 1);
        });
      }
      case 'kvlistValue':
      case 'kvlist_value': {
        const listPlace = { parent: place, name: type };
        const map: Record<string, Value> = {};
        readKeyValues(readItems(own, listPlace, batch), map, spanLimits.items, listPlace, batch, nesting + 1);
        return { kvlistValue: map };
      }
    }
  }
  return null; // no value, or a type from a newer version of the protocol
}

function readItems(value: unknown, place: Place, { cuts }: SpanBatch): readonly unknown[] {
  const list = asList(asObject(value, place).values, place);
  if (list.length <= spanLimits.items) return list;
  cuts.count('items', list.length - spanLimits.items);
  return list.slice(0, spanLimits.items);
}

function readInt(value: unknown, place: Place): Value {
  const isNegative = typeof value === 'string' ? value.startsWith('-') : typeof value === 'number' && value < 0;
  const magnitude = typeof value === 'string' && isNegative ? value.slice(1) : isNegative ? -(value as number) : value;
  const digits = readUint64(magnitude);
  const limit = isNegative ? 1n << 63n : (1n << 63n) - 1n;
  if (digits === undefined || (digits.length > 18 && BigInt(digits) > limit)) {
    throw mismatch('a whole number of at most 64 bits', value, place);
  }
  return valueOfInt(isNegative && digits !== '0' ? `-${digits}` : digits);
}

function readDouble(value: unknown, place: Place): Value {
  if (typeof value === 'number') return valueOfDouble(value);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return { doubleValue: value };
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
    return valueOfDouble(Number(value));
  throw mismatch('a number', value, place);
}
