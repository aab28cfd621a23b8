/**
 * Reads Zipkin's JSON, version 2. Data without a counterpart in OpenTelemetry goes into attributes that begin with
 * `zipkin.`, so that Zipkin's API returns a span as it was sent; see export/to-zipkin-json.ts.
 *
 * @see https://zipkin.io/zipkin-api/#/default/post_spans
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/
 */

import { unknownService } from '../model/otlp-names.ts';
import type { Attributes, Resource, Span, SpanEvent, SpanKind, Value } from '../model/span.ts';
import { noEnd } from '../model/span-duration.ts';
import { readAnnotation } from '../model/zipkin-annotation.ts';
import {
  debugKey,
  localEndpointKey,
  remoteEndpointKey,
  sharedKey,
  timestampMissingKey,
} from '../model/zipkin-attributes.ts';
import { asObject, isAbsent, isObject, type JsonObject, mismatch, type Place } from './json-fields.ts';
import type { Draft, SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { setAttribute } from './value-of.ts';

const kinds: Readonly<Record<string, SpanKind>> = {
  CLIENT: 'client',
  SERVER: 'server',
  PRODUCER: 'producer',
  CONSUMER: 'consumer',
};

/** @throws {UnreadableBody} If it is not a list of objects. A single wrong span is rejected alone. */
export function decodeZipkinJson(request: unknown, batch: SpanBatch): void {
  if (!Array.isArray(request)) throw mismatch('a list of spans', request, { name: 'the body' });
  const resources = new Map<string, Resource>();
  for (const [index, item] of request.entries()) {
    const place = { name: 'spans', index };
    const given = asObject(item, place);
    batch.countItem();
    const problem = findProblem(given);
    if (problem !== undefined) batch.reject(problem);
    else batch.add(readSpan(given, place, resources, batch));
  }
}

/** Checks the fields that a span must have, and the types of the others. */
function findProblem({
  traceId,
  id,
  parentId,
  name,
  kind,
  timestamp,
  duration,
  annotations,
  tags,
}: JsonObject): string | undefined {
  if (typeof traceId !== 'string' || traceId.length > 32) return 'traceId must be 16 or 32 hex digits';
  if (typeof id !== 'string' || id.length > 16) return 'id must be 16 hex digits';
  if (!isAbsent(parentId) && (typeof parentId !== 'string' || parentId.length > 16)) {
    return 'parentId must be 16 hex digits';
  }
  if (!isAbsent(name) && typeof name !== 'string') return 'name must be a string';
  if (!isAbsent(kind) && !(typeof kind === 'string' && Object.hasOwn(kinds, kind.toUpperCase()))) {
    return 'kind must be CLIENT, SERVER, PRODUCER or CONSUMER';
  }
  if (!isAbsent(timestamp) && !isMicroseconds(timestamp)) return 'timestamp must be microseconds since 1970';
  if (!isAbsent(duration) && !isMicroseconds(duration)) return 'duration must be microseconds';
  if (!isAbsent(annotations) && !(Array.isArray(annotations) && annotations.every(isAnnotation))) {
    return 'annotations must be a list of timestamps and values';
  }
  if (!isAbsent(tags) && !(isObject(tags) && hasTexts(tags))) {
    return 'tags must be an object of strings';
  }
  return undefined;
}

/** Checks the tags within the limit. */
function hasTexts(tags: JsonObject): boolean {
  let count = 0;
  for (const key in tags) {
    if (count++ >= spanLimits.attributes) return true;
    if (typeof tags[key] !== 'string') return false;
  }
  return true;
}

/** Old libraries write fractions of a microsecond. */
export function isMicroseconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isAnnotation(value: unknown): boolean {
  return isObject(value) && isMicroseconds(value.timestamp) && typeof value.value === 'string';
}

function readSpan(given: JsonObject, place: Place, resources: Map<string, Resource>, batch: SpanBatch): Span {
  // findProblem() has checked all of them.
  const { traceId, id, parentId, name, kind, timestamp, duration, annotations, tags } = given as unknown as Checked;
  const attributes: Record<string, Value> = {};
  let tagCount = 0;
  for (const key in tags ?? {}) {
    if (tagCount++ >= spanLimits.attributes) break;
    batch.countItem();
    setAttribute(attributes, key, tags?.[key] ?? '');
  }
  readRemoteEndpoint(given.remoteEndpoint, { parent: place, name: 'remoteEndpoint' }, attributes);
  if (given.debug === true) attributes[debugKey] = true;
  if (given.shared === true) attributes[sharedKey] = true;
  const startUs = timestamp || annotations?.[0]?.timestamp;
  if (!timestamp) attributes[timestampMissingKey] = true;
  const start = toNano(startUs ?? Date.now() * 1000);
  const span: Draft<Span> = {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: id.toLowerCase().padStart(16, '0'),
    name: name ?? '',
    kind: isAbsent(kind) ? 'internal' : (kinds[kind.toUpperCase()] ?? 'internal'),
    startTimeUnixNano: start,
    endTimeUnixNano: isAbsent(duration) ? noEnd : addUs(start, duration),
    attributes,
    resource: readResource(given.localEndpoint, { parent: place, name: 'localEndpoint' }, resources),
  };
  if (tagCount > spanLimits.attributes) {
    span.droppedAttributesCount = Object.keys(tags ?? {}).length - spanLimits.attributes;
    batch.cuts.count('attributes', span.droppedAttributesCount);
  }
  if (!isAbsent(parentId) && !/^0*$/.test(parentId)) span.parentSpanId = parentId.toLowerCase().padStart(16, '0');
  if (annotations && annotations.length > 0) {
    // Parsing an annotation takes time, so only those within the limit are parsed.
    const beyond = annotations.length - spanLimits.events;
    if (beyond > 0) {
      span.droppedEventsCount = beyond;
      batch.cuts.count('events', beyond);
    }
    span.events = annotations.slice(0, spanLimits.events).map(({ timestamp, value }): SpanEvent => {
      batch.countItem();
      return { timeUnixNano: toNano(timestamp), ...readAnnotation(value) };
    });
  }
  setStatus(span, attributes);
  return span;
}

interface Checked {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string | null;
  readonly name?: string | null;
  readonly kind?: string | null;
  readonly timestamp?: number | null;
  readonly duration?: number | null;
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[] | null;
  readonly tags?: Readonly<Record<string, string>> | null;
}

/** A tag `error` marks a failed span, whatever its value. The tags stay as they were sent. */
function setStatus(span: Draft<Span>, attributes: Attributes): void {
  const error = attributes.error;
  const code = attributes['otel.status_code'];
  if (code === 'OK') span.status = { code: 'ok' };
  else if (error !== undefined || code === 'ERROR') {
    const hasMessage = typeof error === 'string' && error !== '' && error !== 'true';
    span.status = { code: 'error', ...(hasMessage && { message: error }) };
  }
}

function toNano(microseconds: number): string {
  return Number.isInteger(microseconds)
    ? `${microseconds === 0 ? '' : microseconds}${microseconds === 0 ? '0' : '000'}`
    : BigInt(Math.round(microseconds * 1000)).toString();
}

function addUs(startNano: string, microseconds: number): string {
  return (BigInt(startNano) + BigInt(Math.round(microseconds * 1000))).toString();
}

/** Returns one object for all spans of one endpoint. */
function readResource(value: unknown, place: Place, resources: Map<string, Resource>): Resource {
  const endpoint = isAbsent(value) ? {} : asObject(value, place);
  const key = JSON.stringify([endpoint.serviceName, endpoint.ipv4, endpoint.ipv6, endpoint.port]);
  let resource = resources.get(key);
  if (resource === undefined) {
    const name = typeof endpoint.serviceName === 'string' ? endpoint.serviceName : '';
    resource = {
      serviceName: name === '' ? unknownService : name,
      attributes: {
        ...(name !== '' && { 'service.name': name }),
        [localEndpointKey]: { kvlistValue: readAddress(endpoint) },
      },
    };
    resources.set(key, resource);
  }
  return resource;
}

function readAddress({ ipv4, ipv6, port }: JsonObject): Attributes {
  return {
    ...(typeof ipv4 === 'string' && { ipv4 }),
    ...(typeof ipv6 === 'string' && { ipv6 }),
    ...(typeof port === 'number' && Number.isSafeInteger(port) && port > 0 && { port }),
  };
}

function readRemoteEndpoint(value: unknown, place: Place, attributes: Record<string, Value>): void {
  const hasTag = Object.hasOwn(attributes, 'peer.service');
  const endpoint = isAbsent(value) ? {} : asObject(value, place);
  const name = typeof endpoint.serviceName === 'string' ? endpoint.serviceName : '';
  const address = readAddress(endpoint);
  if (hasTag) attributes[remoteEndpointKey] = { kvlistValue: { serviceName: name, ...address } };
  else {
    if (name !== '') attributes['peer.service'] = name;
    if (Object.keys(address).length > 0) attributes[remoteEndpointKey] = { kvlistValue: address };
  }
}
