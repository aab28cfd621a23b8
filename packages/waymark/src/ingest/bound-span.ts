/**
 * Cuts spans to the limits in span-limits.ts. The spans of every format pass here. A decoder applies a limit itself if
 * the data would take much memory before it gets here.
 */
import {
  type Attributes,
  isList,
  type Resource,
  type Scope,
  type Span,
  type SpanEvent,
  type SpanLink,
  type Value,
} from '../model/span.ts';
import type { Cuts } from './cuts.ts';
import { spanLimits, valueOverhead } from './span-limits.ts';
import { sizeOfAttributes, sizeOfEntry, sizeOfEvent, sizeOfLink } from './span-size.ts';
import { setAttribute } from './value-of.ts';

/** @returns A function that returns each span within the limits: the same object if nothing is cut. */
export function createSpanBounds(cuts: Cuts): (span: Span) => Span {
  const resources = new Map<Resource, Resource>();
  const scopes = new Map<Scope, Scope>();
  return (span) => {
    const resource = once(resources, span.resource, (given) => boundResource(given, cuts));
    const scope = span.scope === undefined ? undefined : once(scopes, span.scope, (given) => boundScope(given, cuts));
    const bounded = isWithin(span) ? span : cutSpan(span, cuts);
    if (bounded === span && resource === span.resource && scope === span.scope) return span;
    return { ...bounded, resource, ...(scope !== undefined && { scope }) };
  };
}

/** Returns one object for all spans of one resource, as the sender had it. */
function once<Given extends object>(known: Map<Given, Given>, given: Given, bound: (given: Given) => Given): Given {
  let bounded = known.get(given);
  if (bounded === undefined) {
    bounded = bound(given);
    known.set(given, bounded);
  }
  return bounded;
}

/** Nearly all spans need only this check. */
function isWithin({ name, attributes, events = none, links = none, traceState, status }: Span): boolean {
  if (name.length > spanLimits.nameLength || events.length > spanLimits.events || links.length > spanLimits.links) {
    return false;
  }
  if (status?.message !== undefined && status.message.length > spanLimits.valueLength) return false;
  if (traceState !== undefined && traceState.length > spanLimits.traceStateLength) return false;
  let size = sizeOfAttributes(attributes, spanLimits.attributes);
  for (const event of events) {
    size += sizeOfEvent(event);
  }
  for (const link of links) {
    if (!isLinkWithin(link)) return false;
    size += sizeOfLink(link);
  }
  return size <= spanLimits.spanSize;
}

const none: readonly never[] = [];

function isLinkWithin({ traceId, spanId, traceState = '' }: SpanLink): boolean {
  return traceId.length <= 32 && spanId.length <= 16 && traceState.length <= spanLimits.traceStateLength;
}

// The functions below run only for spans beyond a limit.

function cutSpan(span: Span, cuts: Cuts): Span {
  const room: Room = { left: spanLimits.spanSize };
  const { traceState, status, events, links, ...rest } = span;
  const attributes = cutAttributes(span.attributes, spanLimits.attributes, room, cuts);
  const keptEvents = takeWhileRoom(events ?? none, spanLimits.events, 'events', room, cuts, (event) =>
    cutEvent(event, room, cuts),
  );
  const keptLinks = takeWhileRoom(links ?? none, spanLimits.links, 'links', room, cuts, (link) =>
    cutLink(link, room, cuts),
  );
  const droppedAttributesCount = (span.droppedAttributesCount ?? 0) + attributes.dropped;
  const droppedEventsCount = (span.droppedEventsCount ?? 0) + keptEvents.dropped;
  const droppedLinksCount = (span.droppedLinksCount ?? 0) + keptLinks.dropped;
  return {
    ...rest,
    name: cutText(span.name, spanLimits.nameLength, 'names', cuts),
    attributes: attributes.kept,
    ...keepTraceState(traceState, cuts),
    ...(keptEvents.kept.length > 0 && { events: keptEvents.kept }),
    ...(keptLinks.kept.length > 0 && { links: keptLinks.kept }),
    ...(status !== undefined && {
      status:
        status.message === undefined
          ? status
          : { ...status, message: cutText(status.message, spanLimits.valueLength, 'values', cuts) },
    }),
    ...(droppedAttributesCount > 0 && { droppedAttributesCount }),
    ...(droppedEventsCount > 0 && { droppedEventsCount }),
    ...(droppedLinksCount > 0 && { droppedLinksCount }),
  };
}

