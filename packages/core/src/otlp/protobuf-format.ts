/**
 * OTLP's trace messages in protobuf: one pass over the span, straight into the bytes that are sent.
 *
 * Field numbers are those of opentelemetry/proto/trace/v1/trace.proto and its imports; a test reads the output with an
 * independent library and the official schema.
 */

import type { AttributeValue } from '../attributes.ts';
import { readWord } from '../ids.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import { ByteWriter } from '../sending/byte-writer.ts';
import type { Half, SpanFormat } from '../sending/span-format.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { SpanEvent, SpanLink } from '../span.ts';
import { ownTraceState } from '../span-context.ts';
import { version } from '../version.ts';
import { writeInRuns } from './attribute-runs.ts';
import { linkFlagsOf, scopeName, spanFlagsOf, spanKinds, statusCodes } from './otlp-values.ts';
import {
  beginMessage,
  endMessage,
  putBigEndian,
  putBytes,
  putText,
  tagOf,
  writeBigIntField,
  writeBytesField,
  writeDoubleField,
  writeFixed32Field,
  writeInt64Field,
  writeString,
  writeTimeField,
  writeVarintField,
} from './protobuf-writer.ts';
import { type SplitSpans, splitRequest } from './split-request.ts';

export const protobufFormat: SpanFormat = { contentType: 'application/x-protobuf', encodeSpan, frame, halve };

const requestFields = { resourceSpans: tagOf(1, 'bytes') };
const resourceSpansFields = { resource: tagOf(1, 'bytes'), scopeSpans: tagOf(2, 'bytes') };
const scopeSpansFields = { scope: tagOf(1, 'bytes'), spans: tagOf(2, 'bytes') };
const resourceFields = { attributes: tagOf(1, 'bytes') };
const scopeFields = { name: tagOf(1, 'bytes'), version: tagOf(2, 'bytes') };
const keyValueFields = { key: tagOf(1, 'bytes'), value: tagOf(2, 'bytes') };
const arrayFields = { values: tagOf(1, 'bytes') };
const statusFields = { message: tagOf(2, 'bytes'), code: tagOf(3, 'varint') };

const spanFields = {
  traceId: tagOf(1, 'bytes'),
  spanId: tagOf(2, 'bytes'),
  traceState: tagOf(3, 'bytes'),
  parentSpanId: tagOf(4, 'bytes'),
  name: tagOf(5, 'bytes'),
  kind: tagOf(6, 'varint'),
  startTime: tagOf(7, 'fixed64'),
  endTime: tagOf(8, 'fixed64'),
  attributes: tagOf(9, 'bytes'),
  droppedAttributesCount: tagOf(10, 'varint'),
  events: tagOf(11, 'bytes'),
  droppedEventsCount: tagOf(12, 'varint'),
  links: tagOf(13, 'bytes'),
  droppedLinksCount: tagOf(14, 'varint'),
  status: tagOf(15, 'bytes'),
  flags: tagOf(16, 'fixed32'),
};

const eventFields = {
  time: tagOf(1, 'fixed64'),
  name: tagOf(2, 'bytes'),
  attributes: tagOf(3, 'bytes'),
  droppedAttributesCount: tagOf(4, 'varint'),
};

const linkFields = {
  traceId: tagOf(1, 'bytes'),
  spanId: tagOf(2, 'bytes'),
  traceState: tagOf(3, 'bytes'),
  attributes: tagOf(4, 'bytes'),
  droppedAttributesCount: tagOf(5, 'varint'),
  flags: tagOf(6, 'fixed32'),
};

const anyValueFields = {
  string: tagOf(1, 'bytes'),
  bool: tagOf(2, 'varint'),
  int: tagOf(3, 'varint'),
  double: tagOf(4, 'fixed64'),
  array: tagOf(5, 'bytes'),
  bytes: tagOf(7, 'bytes'),
};

// Guesses at the length of messages, for the room kept for it: one byte below 128, two below 16,384.
const small = 100;
const middling = 1000;

