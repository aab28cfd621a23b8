/**
 * The tags of a span: its attributes, and every other field that Zipkin's span does not have.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/#attribute
 * @see https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/
 */

import { attributesJson, attributeText } from '../attribute-text.ts';
import type { AttributeValue } from '../attribute-value.ts';
import { type AttributeList, keyAt, placeOf, valueAt } from '../attributes.ts';
import type { InstrumentationScope } from '../instrumentation-scope.ts';
import { quote } from '../json-string.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';
import type { SpanLink } from '../span.ts';
import { ownTraceState } from '../span-context.ts';
import { writeText } from './json-writer.ts';

const quotationMark = Buffer.from('"');
const end = Buffer.from('}');
// The deprecated names, otel.library.*, are left out: no reader of our spans depends on them.
const start = ',"tags":{"otel.scope.name":';
const tagsByScope = new WeakMap<InstrumentationScope, Buffer>();

/** The beginning of the tags, up to those of the scope. */
function startOf(scope: InstrumentationScope): Buffer {
  let bytes = tagsByScope.get(scope);
  if (bytes === undefined) {
    const version = scope.version === undefined ? '' : `,"otel.scope.version":${quote(scope.version)}`;
    bytes = Buffer.from(`${start}${quote(scope.name)}${version}`);
    tagsByScope.set(scope, bytes);
  }
  return bytes;
}

export function writeTags(writer: ByteWriter, span: RecordingSpan): void {
  const { attributes, trace, links, scope } = span;
  writer.append(startOf(scope));
  for (const [key, tag] of resourceTagsOf(span.tracer.resource))
    if (placeOf(attributes, key) === -1) writer.append(tag);
  const error = writeAttributes(writer, attributes);
  // Tracestate and links as the OpenTelemetry Collector writes them: the specification leaves both open.
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
      .filter(([key]) => key !== 'error' && !isReserved(key) && !detectedKeys.test(key))
      .map(([key, value]) => [key, Buffer.from(`,${quote(key)}:${quote(attributeText(value))}`)] as const);
    tagsByResource.set(resource, tags);
  }
  return tags;
}

// The service name has a field in Zipkin. The other attributes that Waymark detects would be half of every span, and say little about
// it. The specification leaves resource attributes open; those that the developer sets become tags.
const detectedKeys = /^(service\.name|service\.instance\.id|telemetry\.sdk\..*|host\.name|process\..*)$/;

/** @returns The value of an attribute `error`, which writeStatus() writes. */
function writeAttributes(writer: ByteWriter, list: Readonly<AttributeList>): string | undefined {
  let error: string | undefined;
  for (let at = 0; at < list.length; at += 2) {
    const key = keyAt(list, at);
    const value = valueAt(list, at);
    if (key === 'error') error = attributeText(value);
    else if (!isReserved(key)) writeAttribute(writer, key, value);
  }
  return error;
}

/** Tags that stand for fields of OpenTelemetry. An attribute of the same name would be a duplicate. */
const reservedTags: ReadonlySet<string> = new Set([
  'otel.scope.name',
  'otel.scope.version',
  'otel.status_code',
  'otel.dropped_attributes_count',
  'otel.dropped_events_count',
  'otel.dropped_links_count',
  'w3c.tracestate',
]);

function isReserved(key: string): boolean {
  return key.charCodeAt(0) === letterO
    ? reservedTags.has(key) || key.startsWith('otlp.link.')
    : key === 'w3c.tracestate';
}

const letterO = 'o'.charCodeAt(0);

function writeAttribute(writer: ByteWriter, key: string, value: AttributeValue): void {
  const known = knownKeyOf(key);
  if (known === undefined || typeof value === 'object') {
    writeTag(writer, key, attributeText(value));
    return;
  }
  const isRepeated = value === known.lastValue;
  if (isRepeated && known.lastBytes !== undefined) {
    writer.append(known.lastBytes);
    return;
  }
  const start = writer.position - writer.itemStart;
  writer.append(known.field);
  writeText(writer, attributeText(value));
  writer.append(quotationMark);
  known.lastValue = typeof value === 'string' && value.length > maxRepeatedBytes ? undefined : value;
  known.lastBytes = isRepeated ? copyShort(writer, start) : undefined;
}

// Longer values seldom repeat, and one for each key would take much memory.
const maxRepeatedBytes = 128;

/** The bytes from `start` on, counted from the beginning of the item; `undefined` if they are long. */
function copyShort(writer: ByteWriter, start: number): Buffer | undefined {
  const written = writer.bytes.subarray(writer.itemStart + start, writer.position);
  return written.length <= maxRepeatedBytes ? Buffer.from(written) : undefined;
}

// Applications have few and short keys, and repeat them. Generated keys must not fill the memory.
const maxKnownKeys = 1000;
const maxKeyLength = 127;
const knownKeys = new Map<string, KnownKey>();

interface KnownKey {
  /** The bytes from the comma to the value's quotation mark. */
  readonly field: Buffer;
  /** Methods, routes and hosts repeat: when a value comes twice in a row, its bytes are kept. */
  lastValue: string | number | bigint | boolean | undefined;
  /** The bytes of the whole tag. */
  lastBytes: Buffer | undefined;
}

/** What is kept for a key; `undefined` if too many keys are kept, or the key is too long. */
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
  const ownError = error === 'false' ? undefined : error; // to Zipkin a span with this tag has failed, whatever its value
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