function boundResource(resource: Resource, cuts: Cuts): Resource {
  const { serviceName, schemaUrl = '' } = resource;
  const isKept =
    serviceName.length <= spanLimits.serviceNameLength &&
    schemaUrl.length <= spanLimits.nameLength &&
    sizeOfAttributes(resource.attributes, spanLimits.resourceAttributes) <= spanLimits.resourceSize;
  if (isKept) return resource;
  const own = resource.attributes['service.name'];
  const name = cutText(serviceName, spanLimits.serviceNameLength, 'names', cuts);
  // The name comes first, so that there is room for it. It is cut like `serviceName`, so that both stay equal.
  const attributes =
    own === serviceName
      ? { 'service.name': name, ...without(resource.attributes, 'service.name') }
      : resource.attributes;
  const room: Room = { left: spanLimits.resourceSize };
  const { kept, dropped } = cutAttributes(attributes, spanLimits.resourceAttributes, room, cuts);
  const droppedAttributesCount = (resource.droppedAttributesCount ?? 0) + dropped;
  return {
    serviceName: name,
    attributes: kept,
    ...(schemaUrl !== '' && { schemaUrl: cutText(schemaUrl, spanLimits.nameLength, 'names', cuts) }),
    ...(droppedAttributesCount > 0 && { droppedAttributesCount }),
  };
}

function without(attributes: Attributes, key: string): Attributes {
  const { [key]: _, ...rest } = attributes;
  return rest;
}

function boundScope(scope: Scope, cuts: Cuts): Scope {
  const { name, version = '', schemaUrl = '', attributes = {} } = scope;
  const isKept =
    Math.max(name.length, version.length, schemaUrl.length) <= spanLimits.nameLength &&
    sizeOfAttributes(attributes, spanLimits.partAttributes) <= spanLimits.resourceSize;
  if (isKept) return scope;
  const { kept, dropped } = cutAttributes(
    attributes,
    spanLimits.partAttributes,
    { left: spanLimits.resourceSize },
    cuts,
  );
  const droppedAttributesCount = (scope.droppedAttributesCount ?? 0) + dropped;
  return {
    name: cutText(name, spanLimits.nameLength, 'names', cuts),
    ...(version !== '' && { version: cutText(version, spanLimits.nameLength, 'names', cuts) }),
    ...(schemaUrl !== '' && { schemaUrl: cutText(schemaUrl, spanLimits.nameLength, 'names', cuts) }),
    ...(Object.keys(kept).length > 0 && { attributes: kept }),
    ...(droppedAttributesCount > 0 && { droppedAttributesCount }),
  };
}

/** The rest of the size that a span may have. */
interface Room {
  left: number;
}

/** Keeps the first items, in their order. */
function takeWhileRoom<Item>(
  items: readonly Item[],
  maxCount: number,
  kind: 'events' | 'links',
  room: Room,
  cuts: Cuts,
  cut: (item: Item) => Item | undefined,
): { kept: Item[]; dropped: number } {
  const kept: Item[] = [];
  for (const item of items.slice(0, maxCount)) {
    if (room.left <= 0) break;
    const part = cut(item);
    if (part !== undefined) kept.push(part);
  }
  const tooMany = Math.max(items.length - maxCount, 0);
  if (tooMany > 0) cuts.count(kind, tooMany);
  const dropped = items.length - kept.length;
  if (dropped > tooMany) cuts.count(room.left <= 0 ? 'size' : kind, dropped - tooMany);
  return { kept, dropped };
}

function cutEvent(event: SpanEvent, room: Room, cuts: Cuts): SpanEvent | undefined {
  // Zipkin's annotations may be log lines.
  const name = cutText(event.name, spanLimits.valueLength, 'values', cuts);
  if (!takeRoom(room, name.length + valueOverhead)) return undefined;
  return cutPart({ ...event, name }, room, cuts);
}

