/**
 * Reads OTLP's JSON: ids as hex, 64-bit numbers as strings or numbers, enums as numbers or names. It also accepts names
 * in snake_case, which protobuf's JSON allows and some libraries write.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

import { kindAt, kindNamed, statusCodeAt, statusCodeNamed, unknownService } from '../model/otlp-names.ts';
import type { Resource, Scope, Span, SpanEvent, SpanKind, SpanLink, Value } from '../model/span.ts';
import { asCount, asList, asObject, asString, isAbsent, type JsonObject, mismatch, type Place } from './json-fields.ts';
import { readKeyValues } from './otlp-json-values.ts';
import type { Draft, SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { readUint64 } from './uint64-text.ts';

const noPlace: Place = { name: 'the body' };

/**
 * @param request A `TracesData` or `ExportTraceServiceRequest`.
 * @throws {UnreadableBody} If a field has a type that it cannot have.
 */
export function decodeOtlpJson(request: unknown, batch: SpanBatch): void {
  const { resourceSpans, resource_spans } = asObject(request, noPlace);
  for (const [index, item] of asList(resourceSpans ?? resource_spans, { name: 'resourceSpans' }).entries()) {
    const place = { name: 'resourceSpans', index };
    readResourceSpans(asObject(item, place), place, batch);
  }
}

function readResourceSpans(given: JsonObject, parent: Place, batch: SpanBatch): void {
  const resource = readResource(given.resource, { parent, name: 'resource' }, batch);
  const schemaUrl = asString(field(given, 'schemaUrl', 'schema_url'), { parent, name: 'schemaUrl' });
  if (schemaUrl !== '') resource.schemaUrl = schemaUrl;
  const scopes = asList(field(given, 'scopeSpans', 'scope_spans'), { parent, name: 'scopeSpans' });
  for (const [index, item] of scopes.entries()) {
    const place = { parent, name: 'scopeSpans', index };
    const scopeSpans = asObject(item, place);
    const scope = readScope(scopeSpans, place, batch);
    for (const [at, span] of asList(scopeSpans.spans, { parent: place, name: 'spans' }).entries()) {
      const spanPlace = { parent: place, name: 'spans', index: at };
      batch.add(readSpan(asObject(span, spanPlace), spanPlace, resource, scope, batch));
    }
  }
}

function readResource(value: unknown, place: Place, batch: SpanBatch): Draft<Resource> {
  const given = isAbsent(value) ? {} : asObject(value, place);
  const attributes: Record<string, Value> = {};
  const beyond = readAttributes(given.attributes, attributes, spanLimits.resourceAttributes, place, batch);
  const name = attributes['service.name'] ?? nameBeyond(given.attributes, attributes, place, batch);
  const resource: Draft<Resource> = {
    serviceName: typeof name === 'string' && name !== '' ? name : unknownService,
    attributes,
  };
  const dropped = readDropped(given, place) + beyond;
  if (dropped !== 0) resource.droppedAttributesCount = dropped;
  return resource;
}

/** Finds the service name beyond the limit for attributes of a resource. */
function nameBeyond(
  list: unknown,
  attributes: Record<string, Value>,
  place: Place,
  batch: SpanBatch,
): Value | undefined {
  if (!Array.isArray(list) || list.length <= spanLimits.resourceAttributes) return undefined;
  const found = list.filter((item) => (item as JsonObject | null)?.key === 'service.name');
  readKeyValues(found.slice(-1), attributes, 1, { parent: place, name: 'attributes' }, batch, 0);
  return attributes['service.name'];
}

/** `undefined` for a scope without content. */
function readScope(given: JsonObject, parent: Place, batch: SpanBatch): Scope | undefined {
  const place = { parent, name: 'scope' };
  const schemaUrl = asString(field(given, 'schemaUrl', 'schema_url'), { parent, name: 'schemaUrl' });
  const own = isAbsent(given.scope) ? {} : asObject(given.scope, place);
  const scope: Draft<Scope> = { name: asString(own.name, { parent: place, name: 'name' }) };
  const version = asString(own.version, { parent: place, name: 'version' });
  if (version !== '') scope.version = version;
  const dropped = setAttributes(scope, own, place, batch);
  if (dropped !== 0) scope.droppedAttributesCount = dropped;
  if (schemaUrl !== '') scope.schemaUrl = schemaUrl;
  return scope.name === '' && Object.keys(scope).length === 1 ? undefined : scope;
}

