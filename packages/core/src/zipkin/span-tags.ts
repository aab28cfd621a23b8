/**
 * The tags of a span: its attributes, and all that Zipkin has no field for.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/#attribute
 * @see https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/
 */

import { type AttributeList, type AttributeValue, keyAt, placeOf, valueAt } from '../attributes.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';
import type { SpanLink } from '../span.ts';
import { ownTraceState } from '../span-context.ts';
import { version } from '../version.ts';
import { attributesJson, tagText } from './attribute-text.ts';
import { quote, writeText } from './json-writer.ts';

const quotationMark = Buffer.from('"');
const end = Buffer.from('}');
// Its deprecated names, otel.library.*, are left out: nobody who reads our spans ever read them.
const start = Buffer.from(`,"tags":{"otel.scope.name":"@waymark/core","otel.scope.version":${quote(version)}`);

export function writeTags(writer: ByteWriter, span: RecordingSpan): void {
  const { attributes, trace, links } = span;
  writer.append(start);
  for (const [key, tag] of resourceTagsOf(span.tracer.resource))
    if (placeOf(attributes, key) === -1) writer.append(tag);
  const error = writeAttributes(writer, attributes);
  // As the OpenTelemetry Collector has it: the specification leaves both open.
  if (trace.traceState !== undefined) writeTag(writer, 'w3c.tracestate', trace.traceState.serialize());
  if (links !== undefined) writeLinks(writer, links);
  writeCount(writer, 'otel.dropped_attributes_count', span.droppedAttributesCount);
  writeCount(writer, 'otel.dropped_events_count', span.droppedEventsCount);
  writeCount(writer, 'otel.dropped_links_count', span.droppedLinksCount);
  writeStatus(writer, span, error);
  writer.append(end);
}

type ResourceTags = readonly (readonly [key: string, tag: Buffer])[];

const tagsByResource = new WeakMap<Resource, ResourceTags>();

function resourceTagsOf(resource: Resource): ResourceTags {
  let tags = tagsByResource.get(resource);
  if (tags === undefined) {
    tags = Object.entries(resource.attributes)
      .filter(([key]) => key !== 'error' && !isOurs(key) && !foundOut.test(key))
      .map(([key, value]) => [key, Buffer.from(`,${quote(key)}:${quote(tagText(value))}`)] as const);
    tagsByResource.set(resource, tags);
  }
  return tags;
}

// The service's name has its field. What Waymark finds out by itself would be half of every span, and tell little of it:
// the specification leaves open what becomes of these attributes, and the developer's own are tags.
const foundOut = /^(service\.name|service\.instance\.id|telemetry\.sdk\..*|host\.name|process\..*)$/;

/** @returns The text of an attribute `error`, which is for the status to tell. */
function writeAttributes(writer: ByteWriter, list: Readonly<AttributeList>): string | undefined {
  let error: string | undefined;
  for (let at = 0; at < list.length; at += 2) {
    const key = keyAt(list, at);
    const value = valueAt(list, at);
    if (key === 'error') error = tagText(value);
    else if (!isOurs(key)) writeAttribute(writer, key, value);
  }
  return error;
}

/** Tags for what has a field of its own in OpenTelemetry. With an attribute of that name it would be there twice. */
const ourTags: ReadonlySet<string> = new Set([
  'otel.scope.name',
  'otel.scope.version',
  'otel.status_code',
  'otel.dropped_attributes_count',
  'otel.dropped_events_count',
  'otel.dropped_links_count',
  'w3c.tracestate',
]);

function isOurs(key: string): boolean {
  return key.charCodeAt(0) === letterO ? ourTags.has(key) || key.startsWith('otlp.link.') : key === 'w3c.tracestate';
}

const letterO = 'o'.charCodeAt(0);

function writeAttribute(writer: ByteWriter, key: string, value: AttributeValue): void {
  const known = knownKeyOf(key);
  if (known === undefined || typeof value === 'object') {
    writeTag(writer, key, tagText(value));
    return;
  }
  const isRepeated = value === known.lastValue;
  if (isRepeated && known.lastBytes !== undefined) {
    writer.append(known.lastBytes);
    return;
  }
  const start = writer.position - writer.itemStart;
  writer.append(known.field);
  writeText(writer, tagText(value));
  writer.append(quotationMark);
  known.lastValue = typeof value === 'string' && value.length > maxRepeatedBytes ? undefined : value;
  known.lastBytes = isRepeated ? copyShort(writer, start) : undefined;
}

// What is longer repeats seldom, and one each for all keys would be much to keep.
const maxRepeatedBytes = 128;

/** What was written from `start` on, which is counted from the beginning of the item; `undefined` if it is long. */
function copyShort(writer: ByteWriter, start: number): Buffer | undefined {
  const written = writer.bytes.subarray(writer.itemStart + start, writer.position);
  return written.length <= maxRepeatedBytes ? Buffer.from(written) : undefined;
}

// Applications have few keys, short ones, and use them again and again. Those that make them up as they go do not fill
// the memory.
const maxKnownKeys = 1000;
const maxKeyLength = 127;
const knownKeys = new Map<string, KnownKey>();

interface KnownKey {
  /** The comma, the key and what is in front of the text of the value. */
  readonly field: Buffer;
  /** Methods, routes, hosts and the like come again and again: when a value comes twice in a row, its bytes are kept. */
  lastValue: string | number | bigint | boolean | undefined;
  /** The tag as it was written. */
  lastBytes: Buffer | undefined;
}

/** What is known of a key; `undefined` if there are too many, or it is too long. */
function knownKeyOf(key: string): KnownKey | undefined {
  const known = knownKeys.get(key);
  if (known !== undefined || knownKeys.size >= maxKnownKeys || key.length > maxKeyLength) return known;
  const added = { field: Buffer.from(`,${quote(key)}:"`), lastValue: undefined, lastBytes: undefined };
  knownKeys.set(key, added);
  return added;
}

function writeLinks(writer: ByteWriter, links: readonly SpanLink[]): void {
  for (const [index, { context, attributes, droppedAttributesCount }] of links.entries()) {
    const { traceId, spanId } = context;
    const json = attributesJson(attributes);
    const state = ownTraceState(context)?.serialize() ?? '';
    writeTag(writer, `otlp.link.${index}`, [traceId, spanId, state, json, droppedAttributesCount].join('|'));
  }
}

function writeCount(writer: ByteWriter, key: string, count: number): void {
  if (count !== 0) writeTag(writer, key, String(count));
}

function writeStatus(
  writer: ByteWriter,
  { statusCode, statusMessage }: RecordingSpan,
  error: string | undefined,
): void {
  const ownError = error === 'false' ? undefined : error; // Zipkin takes any span with such a tag for failed, whatever it says
  if (statusCode === 'error') {
    writer.append(statusError);
    writeText(writer, statusMessage ?? ownError ?? '');
    writer.append(quotationMark);
    return;
  }
  if (statusCode === 'ok') writer.append(statusOk);
  else if (ownError !== undefined) writeTag(writer, 'error', ownError);
}

const statusError = Buffer.from(',"otel.status_code":"ERROR","error":"');
const statusOk = Buffer.from(',"otel.status_code":"OK"');

function writeTag(writer: ByteWriter, key: string, value: string): void {
  writer.append(beforeKey);
  writeText(writer, key);
  writer.append(beforeValue);
  writeText(writer, value);
  writer.append(quotationMark);
}

const beforeKey = Buffer.from(',"');
const beforeValue = Buffer.from('":"');
