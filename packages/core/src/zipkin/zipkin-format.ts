/**
 * Zipkin's JSON, version 2: one pass over the span, straight into the bytes that are sent.
 *
 * Where the specification leaves a choice, this file writes what the OpenTelemetry Collector writes, so that spans keep their links and
 * tracestate when they pass through one.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/
 * @see https://zipkin.io/zipkin-api/#/default/post_spans
 */

import { attributesJson, attributeText } from '../attribute-text.ts';
import type { AttributeList } from '../attributes.ts';
import { putWord } from '../ids.ts';
import { quote } from '../json-string.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';
import { halveJsonList } from '../sending/halve-json.ts';
import type { Half, SpanFormat } from '../sending/span-format.ts';
import type { ScopeSpans } from '../sending/spans-by-scope.ts';
import type { SpanEvent } from '../span.ts';
import type { SpanKind } from '../span-kind.ts';
import { writeText, writeWholeNumber } from './json-writer.ts';
import { findRemoteEndpoint } from './remote-endpoint.ts';
import { writeTags } from './span-tags.ts';

export const zipkinFormat: SpanFormat = { contentType: 'application/json', encodeSpan, frame, halve };

const zeros = '0'.repeat(16);
// Each span begins with a comma. `frame()` removes the first one.
const head = Buffer.from(`,{"traceId":"${zeros}${zeros}","id":"${zeros}"`);
const traceIdAt = head.indexOf('0');
const spanIdAt = head.lastIndexOf('0') - 15;
const parentId = Buffer.from(`,"parentId":"${zeros}"`);
const parentIdAt = parentId.indexOf('0');

/** The bytes from the kind to the name's quotation mark. An internal span has no kind. */
const kindAndName: Readonly<Record<SpanKind, Buffer>> = {
  internal: Buffer.from(',"name":"'),
  server: Buffer.from(',"kind":"SERVER","name":"'),
  client: Buffer.from(',"kind":"CLIENT","name":"'),
  producer: Buffer.from(',"kind":"PRODUCER","name":"'),
  consumer: Buffer.from(',"kind":"CONSUMER","name":"'),
};

const timestamp = Buffer.from('","timestamp":');
const withoutTimestamp = Buffer.from('"');
const duration = Buffer.from(',"duration":');
const debug = Buffer.from(',"debug":true');
const end = Buffer.from('}');

function encodeSpan(writer: ByteWriter, span: RecordingSpan): void {
  const { trace, kind, events } = span;
  writer.reserve(head.length + parentId.length);
  const start = writer.position;
  writer.append(head);
  putWord(writer.bytes, start + traceIdAt, trace.a);
  putWord(writer.bytes, start + traceIdAt + 8, trace.b);
  putWord(writer.bytes, start + traceIdAt + 16, trace.c);
  putWord(writer.bytes, start + traceIdAt + 24, trace.d);
  putWord(writer.bytes, start + spanIdAt, span.idHigh);
  putWord(writer.bytes, start + spanIdAt + 8, span.idLow);
  if ((span.parentHigh | span.parentLow) !== 0) {
    const parentStart = writer.position;
    writer.append(parentId);
    putWord(writer.bytes, parentStart + parentIdAt, span.parentHigh);
    putWord(writer.bytes, parentStart + parentIdAt + 8, span.parentLow);
  }
  writer.append(kindAndName[kind]);
  writeText(writer, span.name);
  writeTimes(writer, span.startMs, span.endMs ?? span.startMs);
  if (trace.isDebug) writer.append(debug);
  writer.append(localEndpointOf(span.tracer.resource));
  if (kind === 'client' || kind === 'producer') writeRemoteEndpoint(writer, span.attributes);
  if (events !== undefined) writeAnnotations(writer, events);
  writeTags(writer, span);
  writer.append(end);
}

/**
 * Writes whole microseconds. The end is rounded like the start, so that a child does not end after its parent. To Zipkin, a timestamp or
 * duration of 0 is missing.
 */
