/** Reads a trace in the form of Waymark's query API, `GET /waymark/traces/:traceId`: spans of the model. */
import { kindNamed, statusCodeNamed, unknownService } from '../model/otlp-names.ts';
import type { Attributes, Resource, Scope, Span, SpanEvent, SpanLink, Value } from '../model/span.ts';
import { asCount, asList, asObject, asString, isAbsent, type JsonObject, mismatch, type Place } from './json-fields.ts';
import type { Draft, SpanBatch } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';
import { readUint64 } from './uint64-text.ts';
import { setAttribute, valueOfDouble } from './value-of.ts';

/** @throws {UnreadableBody} If a field has a type that it cannot have. */
export function decodeWaymarkJson(document: unknown, batch: SpanBatch): void {
  const { spans } = asObject(document, { name: 'the file' });
  // Equal resources become one object, as in a batch of OTLP.
  const resources = new Map<string, Resource>();
  for (const [index, item] of asList(spans, { name: 'spans' }).entries()) {
    const place = { name: 'spans', index };
    const given = asObject(item, place);
    const key = JSON.stringify(given.resource ?? null);
    const resource = resources.get(key) ?? readResource(given.resource, { parent: place, name: 'resource' }, batch);
    resources.set(key, resource);
    batch.add(readSpan(given, place, resource, batch));
  }
}

function readResource(value: unknown, place: Place, batch: SpanBatch): Resource {
  const given = isAbsent(value) ? {} : asObject(value, place);
  const name = asString(given.serviceName, { parent: place, name: 'serviceName' });
  const schemaUrl = asString(given.schemaUrl, { parent: place, name: 'schemaUrl' });
  return {
    serviceName: name === '' ? unknownService : name,
    attributes: readAttributes(given.attributes, { parent: place, name: 'attributes' }, batch),
    ...(schemaUrl !== '' && { schemaUrl }),
    ...readDropped(given, place, 'droppedAttributesCount'),
  };
}

function readSpan(given: JsonObject, place: Place, resource: Resource, batch: SpanBatch): Span {
  batch.countItem();
  const at = (name: string): Place => ({ parent: place, name });
  const parentSpanId = asString(given.parentSpanId, at('parentSpanId'));
  const events = asList(given.events, at('events'));
  const links = asList(given.links, at('links'));
  const kind = asString(given.kind, at('kind'));
  const span: Draft<Span> = {
    traceId: asString(given.traceId, at('traceId')).toLowerCase(),
    spanId: asString(given.spanId, at('spanId')).toLowerCase(),
    ...(parentSpanId !== '' && { parentSpanId: parentSpanId.toLowerCase() }),
    ...readContext(given, place),
    name: asString(given.name, at('name')),
    kind: kindNamed(`SPAN_KIND_${kind.toUpperCase()}`) ?? 'unspecified',
    startTimeUnixNano: readNano(given.startTimeUnixNano, at('startTimeUnixNano')),
    endTimeUnixNano: readNano(given.endTimeUnixNano, at('endTimeUnixNano')),
    attributes: readAttributes(given.attributes, at('attributes'), batch),
    ...(events.length > 0 && {
      events: events.map((event, index) => readEvent(event, { parent: place, name: 'events', index }, batch)),
    }),
    ...(links.length > 0 && {
      links: links.map((link, index) => readLink(link, { parent: place, name: 'links', index }, batch)),
    }),
    ...readDropped(given, place, 'droppedAttributesCount'),
    ...readDropped(given, place, 'droppedEventsCount'),
    ...readDropped(given, place, 'droppedLinksCount'),
    resource,
  };
  readStatus(given.status, at('status'), span);
  if (given.scope !== undefined) span.scope = readScope(given.scope, at('scope'), batch);
  return span;
}

function readStatus(value: unknown, place: Place, span: Draft<Span>): void {
  if (isAbsent(value)) return;
  const given = asObject(value, place);
  const code = statusCodeNamed(`STATUS_CODE_${asString(given.code, { parent: place, name: 'code' }).toUpperCase()}`);
  const message = asString(given.message, { parent: place, name: 'message' });
  span.status = { code: code ?? 'unset', ...(message !== '' && { message }) };
}

