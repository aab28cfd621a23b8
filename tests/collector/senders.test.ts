// Every query API returns what real senders have sent.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTracer, type SpanExporter as WaymarkExporter } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { zipkinExporter } from '@waymark/core/zipkin';
import { type Collector, startCollector } from 'waymark';
import { apis, type ToldSpan } from './read-answers.ts';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ port: 0 });
});
afterAll(() => collector.close());

async function ask(path: string): Promise<unknown> {
  const response = await fetch(collector.url + path);
  expect([path, response.status]).toEqual([path, 200]);
  return response.json();
}

/** The sender sets the times; the rest is known. */
type Expected = Omit<ToldSpan, 'startUs' | 'durationUs' | 'traceId' | 'spanId' | 'parentSpanId'>;

const attributes = {
  'test.text': 'a "b" é 🦊',
  'test.int': 7,
  'test.half': 0.5,
  'test.yes': true,
  'test.list': ['a', 'b'],
};
const attributeTexts = {
  'test.text': 'a "b" é 🦊',
  'test.int': '7',
  'test.half': '0.5',
  'test.yes': 'true',
  'test.list': '["a","b"]',
};

const expected: readonly Expected[] = [
  {
    serviceName: 'users',
    name: 'GET /users/:id',
    kind: 'server',
    attributes: attributeTexts,
    events: ['cache.miss {"test.key":"7"}'],
    error: 'timed out',
  },
  { serviceName: 'users', name: 'SELECT', kind: 'client', attributes: {}, events: [], error: undefined },
];

const start = Date.now() - 1000;

/** Sends a parent and a child with Waymark; returns the trace's id. */
async function sendByWaymark(exporter: WaymarkExporter): Promise<string> {
  const tracer = createTracer({ serviceName: 'users', exporter, flushOnExit: false, env: {} });
  const parent = tracer.startSpan('GET /users/:id', { kind: 'server', attributes, startTime: start });
  parent.addEvent('cache.miss', { 'test.key': '7' });
  parent.setStatus({ code: 'error', message: 'timed out' });
  tracer.startSpan('SELECT', { kind: 'client', parent, startTime: start + 1 }).end(start + 2.5);
  parent.end(start + 4.25);
  await tracer.shutdown();
  return parent.traceId;
}

/** Sends the same with a library of others. */
async function sendByOthers(library: string, url: string): Promise<string> {
  const script = join(__dirname, 'foreign-sender.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, library, url, String(start)]);
  return stdout.trim();
}

const senders: Readonly<Record<string, () => Promise<string>>> = {
  "Waymark's OTLP exporter, as protobuf": () => sendByWaymark(otlpExporter({ url: collector.otlpUrl, env: {} })),
  "Waymark's OTLP exporter, as JSON": () =>
    sendByWaymark(otlpExporter({ url: collector.otlpUrl, protocol: 'http/json', env: {} })),
  "Waymark's Zipkin exporter": () => sendByWaymark(zipkinExporter({ url: collector.zipkinUrl, env: {} })),
  "OpenTelemetry's OTLP exporter, as protobuf": () => sendByOthers('otlp-protobuf', collector.otlpUrl),
  "OpenTelemetry's OTLP exporter, as JSON and with gzip": () => sendByOthers('otlp-json-gzip', collector.otlpUrl),
};

describe.each(Object.entries(senders))('%s', (_, send) => {
  let traceId: string;
  beforeAll(async () => {
    traceId = await send();
  });

  test.each(Object.entries(apis))('%s returns what was sent', async (_, { path, read }) => {
    const told = read(await ask(path(traceId)));
    const parent = told.find(({ name }) => name === 'GET /users/:id');
    expect(told.map(({ startUs, durationUs, traceId, spanId, parentSpanId, ...rest }) => rest)).toEqual(expected);
    expect(told.map((span) => span.traceId)).toEqual([traceId, traceId]);
    expect(told.map((span) => span.parentSpanId)).toEqual([undefined, parent?.spanId]);
    expect(told.map(({ startUs, durationUs }) => [startUs - start * 1000, durationUs])).toEqual([
      [0, 4250],
      [1000, 1500],
    ]);
  });
});

// Its exporter leaves out some data, such as attributes of events.
test("Zipkin's API returns all that OpenTelemetry's Zipkin exporter sends", async () => {
  const traceId = await sendByOthers('zipkin', collector.zipkinUrl);
  const { path, read } = apis["Zipkin's API v2"] as (typeof apis)[string]; // the trace has arrived
  const [parent, child] = read(await ask(path(traceId)));
  expect(parent).toMatchObject({
    traceId,
    serviceName: 'users',
    name: 'GET /users/:id',
    kind: 'server',
    error: 'timed out',
  });
  expect([parent?.events, child?.parentSpanId]).toEqual([['cache.miss {}'], parent?.spanId]);
});

describe('zipkin-js', () => {
  let traceId: string;
  beforeAll(async () => {
    traceId = await sendByOthers('zipkin-js', collector.zipkinUrl);
  });

  test.each(Object.entries(apis))('%s returns what was sent', async (_, { path, read }) => {
    expect(read(await ask(path(traceId)))).toEqual([
      {
        traceId,
        spanId: traceId.slice(16),
        parentSpanId: undefined,
        serviceName: 'users',
        name: 'get /users/:id', // it writes names in lower case, as Zipkin requires
        kind: 'server',
        startUs: expect.any(Number),
        durationUs: expect.any(Number),
        attributes: { 'test.text': 'a "b" é 🦊' },
        events: ['cache miss {}'],
        error: 'timed out',
      },
    ]);
  });
});

test('numbers keep their types', async () => {
  const traceId = await sendByWaymark(otlpExporter({ url: collector.otlpUrl, env: {} }));
  expect(await ask(`/waymark/traces/${traceId}`)).toMatchObject({ spans: [{ attributes }, {}] });
  const exported = (await ask(`/waymark/traces/${traceId}/otlp.json`)) as {
    resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: object[] }] }] }];
  };
  expect(exported.resourceSpans[0].scopeSpans[0].spans[0].attributes).toEqual([
    { key: 'test.text', value: { stringValue: 'a "b" é 🦊' } },
    { key: 'test.int', value: { intValue: '7' } },
    { key: 'test.half', value: { doubleValue: 0.5 } },
    { key: 'test.yes', value: { boolValue: true } },
    { key: 'test.list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
  ]);
});
