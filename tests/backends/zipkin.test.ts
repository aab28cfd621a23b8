// Everything that a span can hold, sent in Zipkin's format: to Zipkin, to Jaeger and to a Collector.
import { backend, describeWith } from './backends.ts';
import {
  type AttributeFact,
  caller,
  type EventFact,
  everySpan,
  resourceFacts,
  rootFact,
  rootId,
  type SpanFact,
  spanIdOf,
} from './every-span.ts';
import { asText } from './plain-span.ts';
import { getText, poll } from './poll.ts';
import { expectedSpans, readCollector, readJaeger, scope } from './read-back.ts';
import { type Compression, sendEverySpan } from './senders.ts';

const compressions: readonly Compression[] = ['none', 'gzip'];

interface ZipkinSpan {
  readonly id: string;
}

async function readZipkin(traceId: string): Promise<readonly ZipkinSpan[]> {
  const url = `${backend('zipkin').query}/api/v2/trace/${traceId}`;
  const ask = async () => {
    const text = await getText(url);
    // Zipkin takes U+2028 for longer than it is, and fills up with zeros, where there are other characters beyond ASCII.
    return text === undefined ? undefined : (JSON.parse(text.replace(/\0+$/, '')) as ZipkinSpan[]); // by its API
  };
  const spans = await poll(url, ask, ({ length }) => length === everySpan.length + 1);
  return [...spans].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** As Zipkin shows a span: names of spans and services in lower case, annotations by time and text, and no empty field. */
function zipkinSpan(fact: SpanFact, traceId: string, id: string, parentId: string) {
  const { name, kind = 'internal', start, end, attributes = [], events = [], links = [], status } = fact;
  const [scopeName = '', scopeVersion = ''] = scope.split(' ');
  const counts: readonly (readonly [string, number | undefined])[] = [
    ['otel.dropped_attributes_count', fact.droppedAttributes],
    ['otel.dropped_events_count', fact.droppedEvents],
    ['otel.dropped_links_count', fact.droppedLinks],
  ];
  const server = attributes.find(([key]) => key === 'server.address');
  return {
    traceId,
    id,
    parentId,
    name: name.toLowerCase(),
    ...(kind !== 'internal' && { kind: kind.toUpperCase() }),
    ...(start.us > 0 && { timestamp: start.us }),
    duration: Math.max(end.us - start.us, 1),
    localEndpoint: { serviceName: 'every span' },
    ...(server && { remoteEndpoint: { serviceName: 'users.example', port: 8080 } }),
    ...(events.length > 0 && {
      annotations: [...events].sort(byTimeAndName).map((event) => ({
        timestamp: event.timeMs * 1000,
        value: eventText(event),
      })),
    }),
    tags: Object.fromEntries([
      ...[...attributes, ...resourceFacts.filter(([key]) => key !== 'service.name')].map(([key, , , text]) => [
        key,
        text,
      ]),
      ['otel.scope.name', scopeName],
      ['otel.scope.version', scopeVersion],
      ['w3c.tracestate', caller.traceState],
      ...links.map((link, index) => [
        `otlp.link.${index}`,
        [link.traceId, link.spanId, link.traceState ?? '', jsonOf(link.attributes), link.dropped ?? 0].join('|'),
      ]),
      ...counts.filter(([, count]) => count !== undefined).map(([key, count]) => [key, `${count}`]),
      ...(status ? [['otel.status_code', status.code.toUpperCase()]] : []),
      ...(status?.code === 'error' ? [['error', status.message ?? '']] : []),
    ]),
  };
}

/** An event with what it has: Zipkin's have text alone. */
function eventText({ name, attributes, dropped = 0 }: EventFact): string {
  if (attributes === undefined) return withoutBars(name);
  return `${withoutBars(name)}|${jsonOf(attributes)}|${dropped}`;
}

/** The Collector parts an event's text at bars, and refuses one that has too many. */
function withoutBars(name: string): string {
  return name.replaceAll('|', '¦');
}

function byTimeAndName(one: EventFact, other: EventFact): number {
  return one.timeMs - other.timeMs || (one.name < other.name ? -1 : 1);
}

function jsonOf(attributes: readonly AttributeFact[] = []): string {
  return JSON.stringify(Object.fromEntries(attributes.map(([key, given]) => [key, given])));
}

describeWith('zipkin')('Zipkin', () => {
  test.each(compressions)('shows every field, compression %s', async (compression) => {
    const traceId = await sendEverySpan(backend('zipkin'), 'zipkin json', compression);
    expect(await readZipkin(traceId)).toEqual([
      zipkinSpan(rootFact, traceId, rootId, caller.spanId),
      ...everySpan.map((fact, index) => zipkinSpan(fact, traceId, spanIdOf(index), rootId)),
    ]);
  });
});

/** The same by a receiver that turns it into OTLP. */
function expectedFromZipkin(changers: Parameters<typeof expectedSpans>[0]) {
  const texts = [...everySpan.flatMap(({ attributes = [] }) => attributes), ...resourceFacts];
  return expectedSpans(changers, (span) => {
    const events = span.events.map((event) => ({ ...event, name: withoutBars(event.name) }));
    return { ...asText(span, texts), events };
  });
}

describeWith('jaeger')('Jaeger, as a receiver of Zipkin', () => {
  test.each(compressions)('shows every field, compression %s', async (compression) => {
    const traceId = await sendEverySpan(backend('jaeger'), 'zipkin json', compression);
    expect(await readJaeger(traceId)).toEqual(expectedFromZipkin(['a Zipkin receiver', 'Jaeger']));
  });
});

describeWith('collector')('the Collector, as a receiver of Zipkin', () => {
  test.each(compressions)('sends on every field, compression %s', async (compression) => {
    const traceId = await sendEverySpan(backend('collector'), 'zipkin json', compression);
    expect(await readCollector(traceId)).toEqual(expectedFromZipkin(['a Zipkin receiver']));
  });
});
