/**
 * Reads OTLP trace requests, in both encodings, into spans, for the receivers of `testing/`. The exporter does not use it.
 *
 * The collector has other decoders (packages/waymark/src/ingest), since the purposes differ. A test needs the exporter's spans as
 * `SpanData`, with little code, and an error for a malformed body. The collector keeps the values of any sender exactly, within
 * limits, and rejects only the spans that are wrong.
 */
import type { AttributeValue } from '../attribute-value.ts';
import { scopeOf } from '../instrumentation-scope.ts';
import type { StatusCode } from '../span.ts';
import type { SpanData } from '../span-data.ts';
import type { SpanKind } from '../span-kind.ts';
import { isRemote, spanKinds, statusCodes } from './otlp-values.ts';
import { readFields } from './protobuf-reader.ts';

/**
 * @param contentType The request's `content-type`: `application/json`; any other means protobuf.
 * @throws If the body is not a request in that encoding.
 */
export function decodeTraceRequest(contentType: string, body: Buffer): SpanData[] {
  const request = contentType.startsWith('application/json')
    ? (JSON.parse(body.toString()) as JsonRequest) // untrusted: a missing or wrong field throws, or reads as empty
    : (readMessage(body, traceRequest) as JsonRequest); // the table below has the same members
  const spans: SpanData[] = [];
  for (const { resource, scopeSpans = [] } of request.resourceSpans ?? []) {
    const spanResource = { attributes: readAttributes(resource?.attributes) };
    for (const { scope = {}, schemaUrl, spans: ofScope = [] } of scopeSpans) {
      const spanScope = scopeOf(scope.name ?? '', scope.version, schemaUrl);
      for (const span of ofScope) spans.push({ ...readSpan(span), resource: spanResource, scope: spanScope });
    }
  }
  return spans;
}

/** OTLP's JSON. A field that is 0 or empty may be missing, as everywhere in protobuf. */
interface JsonRequest {
  resourceSpans?: {
    resource?: { attributes?: JsonKeyValue[] };
    scopeSpans?: { scope?: { name?: string; version?: string }; spans?: JsonSpan[]; schemaUrl?: string }[];
  }[];
}

interface JsonSpan {
  traceId: string;
  spanId: string;
  traceState?: string;
  parentSpanId?: string;
  name?: string;
  kind?: number;
  startTimeUnixNano?: string | number;
  endTimeUnixNano?: string | number;
  attributes?: JsonKeyValue[];
  droppedAttributesCount?: number;
  events?: { timeUnixNano?: string | number; name?: string; attributes?: JsonKeyValue[] }[];
  droppedEventsCount?: number;
  links?: { traceId: string; spanId: string; attributes?: JsonKeyValue[] }[];
  droppedLinksCount?: number;
  status?: { message?: string; code?: number };
  flags?: number;
}

interface JsonKeyValue {
  key: string;
  value?: JsonAnyValue;
}

interface JsonAnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number | bigint;
  doubleValue?: number | string;
  arrayValue?: { values?: JsonAnyValue[] };
  kvlistValue?: { values?: JsonKeyValue[] };
  bytesValue?: string;
}

function readSpan(span: JsonSpan): Omit<SpanData, 'resource' | 'scope'> {
  const { traceState, parentSpanId, status = {} } = span;
  return {
    name: span.name ?? '',
    kind: nameOf(spanKinds, span.kind) ?? 'internal',
    traceId: span.traceId.toLowerCase(),
    spanId: span.spanId.toLowerCase(),
    ...(parentSpanId && { parentSpanId: parentSpanId.toLowerCase() }),
    parentIsRemote: ((span.flags ?? 0) & isRemote) !== 0,
    ...(traceState && { traceState }),
    startMs: toMs(span.startTimeUnixNano),
    endMs: toMs(span.endTimeUnixNano),
    attributes: readAttributes(span.attributes),
    events: (span.events ?? []).map(({ timeUnixNano, name = '', attributes }) => ({
      name,
      timeMs: toMs(timeUnixNano),
      attributes: readAttributes(attributes),
    })),
    links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
      traceId: traceId.toLowerCase(),
      spanId: spanId.toLowerCase(),
      attributes: readAttributes(attributes),
    })),
    status: {
      code: nameOf(statusCodes, status.code) ?? 'unset',
      ...(status.message && { message: status.message }),
    },
    droppedAttributesCount: span.droppedAttributesCount ?? 0,
    droppedEventsCount: span.droppedEventsCount ?? 0,
    droppedLinksCount: span.droppedLinksCount ?? 0,
  };
}

function nameOf<Name extends SpanKind | StatusCode>(
  numbers: Readonly<Record<Name, number>>,
  wanted: number | undefined,
): Name | undefined {
  return (Object.keys(numbers) as Name[]).find((name) => numbers[name] === wanted); // the record has no other keys
}

/** Unix milliseconds from nanoseconds, which a double cannot hold exactly. */
function toMs(nanoseconds: string | number = 0): number {
  const exact = BigInt(nanoseconds);
  return Number(exact / 1_000_000n) + Number(exact % 1_000_000n) / 1e6;
}