function writeTimes(writer: ByteWriter, startMs: number, endMs: number): void {
  const startUs = toMicroseconds(startMs);
  if (startUs > 0) {
    writer.append(timestamp);
    writeWholeNumber(writer, startUs);
  } else {
    writer.append(withoutTimestamp);
  }
  writer.append(duration);
  writeWholeNumber(writer, Math.max(toMicroseconds(endMs) - startUs, 1));
}

/** Microseconds from a time that a clock or a caller gave, which may be any number. */
function toMicroseconds(timeMs: number): number {
  return timeMs > 0 ? Math.min(Math.round(timeMs * 1000), Number.MAX_SAFE_INTEGER) : 0; // NaN is not above 0
}

function writeRemoteEndpoint(writer: ByteWriter, attributes: Readonly<AttributeList>): void {
  const endpoint = findRemoteEndpoint(attributes);
  if (endpoint === undefined) return;
  const { serviceName, ipv4, ipv6, port } = endpoint;
  if (serviceName !== undefined) {
    writer.append(remoteServiceName);
    writeText(writer, serviceName);
  } else {
    writer.append(ipv4 === undefined ? remoteIpv6 : remoteIpv4);
    writeText(writer, ipv4 ?? ipv6 ?? '');
  }
  writer.append(port === undefined ? endOfText : remotePort);
  if (port !== undefined) {
    writeWholeNumber(writer, port);
    writer.append(endOfNumber);
  }
}

const remoteServiceName = Buffer.from(',"remoteEndpoint":{"serviceName":"');
const remoteIpv4 = Buffer.from(',"remoteEndpoint":{"ipv4":"');
const remoteIpv6 = Buffer.from(',"remoteEndpoint":{"ipv6":"');
const remotePort = Buffer.from('","port":');
const endOfText = Buffer.from('"}');
const endOfNumber = Buffer.from('}');

function writeAnnotations(writer: ByteWriter, events: readonly SpanEvent[]): void {
  for (const [index, { name, timeMs, attributes, droppedAttributesCount }] of events.entries()) {
    writer.append(index === 0 ? firstAnnotation : nextAnnotation);
    writeWholeNumber(writer, Math.max(toMicroseconds(timeMs), 1)); // an annotation needs a timestamp
    writer.append(annotationValue);
    writeText(writer, annotationText(name, attributes, droppedAttributesCount));
    writer.append(endOfText);
  }
  writer.append(endOfList);
}

/**
 * `retry|{"count":2}|0`: name, attributes, and how many were dropped. The Collector's receiver reads only this form. It refuses the
 * whole request if a name contains two bars without JSON in between, so bars in names are replaced by another character.
 */
function annotationText(name: string, attributes: SpanEvent['attributes'], droppedCount: number): string {
  const safeName = name.replaceAll('|', '¦');
  const hasMore = attributes.length > 0 || droppedCount > 0;
  return hasMore ? `${safeName}|${attributesJson(attributes)}|${droppedCount}` : safeName;
}

const firstAnnotation = Buffer.from(',"annotations":[{"timestamp":');
const nextAnnotation = Buffer.from(',{"timestamp":');
const annotationValue = Buffer.from(',"value":"');
const endOfList = Buffer.from(']');

const localEndpoints = new WeakMap<Resource, Buffer>();

function localEndpointOf(resource: Resource): Buffer {
  let endpoint = localEndpoints.get(resource);
  if (endpoint === undefined) {
    const serviceName = attributeText(resource.attributes['service.name'] ?? ''); // createResource() always sets one
    endpoint = Buffer.from(`,"localEndpoint":{"serviceName":${quote(serviceName)}}`);
    localEndpoints.set(resource, endpoint);
  }
  return endpoint;
}

function frame(scopes: readonly ScopeSpans[]): readonly Buffer[] {
  const [first, ...others] = scopes.flatMap(({ spans }) => spans) as [Buffer, ...Buffer[]]; // there is at least one span
  return [startOfList, first.subarray(1), ...others, endOfList];
}

function halve(body: Buffer): readonly [Half, Half] | undefined {
  return halveJsonList(body, startOfList.length);
}

const startOfList = Buffer.from('[');
