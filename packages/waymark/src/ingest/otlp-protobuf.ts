/**
 * Reads OTLP's protobuf. It knows the fields of opentelemetry-proto 1.x, and skips others. It uses protobufjs's reader,
 * but not its generated code: each span is made once, in its final form, with times as exact digits. Core has a second
 * decoder, for tests: it reads only what core writes, without a dependency.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto
 */
import { Reader } from 'protobufjs/minimal';
import { kindAt, statusCodeAt, unknownService } from '../model/otlp-names.ts';
import type { Resource, Scope, Span, SpanEvent, SpanLink, Value } from '../model/span.ts';
import type { CutKind } from './cuts.ts';
import { readKeyValue, readServiceName } from './otlp-protobuf-values.ts';
import { enter, fixed32Tag, fixed64Tag, leave, messageTag, readHex, skip, varintTag } from './protobuf-messages.ts';
import type { Draft, SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { uint64ToText } from './uint64-text.ts';
import { UnreadableBody } from './unreadable-body.ts';

/** @throws {UnreadableBody} */
export function decodeOtlpProtobuf(body: Uint8Array, batch: SpanBatch): void {
  // The reader of a Buffer decodes strings with Node's own code.
  const reader = Reader.create(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === messageTag(1)) readResourceSpans(reader, batch);
      else skip(reader, tag);
    }
  } catch (error) {
    if (error instanceof UnreadableBody) throw error;
    const { message: reason } = error as Error; // the reader throws nothing else
    throw new UnreadableBody(`The body is not OTLP protobuf: at byte ${reader.pos} of ${body.length}: ${reason}`);
  }
}

/** The fields of a message may come in any order. The resource is read first, and then its spans. */
function readResourceSpans(reader: Reader, batch: SpanBatch): void {
  const len = enter(reader);
  let resource: Draft<Resource> = { serviceName: unknownService, attributes: {} };
  let schemaUrl = '';
  const scopes: number[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) resource = readResource(reader, batch);
    else if (tag === messageTag(2)) {
      batch.countItem();
      scopes.push(reader.pos);
      reader.skip(reader.size());
    } else if (tag === messageTag(3)) schemaUrl = reader.string();
    else skip(reader, tag);
  }
  if (schemaUrl !== '') resource.schemaUrl = schemaUrl;
  const end = reader.pos;
  for (const at of scopes) {
    reader.pos = at;
    readScopeSpans(reader, resource, batch);
  }
  reader.pos = end;
  leave(reader, len);
}

function readResource(reader: Reader, batch: SpanBatch): Draft<Resource> {
  const len = enter(reader);
  const attributes: Record<string, Value> = {};
  const resource: Draft<Resource> = { serviceName: unknownService, attributes };
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) {
      if (count++ < spanLimits.resourceAttributes) readKeyValue(reader, attributes, batch);
      else readServiceName(reader, attributes, batch);
    } else if (tag === varintTag(2)) setCount(resource, 'droppedAttributesCount', reader.uint32());
    else skip(reader, tag);
  }
  leave(reader, len);
  const name = attributes['service.name'];
  if (typeof name === 'string' && name !== '') resource.serviceName = name;
  countBeyond(resource, 'droppedAttributesCount', 'attributes', count - spanLimits.resourceAttributes, batch);
  return resource;
}

function readScopeSpans(reader: Reader, resource: Resource, batch: SpanBatch): void {
  const len = enter(reader);
  let scope: Draft<Scope> | undefined;
  let schemaUrl = '';
  const start = reader.pos;
  let hasSpans = false;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) scope = readScope(reader, batch);
    else if (tag === messageTag(3)) schemaUrl = reader.string();
    else {
      if (tag === messageTag(2)) hasSpans = true;
      skip(reader, tag);
    }
  }
  if (schemaUrl !== '') scope = { ...(scope ?? { name: '' }), schemaUrl };
  if (hasSpans) {
    reader.pos = start;
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag === messageTag(2)) batch.add(readSpan(reader, resource, scope, batch));
      else skip(reader, tag);
    }
  }
  leave(reader, len);
}

/** `undefined` for a scope without content. */
function readScope(reader: Reader, batch: SpanBatch): Draft<Scope> | undefined {
  const len = enter(reader);
  const scope: Draft<Scope> = { name: '' };
  let attributes: Record<string, Value> | undefined;
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) scope.name = reader.string();
    else if (tag === messageTag(2)) {
      const version = reader.string();
      if (version !== '') scope.version = version;
    } else if (tag === messageTag(3)) {
      attributes ??= {};
      if (count++ < spanLimits.partAttributes) readKeyValue(reader, attributes, batch);
      else skip(reader, tag);
    } else if (tag === varintTag(4)) {
      const dropped = reader.uint32();
      if (dropped !== 0) scope.droppedAttributesCount = dropped;
    } else skip(reader, tag);
  }
  leave(reader, len);
  if (attributes !== undefined) scope.attributes = attributes;
  countBeyond(scope, 'droppedAttributesCount', 'attributes', count - spanLimits.partAttributes, batch);
  return scope.name === '' && Object.keys(scope).length === 1 ? undefined : scope;
}