function readScope(value: unknown, place: Place, batch: SpanBatch): Scope {
  const given = asObject(value, place);
  const version = asString(given.version, { parent: place, name: 'version' });
  const schemaUrl = asString(given.schemaUrl, { parent: place, name: 'schemaUrl' });
  return {
    name: asString(given.name, { parent: place, name: 'name' }),
    ...(version !== '' && { version }),
    ...(given.attributes !== undefined && {
      attributes: readAttributes(given.attributes, { parent: place, name: 'attributes' }, batch),
    }),
    ...(schemaUrl !== '' && { schemaUrl }),
    ...readDropped(given, place, 'droppedAttributesCount'),
  };
}

function readEvent(value: unknown, place: Place, batch: SpanBatch): SpanEvent {
  batch.countItem();
  const given = asObject(value, place);
  return {
    timeUnixNano: readNano(given.timeUnixNano, { parent: place, name: 'timeUnixNano' }),
    name: asString(given.name, { parent: place, name: 'name' }),
    ...readOwnAttributes(given, place, batch),
  };
}

function readLink(value: unknown, place: Place, batch: SpanBatch): SpanLink {
  batch.countItem();
  const given = asObject(value, place);
  return {
    traceId: asString(given.traceId, { parent: place, name: 'traceId' }),
    spanId: asString(given.spanId, { parent: place, name: 'spanId' }),
    ...readContext(given, place),
    ...readOwnAttributes(given, place, batch),
  };
}

/** Reads the attributes of an event or a link. */
function readOwnAttributes(given: JsonObject, place: Place, batch: SpanBatch): Pick<SpanEvent, 'attributes'> {
  const attributes = readAttributes(given.attributes, { parent: place, name: 'attributes' }, batch);
  return {
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...readDropped(given, place, 'droppedAttributesCount'),
  };
}

function readContext(given: JsonObject, place: Place): Pick<Span, 'traceState' | 'flags'> {
  const traceState = asString(given.traceState, { parent: place, name: 'traceState' });
  const flags = asCount(given.flags, { parent: place, name: 'flags' });
  return { ...(traceState !== '' && { traceState }), ...(flags !== 0 && { flags }) };
}

function readDropped<Name extends string>(given: JsonObject, parent: Place, name: Name): { [Key in Name]?: number } {
  const count = asCount(given[name], { parent, name });
  return (count === 0 ? {} : { [name]: count }) as { [Key in Name]?: number }; // a computed key is any string to TypeScript
}

function readNano(value: unknown, place: Place): string {
  const digits = readUint64(value ?? '0');
  if (digits === undefined) throw mismatch('nanoseconds since 1970 as digits', value, place);
  return digits;
}

function readAttributes(value: unknown, place: Place, batch: SpanBatch, depth = 0): Attributes {
  const attributes: Record<string, Value> = {};
  if (isAbsent(value)) return attributes;
  const given = asObject(value, place);
  for (const key of Object.keys(given)) {
    batch.countItem();
    setAttribute(attributes, key, readValue(given[key], { parent: place, name: key }, batch, depth));
  }
  return attributes;
}

function readValue(value: unknown, place: Place, batch: SpanBatch, depth: number): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return value; // all numbers in JSON are numbers of the model
  if (depth >= spanLimits.depth) {
    batch.cuts.count('deepValues');
    return null;
  }
  if (Array.isArray(value)) {
    return value.map((item) => {
      batch.countItem();
      return readValue(item, place, batch, depth + 1);
    });
  }
  const { doubleValue, intValue, bytesValue, kvlistValue } = asObject(value, place);
  if (kvlistValue !== undefined) return { kvlistValue: readAttributes(kvlistValue, place, batch, depth + 1) };
  if (typeof bytesValue === 'string') return { bytesValue };
  if (typeof intValue === 'string' && /^-?\d{1,19}$/.test(intValue)) return { intValue };
  if (typeof doubleValue === 'number') return valueOfDouble(doubleValue);
  if (doubleValue === 'NaN' || doubleValue === 'Infinity' || doubleValue === '-Infinity') return { doubleValue };
  throw mismatch('a value in the form of the query API', value, place);
}