function readAttributes(list: readonly JsonKeyValue[] = []): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = Object.create(null);
  for (const { key, value } of list) attributes[key] = readAnyValue(value);
  return attributes;
}

function readAnyValue(value: JsonAnyValue = {}): AttributeValue {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return readInteger(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (value.bytesValue !== undefined) return new Uint8Array(Buffer.from(value.bytesValue, 'base64'));
  if (value.kvlistValue !== undefined) return readAttributes(value.kvlistValue.values);
  if (value.arrayValue === undefined) return null;
  return (value.arrayValue.values ?? []).map((item) => readAnyValue(item));
}

/** A number if it is exact, otherwise a bigint, as in `AttributeValue`. */
function readInteger(value: string | number | bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}

/** The JSON name of a field, and its type. */
interface FieldRule {
  readonly name: string;
  readonly type: 'text' | 'hex' | 'base64' | 'integer' | 'boolean' | 'fixed32' | 'nanoseconds' | 'double' | MessageRule;
  readonly isRepeated?: true;
}

/** The fields of a message by number. */
interface MessageRule {
  [fieldNumber: number]: FieldRule;
}

function readMessage(bytes: Buffer, rules: MessageRule): object {
  const message: Record<string, unknown> = {};
  for (const field of readFields(bytes)) {
    const { number } = field;
    const value = field.wireType === 0 ? (field.exact ?? field.value) : field.value;
    const rule = rules[number];
    if (rule === undefined) continue; // from a newer version of the protocol
    const read = readValue(value, rule.type);
    const before = message[rule.name] as unknown[] | undefined; // a repeated field
    message[rule.name] = rule.isRepeated ? [...(before ?? []), read] : read;
  }
  return message;
}

function readValue(value: number | bigint | Buffer, type: FieldRule['type']): unknown {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return type === 'boolean' ? value !== 0 : value;
  if (typeof type === 'object') return readMessage(value, type);
  switch (type) {
    case 'hex':
      return value.toString('hex');
    case 'base64':
      return value.toString('base64');
    case 'nanoseconds':
      return value.readBigUInt64LE().toString();
    case 'double':
      return value.readDoubleLE();
    case 'fixed32':
      return value.readUInt32LE();
    default:
      return value.toString();
  }
}

// opentelemetry/proto: common/v1, resource/v1, trace/v1, collector/trace/v1.
const anyValue: MessageRule = {
  1: { name: 'stringValue', type: 'text' },
  2: { name: 'boolValue', type: 'boolean' },
  3: { name: 'intValue', type: 'integer' },
  4: { name: 'doubleValue', type: 'double' },
  7: { name: 'bytesValue', type: 'base64' },
};
const keyValue: MessageRule = { 1: { name: 'key', type: 'text' }, 2: { name: 'value', type: anyValue } };
// These two contain themselves.
anyValue[5] = { name: 'arrayValue', type: { 1: { name: 'values', type: anyValue, isRepeated: true } } };
anyValue[6] = { name: 'kvlistValue', type: { 1: { name: 'values', type: keyValue, isRepeated: true } } };

const attributes: FieldRule = { name: 'attributes', type: keyValue, isRepeated: true };

const event: MessageRule = {
  1: { name: 'timeUnixNano', type: 'nanoseconds' },
  2: { name: 'name', type: 'text' },
  3: attributes,
};

const link: MessageRule = {
  1: { name: 'traceId', type: 'hex' },
  2: { name: 'spanId', type: 'hex' },
  3: { name: 'traceState', type: 'text' },
  4: attributes,
};

const status: MessageRule = { 2: { name: 'message', type: 'text' }, 3: { name: 'code', type: 'integer' } };

const span: MessageRule = {
  1: { name: 'traceId', type: 'hex' },
  2: { name: 'spanId', type: 'hex' },
  3: { name: 'traceState', type: 'text' },
  4: { name: 'parentSpanId', type: 'hex' },
  5: { name: 'name', type: 'text' },
  6: { name: 'kind', type: 'integer' },
  7: { name: 'startTimeUnixNano', type: 'nanoseconds' },
  8: { name: 'endTimeUnixNano', type: 'nanoseconds' },
  9: attributes,
  10: { name: 'droppedAttributesCount', type: 'integer' },
  11: { name: 'events', type: event, isRepeated: true },
  12: { name: 'droppedEventsCount', type: 'integer' },
  13: { name: 'links', type: link, isRepeated: true },
  14: { name: 'droppedLinksCount', type: 'integer' },
  15: { name: 'status', type: status },
  16: { name: 'flags', type: 'fixed32' },
};

const scope: MessageRule = { 1: { name: 'name', type: 'text' }, 2: { name: 'version', type: 'text' } };
const scopeSpans: MessageRule = {
  1: { name: 'scope', type: scope },
  2: { name: 'spans', type: span, isRepeated: true },
  3: { name: 'schemaUrl', type: 'text' },
};
const resourceSpans: MessageRule = {
  1: { name: 'resource', type: { 1: attributes } },
  2: { name: 'scopeSpans', type: scopeSpans, isRepeated: true },
};
const traceRequest: MessageRule = { 1: { name: 'resourceSpans', type: resourceSpans, isRepeated: true } };