function readSpan(
  given: JsonObject,
  place: Place,
  resource: Resource,
  scope: Scope | undefined,
  batch: SpanBatch,
): Span {
  batch.countItem();
  const attributes: Record<string, Value> = {};
  const beyond = readAttributes(given.attributes, attributes, spanLimits.attributes, place, batch);
  const span: Draft<Span> = {
    traceId: readId(field(given, 'traceId', 'trace_id'), { parent: place, name: 'traceId' }),
    spanId: readId(field(given, 'spanId', 'span_id'), { parent: place, name: 'spanId' }),
    name: asString(given.name, { parent: place, name: 'name' }),
    kind: readKind(given.kind, { parent: place, name: 'kind' }),
    startTimeUnixNano: readTime(field(given, 'startTimeUnixNano', 'start_time_unix_nano'), place, 'startTimeUnixNano'),
    endTimeUnixNano: readTime(field(given, 'endTimeUnixNano', 'end_time_unix_nano'), place, 'endTimeUnixNano'),
    attributes,
    resource,
  };
  const parent = readId(field(given, 'parentSpanId', 'parent_span_id'), { parent: place, name: 'parentSpanId' });
  if (!/^0*$/.test(parent)) span.parentSpanId = parent;
  setTraceState(span, given, place);
  const dropped = readDropped(given, place) + beyond;
  if (dropped !== 0) span.droppedAttributesCount = dropped;
  const events = firstOf(asList(given.events, { parent: place, name: 'events' }), 'events', batch);
  const droppedEvents = events.beyond + readCount(given, place, 'droppedEventsCount', 'dropped_events_count');
  if (droppedEvents !== 0) span.droppedEventsCount = droppedEvents;
  const links = firstOf(asList(given.links, { parent: place, name: 'links' }), 'links', batch);
  const droppedLinks = links.beyond + readCount(given, place, 'droppedLinksCount', 'dropped_links_count');
  if (droppedLinks !== 0) span.droppedLinksCount = droppedLinks;
  readStatus(given.status, { parent: place, name: 'status' }, span);
  if (events.first.length > 0) {
    span.events = events.first.map((event, index) => readEvent(event, { parent: place, name: 'events', index }, batch));
  }
  if (links.first.length > 0) {
    span.links = links.first.map((link, index) => readLink(link, { parent: place, name: 'links', index }, batch));
  }
  if (scope !== undefined) span.scope = scope;
  return span;
}

function readEvent(value: unknown, place: Place, batch: SpanBatch): SpanEvent {
  batch.countItem();
  const given = asObject(value, place);
  const event: Draft<SpanEvent> = {
    timeUnixNano: readTime(field(given, 'timeUnixNano', 'time_unix_nano'), place, 'timeUnixNano'),
    name: asString(given.name, { parent: place, name: 'name' }),
  };
  const dropped = setAttributes(event, given, place, batch);
  if (dropped !== 0) event.droppedAttributesCount = dropped;
  return event;
}

function readLink(value: unknown, place: Place, batch: SpanBatch): SpanLink {
  batch.countItem();
  const given = asObject(value, place);
  const link: Draft<SpanLink> = {
    traceId: readId(field(given, 'traceId', 'trace_id'), { parent: place, name: 'traceId' }),
    spanId: readId(field(given, 'spanId', 'span_id'), { parent: place, name: 'spanId' }),
  };
  setTraceState(link, given, place);
  const dropped = setAttributes(link, given, place, batch);
  if (dropped !== 0) link.droppedAttributesCount = dropped;
  return link;
}