function cutLink(link: SpanLink, room: Room, cuts: Cuts): SpanLink | undefined {
  const { traceState, ...rest } = link;
  // Longer ids are not valid. A link with an id of megabytes is dropped, since a shortened id would be another one.
  if (link.traceId.length > 32 || link.spanId.length > 16) return undefined;
  if (!takeRoom(room, valueOverhead * 3 + (traceState?.length ?? 0))) return undefined;
  return cutPart({ ...rest, ...keepTraceState(traceState, cuts) }, room, cuts);
}

function cutPart<Part extends SpanEvent | SpanLink>(part: Part, room: Room, cuts: Cuts): Part {
  if (part.attributes === undefined) return part;
  const { attributes, ...rest } = part;
  const { kept, dropped } = cutAttributes(attributes, spanLimits.partAttributes, room, cuts);
  const droppedAttributesCount = (part.droppedAttributesCount ?? 0) + dropped;
  return {
    ...rest,
    ...(Object.keys(kept).length > 0 && { attributes: kept }),
    ...(droppedAttributesCount > 0 && { droppedAttributesCount }),
  } as Part; // the same fields
}

function cutAttributes(
  attributes: Attributes,
  maxCount: number,
  room: Room,
  cuts: Cuts,
): { kept: Attributes; dropped: number } {
  const kept: Record<string, Value> = {};
  let count = 0;
  let tooMany = 0;
  let tooLarge = 0;
  let longKeys = 0;
  for (const key in attributes) {
    if (count >= maxCount) tooMany++;
    else if (key.length > spanLimits.keyLength) longKeys++;
    else {
      const value = cutValue(attributes[key] ?? null, cuts);
      if (takeRoom(room, sizeOfEntry(key, value))) {
        setAttribute(kept, key, value);
        count++;
      } else tooLarge++;
    }
  }
  if (tooMany > 0) cuts.count('attributes', tooMany);
  if (tooLarge > 0) cuts.count('size', tooLarge);
  if (longKeys > 0) cuts.count('keys', longKeys);
  return { kept, dropped: tooMany + tooLarge + longKeys };
}

/** A value that is too large does not exclude a small one after it. */
function takeRoom(room: Room, size: number): boolean {
  if (size > room.left) return false;
  room.left -= size;
  return true;
}

function cutValue(value: Value, cuts: Cuts): Value {
  if (typeof value === 'string') return cutText(value, spanLimits.valueLength, 'values', cuts);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => cutValue(item, cuts));
  if ('kvlistValue' in value) {
    const kept: Record<string, Value> = {};
    for (const key in value.kvlistValue) {
      if (key.length > spanLimits.keyLength) cuts.count('keys');
      else setAttribute(kept, key, cutValue(value.kvlistValue[key] ?? null, cuts));
    }
    return { kvlistValue: kept };
  }
  if ('bytesValue' in value && value.bytesValue.length > spanLimits.valueLength) {
    cuts.count('values', value.bytesValue.length - spanLimits.valueLength);
    return { bytesValue: copyOf(value.bytesValue.slice(0, spanLimits.valueLength)) }; // a multiple of 4, as base64 needs
  }
  return value;
}

function keepTraceState(traceState: string | undefined, cuts: Cuts): { traceState?: string } {
  if (traceState === undefined) return {};
  if (traceState.length <= spanLimits.traceStateLength) return { traceState };
  cuts.count('traceStates');
  return {};
}

/** A string that is cut ends with `…`, so that readers notice it. */
function cutText(text: string, maxLength: number, kind: 'names' | 'values', cuts: Cuts): string {
  if (text.length <= maxLength) return text;
  cuts.count(kind, text.length - maxLength);
  const last = text.charCodeAt(maxLength - 2);
  const isHalf = last >= 0xd800 && last < 0xdc00; // the first unit of a pair
  return copyOf(`${text.slice(0, maxLength - (isHalf ? 2 : 1))}…`);
}

/** V8 keeps a part of a string as a view of the whole string, which would stay in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
