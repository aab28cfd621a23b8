/**
 * OTLP's trace messages in JSON, for receivers that require it, and to read on the wire.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

import { type AttributeMap, type AttributeValue, isList } from '../attribute-value.ts';
import { type AttributeList, keyAt, toBase64, valueAt } from '../attributes.ts';
import { quote } from '../json-string.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';
import { halveJsonList } from '../sending/halve-json.ts';
import type { Half, SpanFormat } from '../sending/span-format.ts';
import type { SpanEvent, SpanLink } from '../span.ts';
import { ownTraceState } from '../span-context.ts';
import { version } from '../version.ts';
import { clampTime, linkFlagsOf, scopeName, spanFlagsOf, spanKinds, statusCodes } from './otlp-values.ts';

export const jsonFormat: SpanFormat = { contentType: 'application/json', encodeSpan, frame, halve };

/** Each span begins with a comma. `frame()` removes the first one. */
function encodeSpan(writer: ByteWriter, span: RecordingSpan): void {
  const { trace, parentSpanId, events, links } = span;
  let text = `,{"traceId":"${trace.traceId}","spanId":"${span.spanId}"`;
  if (trace.traceState !== undefined) text += `,"traceState":${quote(trace.traceState.serialize())}`;
  if (parentSpanId !== undefined) text += `,"parentSpanId":"${parentSpanId}"`;
  text += `,"name":${quote(span.name)},"kind":${spanKinds[span.kind]}`;
  text += `,"startTimeUnixNano":"${nanosecondsOf(span.startMs)}"`;
  text += `,"endTimeUnixNano":"${nanosecondsOf(span.endMs ?? span.startMs)}"`;
  text += attributesMember(span.attributes) + countMember('droppedAttributesCount', span.droppedAttributesCount);
  if (events !== undefined) text += `,"events":[${events.map(eventText).join()}]`;
  text += countMember('droppedEventsCount', span.droppedEventsCount);
  if (links !== undefined) text += `,"links":[${links.map(linkText).join()}]`;
  text += countMember('droppedLinksCount', span.droppedLinksCount);
  if (span.statusCode !== 'unset') {
    const message = span.statusMessage === undefined ? '' : `"message":${quote(span.statusMessage)},`;
    text += `,"status":{${message}"code":${statusCodes[span.statusCode]}}`;
  }
  text += `,"flags":${spanFlagsOf(span)}}`;

  writer.reserve(text.length); // refuses a string that is far too long before it is measured
  writer.reserve(Buffer.byteLength(text));
  writer.position += writer.bytes.write(text, writer.position, 'utf8');
}

function eventText({ timeMs, name, attributes, droppedAttributesCount }: SpanEvent): string {
  const dropped = countMember('droppedAttributesCount', droppedAttributesCount);
  return `{"timeUnixNano":"${nanosecondsOf(timeMs)}","name":${quote(name)}${attributesMember(attributes)}${dropped}}`;
}

function linkText({ context, attributes, droppedAttributesCount }: SpanLink): string {
  const { traceId, spanId } = context;
  const traceState = ownTraceState(context);
  const state = traceState === undefined ? '' : `,"traceState":${quote(traceState.serialize())}`;
  const dropped = countMember('droppedAttributesCount', droppedAttributesCount);
  const rest = `${attributesMember(attributes)}${dropped},"flags":${linkFlagsOf(context)}`;
  return `{"traceId":"${traceId}","spanId":"${spanId}"${state}${rest}}`;
}

function countMember(name: string, count: number): string {
  return count === 0 ? '' : `,"${name}":${count}`;
}

function attributesMember(list: Readonly<AttributeList>): string {
  if (list.length === 0) return '';
  let text = '';
  for (let at = 0; at < list.length; at += 2) {
    text += `${at === 0 ? '' : ','}${attributeText(keyAt(list, at), valueAt(list, at))}`;
  }
  return `,"attributes":[${text}]`;
}

function attributeText(key: string, value: AttributeValue): string {
  return `{"key":${quote(key)},"value":${anyValueText(value)}}`;
}

function anyValueText(value: AttributeValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${quote(value)}}`;
    case 'boolean':
      return `{"boolValue":${value}}`;
    case 'number':
      // In protobuf's JSON, 64-bit integers, infinities and NaN are strings. Minus zero becomes 0.
      if (Number.isSafeInteger(value)) return `{"intValue":"${value + 0}"}`;
      return `{"doubleValue":${Number.isFinite(value) ? value : `"${value}"`}}`;
    case 'bigint':
      return `{"intValue":"${value}"}`;
    case 'undefined':
      return '{}';
    case 'object':
      if (value === null) return '{}';
      if (value instanceof Uint8Array) return `{"bytesValue":"${toBase64(value)}"}`;
      if (isList(value)) return `{"arrayValue":{"values":[${value.map(anyValueText).join()}]}}`;
      return `{"kvlistValue":{"values":[${mapTexts(value as AttributeMap).join()}]}}`; // what the other types left
  }
}

function mapTexts(map: AttributeMap): string[] {
  return Object.keys(map).map((key) => attributeText(key, map[key] ?? null));
}

/** A Unix time in milliseconds as the decimal digits of nanoseconds, which a double cannot hold. */
function nanosecondsOf(timeMs: number): string {
  const unixMs = clampTime(timeMs);
  const wholeMs = Math.floor(unixMs);
  const nanoseconds = Math.round((unixMs - wholeMs) * 1e6); // may be rounded up to a whole millisecond
  const digits = nanoseconds < 1e6 ? `${wholeMs}${String(nanoseconds).padStart(6, '0')}` : `${wholeMs + 1}000000`;
  return wholeMs === 0 ? String(Number(digits)) : digits;
}

function frame(spans: readonly Buffer[], resource: Resource): readonly Buffer[] {
  const [first, ...others] = spans as readonly [Buffer, ...Buffer[]]; // `spans` is not empty
  return [headOf(resource), first.subarray(1), ...others, tail];
}

/** The resource comes first. In its strings, a quotation mark follows a backslash. */
function halve(body: Buffer): readonly [Half, Half] | undefined {
  const start = body.indexOf(startOfSpans);
  return start < 0 ? undefined : halveJsonList(body, start + startOfSpans.length, body.length - tail.length);
}

const startOfSpans = '"spans":[';
const tail = Buffer.from(']}]}]}');
const heads = new WeakMap<Resource, Buffer>();

function headOf(resource: Resource): Buffer {
  let head = heads.get(resource);
  if (head === undefined) {
    const attributes = Object.entries(resource.attributes).map(([key, value]) => attributeText(key, value));
    const scope = `{"name":${quote(scopeName)},"version":${quote(version)}}`;
    head = Buffer.from(
      `{"resourceSpans":[{"resource":{"attributes":[${attributes.join()}]},"scopeSpans":[{"scope":${scope},"spans":[`,
    );
    heads.set(resource, head);
  }
  return head;
}
