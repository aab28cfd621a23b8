/**
 * Reads the JSON that Jaeger's page and query API export: traces with processes, references and typed tags. Tags that
 * Jaeger makes from OpenTelemetry's fields become these fields again.
 *
 * @see https://github.com/jaegertracing/jaeger/blob/main/internal/uimodel/model.go
 */

import { unfinishedWarning } from '../model/jaeger-warning.ts';
import { unknownService } from '../model/otlp-names.ts';
import type { Resource, Span, SpanEvent, SpanKind, SpanLink, StatusCode, Value } from '../model/span.ts';
import { noEnd } from '../model/span-duration.ts';
import { asList, asObject, asString, isAbsent, type JsonObject, mismatch, type Place } from './json-fields.ts';
import type { Draft, SpanBatch } from './span-batch.ts';
import { setAttribute, valueOfDouble, valueOfInt } from './value-of.ts';

/** @throws {UnreadableBody} */
export function decodeJaegerJson(document: unknown, batch: SpanBatch): void {
  const { data } = asObject(document, { name: 'the file' });
  for (const [index, item] of asList(data, { name: 'data' }).entries()) {
    const place = { name: 'data', index };
    const trace = asObject(item, place);
    const processes = asObject(trace.processes ?? {}, { parent: place, name: 'processes' });
    const resources = new Map<string, Resource>();
    for (const [at, span] of asList(trace.spans, { parent: place, name: 'spans' }).entries()) {
      const spanPlace = { parent: place, name: 'spans', index: at };
      const given = asObject(span, spanPlace);
      const resource = readResource(asString(given.processID, spanPlace), given, processes, resources, place, batch);
      batch.add(readSpan(given, spanPlace, resource, batch));
    }
  }
}

function readResource(
  id: string,
  { process }: JsonObject,
  processes: JsonObject,
  resources: Map<string, Resource>,
  parent: Place,
  batch: SpanBatch,
): Resource {
  const known = resources.get(id);
  if (known !== undefined && process === undefined) return known;
  const place = { parent, name: `processes.${id}` };
  const own = process ?? (Object.hasOwn(processes, id) ? processes[id] : undefined) ?? {};
  const { serviceName, tags } = asObject(own, place);
  const name = asString(serviceName, { parent: place, name: 'serviceName' });
  const attributes = readTags(tags, place, 'tags', batch);
  const resource: Resource = {
    serviceName: name === '' ? unknownService : name,
    attributes: name === '' ? attributes : { 'service.name': name, ...attributes },
  };
  resources.set(id, resource);
  return resource;
}

const kinds: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];

function readSpan(given: JsonObject, place: Place, resource: Resource, batch: SpanBatch): Span {
  batch.countItem();
  const attributes = readTags(given.tags, place, 'tags', batch);
  const startUs = readMicroseconds(given.startTime, { parent: place, name: 'startTime' });
  const span: Draft<Span> = {
    traceId: asString(given.traceID, { parent: place, name: 'traceID' }).toLowerCase().padStart(32, '0'),
    spanId: asString(given.spanID, { parent: place, name: 'spanID' }).toLowerCase().padStart(16, '0'),
    name: asString(given.operationName, { parent: place, name: 'operationName' }),
    kind: kinds.find((kind) => kind === attributes['span.kind']) ?? 'unspecified',
    startTimeUnixNano: toNano(startUs),
    endTimeUnixNano: readEnd(given, startUs, place),
    attributes,
    resource,
  };
  delete attributes['span.kind'];
  takeText(attributes, 'w3c.tracestate', (text) => {
    span.traceState = text;
  });
  if (typeof given.flags === 'number' && given.flags > 0) span.flags = given.flags;
  readReferences(given, place, span);
  const logs = asList(given.logs, { parent: place, name: 'logs' });
  if (logs.length > 0) {
    span.events = logs.map((log, index) => readLog(log, { parent: place, name: 'logs', index }, batch));
  }
  readStatus(span, attributes);
  takeText(attributes, 'otel.scope.name', (name) => {
    span.scope = { name };
    takeText(attributes, 'otel.scope.version', (version) => {
      span.scope = { name, version };
    });
  });
  return span;
}

