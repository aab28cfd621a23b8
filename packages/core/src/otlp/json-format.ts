/**
 * OTLP's trace messages in JSON, for receivers that require it, and to read on the wire.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

import { type AttributeMap, type AttributeValue, isList } from '../attribute-value.ts';
import { type AttributeList, keyAt, toBase64, valueAt } from '../attributes.ts';
import type { InstrumentationScope } from '../instrumentation-scope.ts';
import { quote } from '../json-string.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';
import { findMemberEnds } from '../sending/halve-json.ts';
import type { Half, SpanFormat } from '../sending/span-format.ts';
import type { ScopeSpans } from '../sending/spans-by-scope.ts';
import type { SpanEvent, SpanLink } from '../span.ts';
import { ownTraceState } from '../span-context.ts';
import { clampTime, linkFlagsOf, spanFlagsOf, spanKinds, statusCodes } from './otlp-values.ts';
import { halveSections, type ScopeSection } from './split-request.ts';

export const jsonFormat: SpanFormat = { contentType: 'application/json', encodeSpan, frame, halve };

/** Each span begins with a comma. `assemble()` removes the first one of each scope. */
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

function frame(scopes: readonly ScopeSpans[], resource: Resource): readonly Buffer[] {
  const sections = scopes.map(({ scope, spans }) => ({ head: scopeHeadOf(scope), spans }));
  return assemble(resourceHeadOf(resource), sections);
}

function halve(body: Buffer): readonly [Half, Half] | undefined {
  // In the strings of the resource, a quotation mark follows a backslash.
  const start = body.indexOf(startOfScopes) + startOfScopes.length;
  const sections = start < startOfScopes.length ? undefined : readSections(body, start);
  return sections && halveSections(sections, (half) => assemble(body.subarray(0, start), half));
}

const [comma, closingBrace] = [0x2c, 0x7d];
const startOfScopes = '"scopeSpans":[';
const startOfSpans = '"spans":[';

/** The members of `scopeSpans`, from the first on; `undefined` for a request of another program. */
function readSections(body: Buffer, start: number): readonly ScopeSection[] | undefined {
  const sections: ScopeSection[] = [];
  for (let at = start; ; ) {
    const spansStart = body.indexOf(startOfSpans, at) + startOfSpans.length;
    const ends = spansStart < at + startOfSpans.length ? undefined : findMemberEnds(body, spansStart);
    const end = ends?.at(-1);
    if (ends === undefined || end === undefined || body[end + 1] !== closingBrace) return undefined;
    const spans = ends.map((spanEnd, index) => body.subarray(index === 0 ? spansStart : ends[index - 1], spanEnd));
    sections.push({ head: body.subarray(at, spansStart), spans });
    if (body[end + 2] !== comma) return sections;
    at = end + 3;
  }
}

/** @param head What stands in front of the first scope. */
function assemble(head: Buffer, sections: readonly ScopeSection[]): readonly Buffer[] {
  const parts = [head];
  for (const [index, { head: scope, spans }] of sections.entries()) {
    const [first, ...others] = spans as readonly [Buffer, ...Buffer[]]; // a scope is there because of a span
    if (index > 0) parts.push(betweenScopes);
    parts.push(scope, first[0] === comma ? first.subarray(1) : first, ...others);
  }
  return [...parts, tail];
}

const betweenScopes = Buffer.from(']},');
const tail = Buffer.from(']}]}]}');

const resourceHeads = new WeakMap<Resource, Buffer>();

function resourceHeadOf(resource: Resource): Buffer {
  let head = resourceHeads.get(resource);
  if (head === undefined) {
    const attributes = Object.entries(resource.attributes).map(([key, value]) => attributeText(key, value));
    head = Buffer.from(`{"resourceSpans":[{"resource":{"attributes":[${attributes.join()}]},${startOfScopes}`);
    resourceHeads.set(resource, head);
  }
  return head;
}

const scopeHeads = new WeakMap<InstrumentationScope, Buffer>();

/** A member of `scopeSpans` up to its spans. */
function scopeHeadOf(scope: InstrumentationScope): Buffer {
  let head = scopeHeads.get(scope);
  if (head === undefined) {
    const { name, version, schemaUrl } = scope;
    const versionMember = version === undefined ? '' : `,"version":${quote(version)}`;
    const urlMember = schemaUrl === undefined ? '' : `"schemaUrl":${quote(schemaUrl)},`;
    head = Buffer.from(`{"scope":{"name":${quote(name)}${versionMember}},${urlMember}${startOfSpans}`);
    scopeHeads.set(scope, head);
  }
  return head;
}
