// The same span by our exporter and by OpenTelemetry's. Each difference has its reason: the specification, or
// Zipkin's format.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { createTracer } from '@waymark/core';
import { zipkinExporter } from '@waymark/core/zipkin';

type Json = Readonly<Record<string, unknown>>;
type Kind = 'server' | 'client' | 'internal';

interface Facts {
  readonly kind: Kind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean | string[]>>;
  readonly status: 'unset' | 'ok' | 'error';
  readonly event?: {
    readonly name: string;
    readonly timeMs: number;
    readonly attributes: Readonly<Record<string, number>>;
  };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const startMs = 1_795_381_463_701.25;
const plain: Facts = {
  kind: 'server',
  startMs,
  endMs: startMs + 2.5,
  attributes: { 'http.route': '/a', n: 7 },
  status: 'unset',
};

/** Bodies of requests, unchanged. */
async function startRawReceiver() {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(parts).toString()));
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/spans`, // a TCP server that listens has one
    bodies,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The span as each exporter sends it, without our tags of the scope and their tags of the resource. */
async function sendBoth(facts: Facts): Promise<{ ours: Json; theirs: Json }> {
  await using receiver = await startRawReceiver();
  const { kind, attributes, status, event } = facts;
  const tracer = createTracer({
    serviceName: 'orders',
    exporter: zipkinExporter({ url: receiver.url, env: {} }),
    idGenerator: { traceId: () => traceId, spanId: () => spanId },
    flushOnExit: false,
    env: {},
  });
  const span = tracer.startSpan('step', { kind, attributes, startTime: facts.startMs });
  if (event !== undefined) span.addEvent(event.name, event.attributes, event.timeMs);
  span.setStatus({ code: status });
  span.end(facts.endMs);
  await tracer.flush();

  const theirExporter = new ZipkinExporter({ url: receiver.url });
  await new Promise<void>((resolve) => {
    theirExporter.export([asTheirs(facts)], () => resolve());
  });
  await theirExporter.shutdown();
  const [ours, theirs] = receiver.bodies.map((body) => withoutOwnTags((body as Json[])[0] ?? {}));
  return { ours: ours ?? {}, theirs: theirs ?? {} };
}

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
const codes = { unset: SpanStatusCode.UNSET, ok: SpanStatusCode.OK, error: SpanStatusCode.ERROR };

type TheirSpan = Parameters<ZipkinExporter['export']>[0][number];

function asTheirs({ kind, startMs: start, endMs, attributes, status, event }: Facts): TheirSpan {
  return {
    name: 'step',
    kind: kinds[kind],
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    startTime: hrTime(start),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - start),
    status: { code: codes[status] },
    attributes,
    links: [],
    events: event === undefined ? [] : [{ name: event.name, time: hrTime(event.timeMs), attributes: event.attributes }],
    ended: true,
    resource: { attributes: { 'service.name': 'orders' } } as unknown as TheirSpan['resource'], // the exporter reads nothing else
    instrumentationScope: { name: 'scope' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}

function withoutOwnTags(span: Json): Json {
  const {
    'otel.scope.name': _name,
    'otel.scope.version': _version,
    'service.name': _service,
    ...tags
  } = span.tags as Json;
  return { ...span, tags };
}

test.each<[string, Partial<Facts>]>([
  ['a server span', {}],
  ['an internal span', { kind: 'internal' }],
  ['status ok', { status: 'ok' }],
  ['numbers, booleans and strings', { attributes: { n: 1.5, isTrue: true, text: 'naïve "日本"\n' } }],
  ['an event without attributes', { event: { name: 'cache miss', timeMs: startMs + 1, attributes: {} } }],
])('both send the same for %s', async (_, facts) => {
  const { ours, theirs } = await sendBoth({ ...plain, ...facts });
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject({ traceId, id: spanId, name: 'step', timestamp: 1_795_381_463_701_250, duration: 2500 });
});

test.each<[rule: string, facts: Partial<Facts>, ours: Json, theirs: Json]>([
  [
    'times are whole microseconds',
    { startMs: startMs + 0.0005, endMs: startMs + 2.5005 },
    { timestamp: 1_795_381_463_701_251 },
    { timestamp: 1_795_381_463_701_250.5 },
  ],
  ['a duration is at least 1', { endMs: startMs }, { duration: 1 }, { duration: 0 }],
  [
    'an error has the tag, also without a description',
    { status: 'error' },
    { tags: { 'http.route': '/a', n: '7', 'otel.status_code': 'ERROR', error: '' } },
    { tags: { 'http.route': '/a', n: '7', 'otel.status_code': 'ERROR' } },
  ],
  [
    'arrays are JSON',
    { attributes: { list: ['a', 'b,c'] } },
    { tags: { list: '["a","b,c"]' } },
    { tags: { list: 'a,b,c' } },
  ],
  [
    'a false error tag is removed, since Zipkin takes any error tag for an error',
    { attributes: { error: false } },
    { tags: {} },
    { tags: { error: 'false' } },
  ],
  [
    'the value of an annotation has the attributes of the event',
    { event: { name: 'retry', timeMs: startMs + 1, attributes: { count: 2 } } },
    { annotations: [{ timestamp: 1_795_381_463_702_250, value: 'retry|{"count":2}|0' }] },
    { annotations: [{ timestamp: 1_795_381_463_702_250, value: 'retry' }] },
  ],
])('both differ by the rule that %s', async (_, facts, ours, theirs) => {
  const sent = await sendBoth({ ...plain, ...facts });
  expect(sent.ours).toMatchObject(ours);
  expect(sent.theirs).toMatchObject(theirs);
  for (const [field, value] of Object.entries(sent.theirs)) {
    if (!(field in theirs)) expect([field, sent.ours[field]]).toEqual([field, value]);
  }
});

test('both differ by the rule that a call has a remote endpoint', async () => {
  const attributes = { 'server.address': 'users', 'server.port': 8080 };
  const { ours, theirs } = await sendBoth({ ...plain, kind: 'client', attributes });
  expect(ours).toEqual({ ...theirs, remoteEndpoint: { serviceName: 'users', port: 8080 } });
});