function readEnd({ duration, warnings }: JsonObject, startUs: number, place: Place): string {
  const isUnfinished = asList(warnings, { parent: place, name: 'warnings' }).includes(unfinishedWarning);
  if (isUnfinished || isAbsent(duration)) return noEnd;
  return toNano(startUs + readMicroseconds(duration, { parent: place, name: 'duration' }));
}

function takeText(attributes: Record<string, Value>, key: string, use: (text: string) => void): void {
  const value = attributes[key];
  if (typeof value !== 'string' || value === '') return;
  delete attributes[key];
  use(value);
}

function readReferences(given: JsonObject, place: Place, span: Draft<Span>): void {
  const links: SpanLink[] = [];
  const old = asString(given.parentSpanID, { parent: place, name: 'parentSpanID' });
  if (!/^0*$/.test(old)) span.parentSpanId = old.toLowerCase().padStart(16, '0');
  for (const [index, item] of asList(given.references, { parent: place, name: 'references' }).entries()) {
    const referencePlace = { parent: place, name: 'references', index };
    const reference = asObject(item, referencePlace);
    const traceId = asString(reference.traceID, referencePlace).toLowerCase().padStart(32, '0');
    const spanId = asString(reference.spanID, referencePlace).toLowerCase().padStart(16, '0');
    if (reference.refType === 'CHILD_OF' && traceId === span.traceId && span.parentSpanId === undefined) {
      span.parentSpanId = spanId;
    } else if (spanId !== span.parentSpanId) links.push({ traceId, spanId });
  }
  if (links.length > 0) span.links = links;
}

function readLog(value: unknown, place: Place, batch: SpanBatch): SpanEvent {
  batch.countItem();
  const { timestamp, fields } = asObject(value, place);
  const attributes = readTags(fields, place, 'fields', batch);
  const { event } = attributes;
  const name = typeof event === 'string' ? event : '';
  if (name !== '') delete attributes.event;
  return {
    timeUnixNano: toNano(readMicroseconds(timestamp, { parent: place, name: 'timestamp' })),
    name,
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
}

/** OpenTelemetry's spans have a separate tag for the status; older ones only have `error`. */
function readStatus(span: Draft<Span>, attributes: Record<string, Value>): void {
  const given = attributes['otel.status_code'];
  const message = attributes['otel.status_description'];
  const isError = given === 'ERROR' || attributes.error === true || attributes.error === 'true';
  const code: StatusCode = isError ? 'error' : given === 'OK' ? 'ok' : 'unset';
  if (given !== undefined) {
    delete attributes['otel.status_code'];
    if (isError) delete attributes.error;
  }
  if (typeof message === 'string') delete attributes['otel.status_description'];
  if (code !== 'unset' || typeof message === 'string') {
    span.status = { code, ...(typeof message === 'string' && { message }) };
  }
}

function readTags(value: unknown, parent: Place, name: string, batch: SpanBatch): Record<string, Value> {
  const attributes: Record<string, Value> = {};
  for (const [index, item] of asList(value, { parent, name }).entries()) {
    batch.countItem();
    const place = { parent, name, index };
    const tag = asObject(item, place);
    setAttribute(attributes, asString(tag.key, { parent: place, name: 'key' }), readValue(tag, place));
  }
  return attributes;
}

function readValue({ type, value }: JsonObject, place: Place): Value {
  if (type === 'binary' && typeof value === 'string') return { bytesValue: value };
  if (type === 'int64' && typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return valueOfInt(value);
  if (type === 'int64' && typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'number') return valueOfDouble(value);
  if (type === 'float64' && (value === 'NaN' || value === 'Infinity' || value === '-Infinity')) {
    return { doubleValue: value };
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  throw mismatch('a string, a number, or true or false', value, { parent: place, name: 'value' });
}

function readMicroseconds(value: unknown, place: Place): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return Math.round(value);
  throw mismatch('microseconds', value, place);
}

function toNano(microseconds: number): string {
  return microseconds === 0 ? '0' : `${microseconds}000`;
}