function encodeSpan(writer: ByteWriter, span: RecordingSpan): void {
  const start = beginMessage(writer, scopeSpansFields.spans, middling);
  const { trace, statusCode } = span;
  writer.reserve(18 + 10 + 10);
  const bytes = writer.bytes;
  bytes[writer.position++] = spanFields.traceId;
  bytes[writer.position++] = 16;
  putBigEndian(writer, trace.a);
  putBigEndian(writer, trace.b);
  putBigEndian(writer, trace.c);
  putBigEndian(writer, trace.d);
  bytes[writer.position++] = spanFields.spanId;
  bytes[writer.position++] = 8;
  putBigEndian(writer, span.idHigh);
  putBigEndian(writer, span.idLow);
  if ((span.parentHigh | span.parentLow) !== 0) {
    bytes[writer.position++] = spanFields.parentSpanId;
    bytes[writer.position++] = 8;
    putBigEndian(writer, span.parentHigh);
    putBigEndian(writer, span.parentLow);
  }
  if (trace.traceState !== undefined) writeString(writer, spanFields.traceState, trace.traceState.serialize());
  writeString(writer, spanFields.name, span.name);
  writeVarintField(writer, spanFields.kind, spanKinds[span.kind]);
  writeTimeField(writer, spanFields.startTime, span.startMs);
  writeTimeField(writer, spanFields.endTime, span.endMs ?? span.startMs);
  if (span.shared !== undefined) writeShared(writer, span.shared);
  writeInRuns(writer, span.name, span.ownAttributes, writeSpanAttribute);
  writeCount(writer, spanFields.droppedAttributesCount, span.droppedAttributesCount);
  if (span.events !== undefined) for (const event of span.events) writeEvent(writer, event);
  writeCount(writer, spanFields.droppedEventsCount, span.droppedEventsCount);
  if (span.links !== undefined) for (const link of span.links) writeLink(writer, link);
  writeCount(writer, spanFields.droppedLinksCount, span.droppedLinksCount);
  if (statusCode !== 'unset') writeStatus(writer, statusCodes[statusCode], span.statusMessage);
  writeFixed32Field(writer, spanFields.flags, spanFlagsOf(span));
  endMessage(writer, start, middling);
}

function writeEvent(writer: ByteWriter, event: SpanEvent): void {
  const start = beginMessage(writer, spanFields.events, middling);
  writeTimeField(writer, eventFields.time, event.timeMs);
  writeString(writer, eventFields.name, event.name);
  writeAttributes(writer, eventFields.attributes, event.attributes);
  writeCount(writer, eventFields.droppedAttributesCount, event.droppedAttributesCount);
  endMessage(writer, start, middling);
}

function writeLink(writer: ByteWriter, { context, attributes, droppedAttributesCount }: SpanLink): void {
  const start = beginMessage(writer, spanFields.links, small);
  writeHexId(writer, linkFields.traceId, context.traceId);
  writeHexId(writer, linkFields.spanId, context.spanId);
  const traceState = ownTraceState(context);
  if (traceState !== undefined) writeString(writer, linkFields.traceState, traceState.serialize());
  writeAttributes(writer, linkFields.attributes, attributes);
  writeCount(writer, linkFields.droppedAttributesCount, droppedAttributesCount);
  writeFixed32Field(writer, linkFields.flags, linkFlagsOf(context));
  endMessage(writer, start, small);
}

function writeHexId(writer: ByteWriter, tag: number, id: string): void {
  writer.reserve(2 + id.length / 2);
  writer.bytes[writer.position++] = tag;
  writer.bytes[writer.position++] = id.length / 2;
  for (let offset = 0; offset < id.length; offset += 8) putBigEndian(writer, readWord(id, offset));
}

function writeStatus(writer: ByteWriter, code: number, message: string | undefined): void {
  const expectedBytes = message === undefined ? small : message.length;
  const start = beginMessage(writer, spanFields.status, expectedBytes);
  if (message !== undefined) writeString(writer, statusFields.message, message);
  writeVarintField(writer, statusFields.code, code);
  endMessage(writer, start, expectedBytes);
}

/** 0 is what a missing field means. */
function writeCount(writer: ByteWriter, tag: number, count: number): void {
  if (count !== 0) writeVarintField(writer, tag, count);
}

/** What is written a second time is kept for the third. */
function writeShared(writer: ByteWriter, shared: SharedAttributes): void {
  if (shared.written !== undefined) {
    putBytes(writer, shared.written);
    return;
  }
  const start = writer.position - writer.itemStart; // the item may move
  writeAttributes(writer, spanFields.attributes, shared.list);
  if (++shared.writeCount < 2) return;
  shared.written = Buffer.from(writer.bytes.subarray(writer.itemStart + start, writer.position));
}

function writeSpanAttribute(writer: ByteWriter, key: string, value: AttributeValue): void {
  writeAttribute(writer, spanFields.attributes, key, value);
}

function writeAttributes(writer: ByteWriter, tag: number, list: readonly (string | AttributeValue)[]): void {
  for (let index = 0; index < list.length; index += 2) {
    writeAttribute(writer, tag, list[index] as string, list[index + 1] as AttributeValue); // keys and values alternate
  }
}

function writeAttribute(writer: ByteWriter, tag: number, key: string, value: AttributeValue): void {
  const keyField = keyFieldOf(key);
  if (keyField !== undefined && typeof value === 'string' && writeShortText(writer, tag, keyField, value)) return;
  const valueBytes = typeof value === 'string' ? value.length + 2 : typeof value === 'object' ? small : 11;
  const expectedBytes = key.length + valueBytes + 4;
  const start = beginMessage(writer, tag, expectedBytes);
  if (keyField === undefined) writeString(writer, keyValueFields.key, key);
  else putBytes(writer, keyField);
  writeAnyValue(writer, keyValueFields.value, value, valueBytes);
  endMessage(writer, start, expectedBytes);
}

/**
 * Writes an attribute whose three lengths are known beforehand, because the text is ASCII and they all are below 128.
 * Most attributes of a request are such: without this, encoding its span takes a third longer.
 *
 * @returns Whether it was; if not, nothing was written.
 */