function readSpan(reader: Reader, resource: Resource, scope: Scope | undefined, batch: SpanBatch): Span {
  batch.countItem();
  const len = enter(reader);
  const attributes: Record<string, Value> = {};
  const span: Draft<Span> = {
    traceId: '',
    spanId: '',
    name: '',
    kind: 'unspecified',
    startTimeUnixNano: '0',
    endTimeUnixNano: '0',
    attributes,
    resource,
  };
  let events: SpanEvent[] | undefined;
  let links: SpanLink[] | undefined;
  let attributeCount = 0;
  let eventCount = 0;
  let linkCount = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case messageTag(1):
        span.traceId = readHex(reader);
        break;
      case messageTag(2):
        span.spanId = readHex(reader);
        break;
      case messageTag(3):
        setTraceState(span, reader.string());
        break;
      case messageTag(4): {
        const parent = readHex(reader);
        if (!/^0*$/.test(parent)) span.parentSpanId = parent;
        break;
      }
      case messageTag(5):
        span.name = reader.string();
        break;
      case varintTag(6):
        span.kind = kindAt(reader.int32());
        break;
      case fixed64Tag(7):
        span.startTimeUnixNano = readFixed64(reader);
        break;
      case fixed64Tag(8):
        span.endTimeUnixNano = readFixed64(reader);
        break;
      case messageTag(9):
        if (attributeCount++ < spanLimits.attributes) readKeyValue(reader, attributes, batch);
        else skip(reader, tag);
        break;
      case varintTag(10):
        setCount(span, 'droppedAttributesCount', reader.uint32());
        break;
      case messageTag(11):
        events ??= [];
        if (eventCount++ < spanLimits.events) events.push(readEvent(reader, batch));
        else skip(reader, tag);
        break;
      case varintTag(12):
        setCount(span, 'droppedEventsCount', reader.uint32());
        break;
      case messageTag(13):
        links ??= [];
        if (linkCount++ < spanLimits.links) links.push(readLink(reader, batch));
        else skip(reader, tag);
        break;
      case varintTag(14):
        setCount(span, 'droppedLinksCount', reader.uint32());
        break;
      case messageTag(15):
        readStatus(reader, span);
        break;
      case fixed32Tag(16):
        setCount(span, 'flags', reader.fixed32());
        break;
      default:
        skip(reader, tag);
    }
  }
  leave(reader, len);
  if (events !== undefined) span.events = events;
  if (links !== undefined) span.links = links;
  if (scope !== undefined) span.scope = scope;
  countBeyond(span, 'droppedAttributesCount', 'attributes', attributeCount - spanLimits.attributes, batch);
  countBeyond(span, 'droppedEventsCount', 'events', eventCount - spanLimits.events, batch);
  countBeyond(span, 'droppedLinksCount', 'links', linkCount - spanLimits.links, batch);
  return span;
}

type Count = 'flags' | 'droppedAttributesCount' | 'droppedEventsCount' | 'droppedLinksCount';

/** A count of 0 is left out, as in OTLP itself. */
function setCount<Name extends Count>(into: { [Key in Name]?: number }, name: Name, count: number): void {
  if (count !== 0) into[name] = count;
}

/** Items beyond the limit are added to the count of those that the sender dropped, as OTLP defines it. */
function countBeyond<Name extends Count>(
  into: { [Key in Name]?: number },
  name: Name,
  kind: CutKind,
  beyond: number,
  batch: SpanBatch,
): void {
  if (beyond <= 0) return;
  into[name] = (into[name] ?? 0) + beyond;
  batch.cuts.count(kind, beyond);
}

function setTraceState(into: Draft<Span> | Draft<SpanLink>, traceState: string): void {
  if (traceState !== '') into.traceState = traceState;
}

function readEvent(reader: Reader, batch: SpanBatch): SpanEvent {
  batch.countItem();
  const len = enter(reader);
  const event: Draft<SpanEvent> = { timeUnixNano: '0', name: '' };
  let attributes: Record<string, Value> | undefined;
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === fixed64Tag(1)) event.timeUnixNano = readFixed64(reader);
    else if (tag === messageTag(2)) event.name = reader.string();
    else if (tag === messageTag(3)) {
      attributes ??= {};
      if (count++ < spanLimits.partAttributes) readKeyValue(reader, attributes, batch);
      else skip(reader, tag);
    } else if (tag === varintTag(4)) setCount(event, 'droppedAttributesCount', reader.uint32());
    else skip(reader, tag);
  }
  leave(reader, len);
  if (attributes !== undefined) event.attributes = attributes;
  countBeyond(event, 'droppedAttributesCount', 'attributes', count - spanLimits.partAttributes, batch);
  return event;
}

function readLink(reader: Reader, batch: SpanBatch): SpanLink {
  batch.countItem();
  const len = enter(reader);
  const link: Draft<SpanLink> = { traceId: '', spanId: '' };
  let attributes: Record<string, Value> | undefined;
  let count = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(1)) link.traceId = readHex(reader);
    else if (tag === messageTag(2)) link.spanId = readHex(reader);
    else if (tag === messageTag(3)) setTraceState(link, reader.string());
    else if (tag === messageTag(4)) {
      attributes ??= {};
      if (count++ < spanLimits.partAttributes) readKeyValue(reader, attributes, batch);
      else skip(reader, tag);
    } else if (tag === varintTag(5)) setCount(link, 'droppedAttributesCount', reader.uint32());
    else if (tag === fixed32Tag(6)) setCount(link, 'flags', reader.fixed32());
    else skip(reader, tag);
  }
  leave(reader, len);
  if (attributes !== undefined) link.attributes = attributes;
  countBeyond(link, 'droppedAttributesCount', 'attributes', count - spanLimits.partAttributes, batch);
  return link;
}

function readStatus(reader: Reader, span: Draft<Span>): void {
  const len = enter(reader);
  let message = '';
  let code = 0;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === messageTag(2)) message = reader.string();
    else if (tag === varintTag(3)) code = reader.int32();
    else skip(reader, tag);
  }
  leave(reader, len);
  const name = statusCodeAt(code);
  if (name !== 'unset' || message !== '') span.status = { code: name, ...(message !== '' && { message }) };
}

function readFixed64(reader: Reader): string {
  const low = reader.fixed32();
  return uint64ToText(low, reader.fixed32());
}
