// What backends themselves make of a span. Each is a fact about a backend, seen in what it shows; everything that is not in this
// table has to come back as it was sent.
import type { AnyValue } from './otlp-json.ts';
import { type PlainAttributes, type PlainSpan, sortByKey } from './plain-span.ts';

/** `a Zipkin receiver` is the Collector's, which Jaeger has too: what it makes of a span of Zipkin's format. */
export type Changer = 'Jaeger' | 'a Zipkin receiver';

interface Change {
  readonly by: Changer;
  readonly what: string;
  /** Makes of a span what the backend makes of it. */
  readonly change: (span: PlainSpan) => PlainSpan;
}

const changes: readonly Change[] = [
  {
    by: 'Jaeger',
    what: 'sorts events by name',
    change: (span) => ({ ...span, events: [...span.events].sort((one, other) => (one.name < other.name ? -1 : 1)) }),
  },
  {
    by: 'Jaeger',
    what: 'has no span without a duration: the end is 1 ns later',
    change: (span) => (span.endNs === span.startNs ? { ...span, endNs: `${BigInt(span.startNs) + 1n}` } : span),
  },
  {
    by: 'a Zipkin receiver',
    what: 'has no flags',
    change: (span) => ({ ...span, flags: 0, links: span.links.map((link) => ({ ...link, flags: 0 })) }),
  },
  {
    by: 'a Zipkin receiver',
    what: 'has no kind for an internal span',
    change: (span) => (span.kind === 1 ? { ...span, kind: 0 } : span),
  },
  {
    by: 'a Zipkin receiver',
    what: 'has whole microseconds, and a duration of at least one; a time after 2255 is beyond what JSON has numbers for',
    change: (span) => {
      const startUs = toMicroseconds(span.startNs);
      const endUs = toMicroseconds(span.endNs);
      return { ...span, startNs: `${startUs * 1000n}`, endNs: `${(endUs > startUs ? endUs : startUs + 1n) * 1000n}` };
    },
  },
  {
    by: 'a Zipkin receiver',
    what: 'takes a time of 0 for none, and says so',
    change: (span) =>
      span.startNs === '0' ? withAttributes(span, [['otel.zipkin.absentField.startTime', { boolValue: true }]]) : span,
  },
  {
    by: 'a Zipkin receiver',
    what: 'does not know a status without an error, and leaves the message where Zipkin has it',
    change: (span) =>
      span.status.code === 2
        ? withAttributes({ ...span, status: { code: 2, message: '' } }, [
            ['error', { stringValue: span.status.message }],
          ])
        : { ...span, status: { code: 0, message: '' } },
  },
  {
    by: 'a Zipkin receiver',
    what: 'loses arrays in the attributes of links and events',
    change: (span) => ({
      ...span,
      links: span.links.map((link) => ({ ...link, attributes: withoutArrays(link.attributes) })),
      events: span.events.map((event) => ({ ...event, attributes: withoutArrays(event.attributes) })),
    }),
  },
  {
    by: 'a Zipkin receiver',
    what: 'leaves counts, scope and most of the resource in tags',
    change: (span) => {
      const { droppedAttributes, droppedEvents, droppedLinks, scope, resource } = span;
      const [name = '', version = ''] = scope.split(' ');
      const counts = [
        ['otel.dropped_attributes_count', droppedAttributes],
        ['otel.dropped_events_count', droppedEvents],
        ['otel.dropped_links_count', droppedLinks],
      ] as const;
      const isKept = ([key]: PlainAttributes[number]) => key === 'service.name' || key === 'service.version';
      return {
        ...withAttributes(span, [
          ...counts.flatMap(([key, count]) => (count > 0 ? [[key, { stringValue: `${count}` }] as const] : [])),
          ['otel.scope.name', { stringValue: name }],
          ['otel.scope.version', { stringValue: version }],
          ...resource.filter((attribute) => !isKept(attribute)),
        ]),
        droppedAttributes: 0,
        droppedEvents: 0,
        droppedLinks: 0,
        scope: '',
        resource: resource.filter(isKept),
      };
    },
  },
  {
    by: 'a Zipkin receiver',
    what: 'repeats the remote endpoint in attributes',
    change: (span) => {
      const address = span.attributes.find(([key]) => key === 'server.address')?.[1];
      const port = span.attributes.find(([key]) => key === 'server.port')?.[1];
      return address && port
        ? withAttributes(span, [
            ['peer.service', address],
            ['net.peer.port', { intValue: textOf(port) }],
          ])
        : span;
    },
  },
];

/** Attributes that Jaeger adds to say what it found odd. */
export const jaegerWarnings = '@jaeger@warnings';

/** What `changers` make of a span, one after the other. */
export function changeBy(changers: readonly Changer[], span: PlainSpan): PlainSpan {
  const apply = (changed: PlainSpan, changer: Changer) =>
    changes.filter(({ by }) => by === changer).reduce((before, { change }) => change(before), changed);
  return changers.reduce(apply, span);
}

function withAttributes(span: PlainSpan, more: PlainAttributes): PlainSpan {
  return { ...span, attributes: sortByKey([...span.attributes, ...more]) };
}

function withoutArrays(attributes: PlainAttributes): PlainAttributes {
  return attributes.filter(([, value]) => !('arrayValue' in value));
}

function textOf(value: AnyValue): string {
  return `${Object.values(value)[0]}`;
}

function toMicroseconds(ns: string): bigint {
  const us = (BigInt(ns) + 500n) / 1000n;
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return us > most ? most : us;
}
