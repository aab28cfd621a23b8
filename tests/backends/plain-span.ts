// A span in the form in which what was sent and what a backend shows are compared: every field there, and nothing in an order
// that means nothing.
import { type AttributeFact, caller, rootFact, rootId, type SpanFact, spanIdOf } from './every-span.ts';
import type { AnyValue, KeyValue, OtlpRequest, OtlpSpan } from './otlp-json.ts';

export interface PlainSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startNs: string;
  readonly endNs: string;
  readonly attributes: PlainAttributes;
  readonly droppedAttributes: number;
  readonly events: readonly PlainEvent[];
  readonly droppedEvents: number;
  readonly links: readonly PlainLink[];
  readonly droppedLinks: number;
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: PlainAttributes;
  readonly scope: string;
}

/** Sorted by key. */
export type PlainAttributes = readonly (readonly [key: string, value: AnyValue])[];

export interface PlainEvent {
  readonly name: string;
  readonly timeNs: string;
  readonly attributes: PlainAttributes;
  readonly dropped: number;
}

export interface PlainLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: PlainAttributes;
  readonly dropped: number;
}

/** What was sent, of {@link rootFact} and what is below it. */
export function plainFacts(facts: readonly SpanFact[], resource: PlainAttributes, scope: string): readonly PlainSpan[] {
  // It is known (0x100) that the parent is remote (0x200).
  const root = plainFact(rootFact, rootId, caller.spanId, caller.flags | 0x300);
  const others = facts.map((fact, index) => plainFact(fact, spanIdOf(index), rootId, caller.flags | 0x100));
  return [root, ...others].map((span) => ({ ...span, resource, scope }));
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const statusCodes = { ok: 1, error: 2 };

function plainFact(
  fact: SpanFact,
  spanId: string,
  parentSpanId: string,
  flags: number,
): Omit<PlainSpan, 'resource' | 'scope'> {
  return {
    spanId,
    parentSpanId,
    flags,
    traceState: caller.traceState,
    name: fact.name,
    kind: kinds[fact.kind ?? 'internal'],
    startNs: fact.start.ns,
    endNs: fact.end.ns,
    attributes: otlpAttributes(fact.attributes),
    droppedAttributes: fact.droppedAttributes ?? 0,
    events: (fact.events ?? []).map(({ name, timeNs, attributes, dropped = 0 }) => ({
      name,
      timeNs,
      attributes: otlpAttributes(attributes),
      dropped,
    })),
    droppedEvents: fact.droppedEvents ?? 0,
    links: (fact.links ?? []).map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState ?? '',
      flags: link.otlpFlags,
      attributes: otlpAttributes(link.attributes),
      dropped: link.dropped ?? 0,
    })),
    droppedLinks: fact.droppedLinks ?? 0,
    status: { code: fact.status ? statusCodes[fact.status.code] : 0, message: fact.status?.message ?? '' },
  };
}

/** Zipkin has text alone. */
export function asText(span: PlainSpan, facts: readonly AttributeFact[]): PlainSpan {
  const texts = new Map(facts.map(([key, , , text]) => [key, text]));
  const change = (attributes: PlainAttributes): PlainAttributes =>
    attributes.map(([key, value]) => [key, { stringValue: texts.get(key) ?? `${Object.values(value)[0]}` }]);
  return { ...span, attributes: change(span.attributes), resource: change(span.resource) };
}

export function otlpAttributes(attributes: readonly AttributeFact[] = []): PlainAttributes {
  return sortByKey(attributes.map(([key, , value]) => [key, value] as const));
}

/** What a backend shows. */
export function plainSpans({ resourceSpans }: OtlpRequest): readonly PlainSpan[] {
  const spans = resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => plainSpan(span, plainAttributes(resource.attributes), scopeText(scope))),
    ),
  );
  return spans.sort((one, other) => (one.spanId < other.spanId ? -1 : 1));
}

function scopeText({ name = '', version = '' }: { name?: string; version?: string } = {}): string {
  return `${name} ${version}`.trim();
}

function plainSpan(span: OtlpSpan, resource: PlainAttributes, scope: string): PlainSpan {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    traceState: span.traceState ?? '',
    flags: span.flags ?? 0,
    name: span.name ?? '',
    kind: span.kind ?? 0,
    startNs: span.startTimeUnixNano ?? '0',
    endNs: span.endTimeUnixNano ?? '0',
    attributes: plainAttributes(span.attributes),
    droppedAttributes: span.droppedAttributesCount ?? 0,
    events: (span.events ?? []).map((event) => ({
      name: event.name ?? '',
      timeNs: event.timeUnixNano ?? '0',
      attributes: plainAttributes(event.attributes),
      dropped: event.droppedAttributesCount ?? 0,
    })),
    droppedEvents: span.droppedEventsCount ?? 0,
    links: (span.links ?? []).map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState ?? '',
      flags: link.flags ?? 0,
      attributes: plainAttributes(link.attributes),
      dropped: link.droppedAttributesCount ?? 0,
    })),
    droppedLinks: span.droppedLinksCount ?? 0,
    status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
    resource,
    scope,
  };
}

function plainAttributes(attributes: readonly KeyValue[] = []): PlainAttributes {
  return sortByKey(attributes.map(({ key, value }) => [key, value] as const));
}

export function sortByKey(entries: PlainAttributes): PlainAttributes {
  return [...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}
