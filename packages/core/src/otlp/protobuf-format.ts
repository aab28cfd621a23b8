/**
 * OTLP's trace messages in protobuf: one pass over the span, straight into the bytes that are sent.
 *
 * Field numbers are those of opentelemetry/proto/trace/v1/trace.proto and its imports; a test reads the output with an
 * independent library and the official schema.
 */

import type { AttributeValue } from '../attribute-value.ts';
import { readWord } from '../ids.ts';
import type { InstrumentationScope } from '../instrumentation-scope.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import { ByteWriter } from '../sending/byte-writer.ts';
import type { Half, SpanFormat } from '../sending/span-format.ts';
import type { ScopeSpans } from '../sending/spans-by-scope.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { SpanEvent, SpanLink } from '../span.ts';
import { ownTraceState } from '../span-context.ts';
import { writeInRuns } from './attribute-runs.ts';
import { linkFlagsOf, spanFlagsOf, spanKinds, statusCodes } from './otlp-values.ts';
import { writeAttribute, writeAttributes } from './protobuf-attributes.ts';
import { readSections } from './protobuf-sections.ts';
import {
  beginMessage,
  endMessage,
  putBigEndian,
  tagOf,
  writeFixed32Field,
  writeString,
  writeTimeField,
  writeVarintField,
} from './protobuf-writer.ts';
import { halveSections, type ScopeSection } from './split-request.ts';

export const protobufFormat: SpanFormat = { contentType: 'application/x-protobuf', encodeSpan, frame, halve };

const requestFields = { resourceSpans: tagOf(1, 'bytes') };
const resourceSpansFields = { resource: tagOf(1, 'bytes'), scopeSpans: tagOf(2, 'bytes') };
const scopeSpansFields = { scope: tagOf(1, 'bytes'), spans: tagOf(2, 'bytes'), schemaUrl: tagOf(3, 'bytes') };
const resourceFields = { attributes: tagOf(1, 'bytes') };
const scopeFields = { name: tagOf(1, 'bytes'), version: tagOf(2, 'bytes') };
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

// Guesses at the length of messages, to reserve bytes for the length: one byte below 128, two below 16,384.
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

/** A missing field means 0. */
function writeCount(writer: ByteWriter, tag: number, count: number): void {
  if (count !== 0) writeVarintField(writer, tag, count);
}

/** Keeps the bytes when they are written for the second time. */
function writeShared(writer: ByteWriter, shared: SharedAttributes): void {
  if (shared.written !== undefined) {
    writer.append(shared.written);
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

/** Adds the messages around the spans, whose lengths are known when the chunk is complete. */
function frame(scopes: readonly ScopeSpans[], resource: Resource): readonly Buffer[] {
  const sections = scopes.map(({ scope, spans }) => ({ head: scopeHeadOf(scope), spans }));
  return assemble(resourceHeadOf(resource), sections);
}

function halve(body: Buffer): readonly [Half, Half] | undefined {
  const request = readSections(body);
  return request && halveSections(request.sections, (sections) => assemble(request.resource, sections));
}

function assemble(resource: Buffer, sections: readonly ScopeSection[]): readonly Buffer[] {
  const parts = [resource];
  let byteCount = resource.length;
  for (const { head, spans } of sections) {
    let sectionBytes = head.length;
    for (const part of spans) sectionBytes += part.length;
    const sectionHead = varintHead(resourceSpansFields.scopeSpans, sectionBytes);
    byteCount += sectionHead.length + sectionBytes;
    parts.push(sectionHead, head, ...spans);
  }
  return [varintHead(requestFields.resourceSpans, byteCount), ...parts];
}

const resourceHeads = new WeakMap<Resource, Buffer>();

function resourceHeadOf(resource: Resource): Buffer {
  let head = resourceHeads.get(resource);
  if (head === undefined) {
    head = encodeAlone((writer) => writeResource(writer, resource));
    resourceHeads.set(resource, head);
  }
  return head;
}

const scopeHeads = new WeakMap<InstrumentationScope, Buffer>();

/** The fields of `ScopeSpans` that stand in front of the spans. */
function scopeHeadOf(scope: InstrumentationScope): Buffer {
  let head = scopeHeads.get(scope);
  if (head === undefined) {
    head = encodeAlone((writer) => writeScope(writer, scope));
    scopeHeads.set(scope, head);
  }
  return head;
}

function writeResource(writer: ByteWriter, { attributes }: Resource): void {
  const start = beginMessage(writer, resourceSpansFields.resource, middling);
  for (const [key, value] of Object.entries(attributes)) writeAttribute(writer, resourceFields.attributes, key, value);
  endMessage(writer, start, middling);
}

function writeScope(writer: ByteWriter, { name, version, schemaUrl }: InstrumentationScope): void {
  const start = beginMessage(writer, scopeSpansFields.scope, small);
  writeString(writer, scopeFields.name, name);
  if (version !== undefined) writeString(writer, scopeFields.version, version);
  endMessage(writer, start, small);
  if (schemaUrl !== undefined) writeString(writer, scopeSpansFields.schemaUrl, schemaUrl);
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