function writeShortText(writer: ByteWriter, tag: number, keyField: Buffer, text: string): boolean {
  const { length } = text;
  const valueBytes = length + 2;
  const attributeBytes = keyField.length + valueBytes + 2;
  if (attributeBytes > 127) return false;
  writer.reserve(2 + attributeBytes + 2 * length); // a text that turns out not to be ASCII is up to three times as long
  const { bytes, position } = writer;
  bytes[position] = tag;
  bytes[position + 1] = attributeBytes;
  writer.position = position + 2;
  putBytes(writer, keyField);
  bytes[writer.position++] = keyValueFields.value;
  bytes[writer.position++] = valueBytes;
  bytes[writer.position++] = anyValueFields.string;
  bytes[writer.position++] = length;
  if (putText(writer, text) === length) return true;
  writer.position = position;
  return false;
}

// Applications have few keys, short ones, and use them again and again. Those that make them up as they go do not fill
// the memory.
const maxKeyFields = 1000;
const maxKeyBytes = 127;
const keyFields = new Map<string, Buffer>();

/** The key as it is written; `undefined` if there are too many, or it is too long. */
function keyFieldOf(key: string): Buffer | undefined {
  const known = keyFields.get(key);
  if (known !== undefined || keyFields.size >= maxKeyFields || key.length > maxKeyBytes) return known;
  const bytes = Buffer.from(key);
  if (bytes.length > maxKeyBytes) return undefined;
  const field = Buffer.from([keyValueFields.key, bytes.length, ...bytes]);
  keyFields.set(key, field);
  return field;
}

function writeAnyValue(
  writer: ByteWriter,
  tag: number,
  value: AttributeValue | null | undefined,
  expectedBytes: number,
) {
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
    default:
      // A hole in an array is an AnyValue with nothing in it.
      if (Array.isArray(value)) writeArray(writer, value);
      else if (value instanceof Uint8Array) writeBytesField(writer, anyValueFields.bytes, value);
  }
  endMessage(writer, start, expectedBytes);
}

function writeArray(
  writer: ByteWriter,
  values: readonly (string | number | bigint | boolean | null | undefined)[],
): void {
  const start = beginMessage(writer, anyValueFields.array, small);
  for (const value of values) {
    writeAnyValue(writer, arrayFields.values, value, typeof value === 'string' ? value.length + 2 : 11);
  }
  endMessage(writer, start, small);
}

/** The lengths around the spans are known only now, so this part is put in front when the chunk is complete. */
function frame(spans: readonly Buffer[], resource: Resource): readonly Buffer[] {
  return assemble(headOf(resource), spans);
}

function halve(body: Buffer): readonly [Half, Half] | undefined {
  const parts = splitRequest(body);
  if (parts === undefined) return undefined;
  const toHalf = ({ spans, spanCount }: SplitSpans): Half => ({
    body: Buffer.concat(assemble(parts, [spans])),
    spanCount,
  });
  return [toHalf(parts.first), toHalf(parts.second)];
}

function assemble(resourceAndScope: Head, spans: readonly Buffer[]): readonly Buffer[] {
  let spanBytes = 0;
  for (const part of spans) spanBytes += part.length;

  const scopeSpansBytes = resourceAndScope.scope.length + spanBytes;
  const scopeSpansHead = varintHead(resourceSpansFields.scopeSpans, scopeSpansBytes);
  const resourceSpansBytes = resourceAndScope.resource.length + scopeSpansHead.length + scopeSpansBytes;
  return [
    varintHead(requestFields.resourceSpans, resourceSpansBytes),
    resourceAndScope.resource,
    scopeSpansHead,
    resourceAndScope.scope,
    ...spans,
  ];
}

interface Head {
  readonly resource: Buffer;
  readonly scope: Buffer;
}

const heads = new WeakMap<Resource, Head>();

function headOf(resource: Resource): Head {
  let head = heads.get(resource);
  if (head === undefined) {
    head = { resource: encodeAlone((writer) => writeResource(writer, resource)), scope: encodeAlone(writeScope) };
    heads.set(resource, head);
  }
  return head;
}

function writeResource(writer: ByteWriter, { attributes }: Resource): void {
  const start = beginMessage(writer, resourceSpansFields.resource, middling);
  for (const [key, value] of Object.entries(attributes)) writeAttribute(writer, resourceFields.attributes, key, value);
  endMessage(writer, start, middling);
}

function writeScope(writer: ByteWriter): void {
  const start = beginMessage(writer, scopeSpansFields.scope, small);
  writeString(writer, scopeFields.name, scopeName);
  writeString(writer, scopeFields.version, version);
  endMessage(writer, start, small);
}

function varintHead(tag: number, value: number): Buffer {
  return encodeAlone((writer) => writeVarintField(writer, tag, value));
}

function encodeAlone(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter(Number.POSITIVE_INFINITY);
  writer.beginItem();
  write(writer);
  return Buffer.concat(writer.takeChunk());
}