/** Reads the tracestate and the flags, which spans and links have in common. */
function setTraceState(into: Draft<Span> | Draft<SpanLink>, given: JsonObject, place: Place): void {
  const traceState = asString(field(given, 'traceState', 'trace_state'), { parent: place, name: 'traceState' });
  if (traceState !== '') into.traceState = traceState;
  const flags = asCount(given.flags, { parent: place, name: 'flags' });
  if (flags !== 0) into.flags = flags;
}

function readStatus(value: unknown, place: Place, span: Draft<Span>): void {
  if (isAbsent(value)) return;
  const { code, message } = asObject(value, place);
  const codePlace = { parent: place, name: 'code' };
  const name =
    typeof code === 'string' && !/^\d+$/.test(code) ? statusCodeNamed(code) : statusCodeAt(asCount(code, codePlace));
  if (name === undefined) throw mismatch('a status code, as 2 or STATUS_CODE_ERROR', code, codePlace);
  const text = asString(message, { parent: place, name: 'message' });
  if (name !== 'unset' || text !== '') span.status = { code: name, ...(text !== '' && { message: text }) };
}

function readKind(value: unknown, place: Place): SpanKind {
  const kind = typeof value === 'string' && !/^\d+$/.test(value) ? kindNamed(value) : kindAt(asCount(value, place));
  if (kind === undefined) throw mismatch('a span kind, as 2 or SPAN_KIND_SERVER', value, place);
  return kind;
}

/** An id that is not hex stays as it is, so that the rejection can show it. */
function readId(value: unknown, place: Place): string {
  const id = asString(value, place);
  return /^[0-9a-fA-F]*$/.test(id) ? id.toLowerCase() : id;
}

function readTime(value: unknown, parent: Place, name: string): string {
  if (isAbsent(value)) return '0';
  const digits = readUint64(value);
  if (digits === undefined) throw mismatch('nanoseconds since 1970 as digits', value, { parent, name });
  return digits;
}

function readDropped(given: JsonObject, place: Place): number {
  return readCount(given, place, 'droppedAttributesCount', 'dropped_attributes_count');
}

function readCount(given: JsonObject, parent: Place, name: string, snakeCaseName: string): number {
  return asCount(field(given, name, snakeCaseName), { parent, name });
}

function field(given: JsonObject, name: string, snakeCaseName: string): unknown {
  return given[name] ?? given[snakeCaseName];
}

/** Returns the items within the limit. Only the number of the others is kept, since they would take memory. */
function firstOf(
  list: readonly unknown[],
  kind: 'events' | 'links',
  { cuts }: SpanBatch,
): { first: readonly unknown[]; beyond: number } {
  const beyond = Math.max(list.length - spanLimits[kind], 0);
  if (beyond > 0) cuts.count(kind, beyond);
  return { first: beyond > 0 ? list.slice(0, spanLimits[kind]) : list, beyond };
}

/**
 * Reads the attributes of an event, a link or a scope. An empty list sets nothing. Returns how many were dropped, by
 * the sender and here.
 */
function setAttributes(
  into: Draft<SpanEvent> | Draft<SpanLink> | Draft<Scope>,
  given: JsonObject,
  place: Place,
  batch: SpanBatch,
): number {
  const list = asList(given.attributes, { parent: place, name: 'attributes' });
  if (list.length === 0) return readDropped(given, place);
  const attributes: Record<string, Value> = {};
  into.attributes = attributes;
  return readAttributes(list, attributes, spanLimits.partAttributes, place, batch) + readDropped(given, place);
}

/** Returns how many attributes exceed the limit. */
function readAttributes(
  value: unknown,
  into: Record<string, Value>,
  maxCount: number,
  parent: Place,
  batch: SpanBatch,
): number {
  const list = asList(value, { parent, name: 'attributes' });
  readKeyValues(list, into, maxCount, { parent, name: 'attributes' }, batch, 0);
  const beyond = Math.max(list.length - maxCount, 0);
  if (beyond > 0) batch.cuts.count('attributes', beyond);
  return beyond;
}
