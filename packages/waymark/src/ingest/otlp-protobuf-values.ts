/** Reads attributes in OTLP's protobuf: values of all types, and nested lists and maps. */
import type { Reader } from 'protobufjs/minimal';
import type { Attributes, Value } from '../model/span.ts';
import { enter, fixed64Tag, leave, messageTag, skip, varintTag } from './protobuf-messages.ts';
import type { SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { setAttribute, valueOfDouble, valueOfInt } from './value-of.ts';

export function readKeyValue(reader: Reader, attributes: Record<string, Value>, batch: SpanBatch, nesting = 0): void {
  batch.countItem();
  const len = enter(reader);
  let key = '';
  let value: Value = null;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) key = reader.string();
    else if (tag === messageTag(2)) value = readAnyValue(reader, batch, nesting);
    else skip(reader, tag);
  }
  leave(reader, len);
  setAttribute(attributes, key, value);
}

function readAnyValue(reader: Reader, batch: SpanBatch, nesting: number): Value {
  if (nesting > spanLimits.depth) {
    batch.cuts.count('deepValues');
    reader.skip(reader.size());
    return null;
  }
  const len = enter(reader);
  let value: Value = null;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case messageTag(1):
        value = reader.string();
        break;
      case varintTag(2):
        value = reader.bool();
        break;
      case varintTag(3):
        value = valueOfInt(reader.int64().toString());
        break;
      case fixed64Tag(4):
        value = valueOfDouble(reader.double());
        break;
      case messageTag(5):
        value = readArray(reader, batch, nesting + 1);
        break;
      case messageTag(6):
        value = { kvlistValue: readKeyValues(reader, batch, nesting + 1) };
        break;
      case messageTag(7):
        value = { bytesValue: Buffer.from(reader.bytes()).toString('base64') };
        break;
      default:
        skip(reader, tag);
    }
  }
  leave(reader, len);
  return value;
}

function readArray(reader: Reader, batch: SpanBatch, nesting: number): Value[] {
  const len = enter(reader);
  const values: Value[] = [];
  let beyond = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1) && values.length < spanLimits.items) {
      batch.countItem();
      values.push(readAnyValue(reader, batch, nesting));
    } else {
      if (tag === messageTag(1)) beyond++;
      skip(reader, tag);
    }
  }
  leave(reader, len);
  if (beyond > 0) batch.cuts.count('items', beyond);
  return values;
}

function readKeyValues(reader: Reader, batch: SpanBatch, nesting: number): Attributes {
  const len = enter(reader);
  const attributes: Record<string, Value> = {};
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1) && count++ < spanLimits.items) readKeyValue(reader, attributes, batch, nesting);
    else skip(reader, tag);
  }
  leave(reader, len);
  if (count > spanLimits.items) batch.cuts.count('items', count - spanLimits.items);
  return attributes;
}

/** Reads an attribute only if it is the service name: a resource with too many attributes still has a name. */
export function readServiceName(reader: Reader, attributes: Record<string, Value>, batch: SpanBatch): void {
  const start = reader.pos;
  const len = enter(reader);
  let isName = false;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) isName = reader.string() === 'service.name';
    else skip(reader, tag);
  }
  const end = reader.pos;
  leave(reader, len);
  if (!isName) return;
  reader.pos = start;
  readKeyValue(reader, attributes, batch);
  reader.pos = end;
}
