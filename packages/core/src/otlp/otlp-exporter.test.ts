import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadSync } from 'protobufjs';
import { type ReceivedRequest, type Respond, startTestServer } from '../../test/test-server.ts';
import { createTracer } from '../create-tracer.ts';
import { startOtlpReceiver } from '../testing/otlp-receiver.ts';
import type { Tracer } from '../tracer.ts';
import { version } from '../version.ts';
import { decodeTraceRequest } from './decode-request.ts';
import { otlpExporter } from './otlp-exporter.ts';
import type { OtlpExporterOptions } from './otlp-options.ts';

const schema = loadSync(join(__dirname, 'fixtures/trace-service.proto'));
const protobuf = 'application/x-protobuf';
const json = 'application/json';

function encode(type: string, message: object): Buffer {
  const found = schema.lookupType(type);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
}

function makeTracer(options: OtlpExporterOptions, lines: string[] = []): Tracer {
  const exporter = otlpExporter({ env: {}, ...options });
  return createTracer({
    serviceName: 'orders',
    exporter,
    flushOnExit: false,
    env: {},
    log: (line) => lines.push(line),
  });
}

/** Ends three spans and flushes, to a server with the given answer. */
async function sendThree(respond: Respond, options: OtlpExporterOptions = {}) {
  await using server = await startTestServer(respond);
  const lines: string[] = [];
  const tracer = makeTracer({ url: server.url, ...options }, lines);
  for (const name of ['a', 'b', 'c']) tracer.startSpan(name).end();
  const report = await tracer.flush();
  return { report, stats: tracer.stats(), lines, requests: server.requests, origin: new URL(server.url).origin };
}

function namesIn({ headers, body }: Pick<ReceivedRequest, 'headers' | 'body'>): string[] {
  return decodeTraceRequest(headers['content-type'] ?? '', body).map(({ name }) => name);
}

describe('otlpExporter', () => {
  test.each([
    ['http/protobuf', protobuf],
    ['http/json', json],
  ] as const)('sends %s as %s, with its name in the user agent', async (protocol, contentType) => {
    const { report, requests } = await sendThree((response) => response.end(), { protocol });
    expect(report).toEqual({ delivered: 3, lost: 0, complete: true });
    expect(requests.map(namesIn)).toEqual([['a', 'b', 'c']]);
    expect(requests[0]?.headers).toMatchObject({
      'content-type': contentType,
      'user-agent': `OTel-OTLP-Exporter-Waymark/${version}`,
    });
  });

  test('compresses', async () => {
    const { requests } = await sendThree((response) => response.end(), { compression: 'gzip' });
    const [request] = requests;
    expect(request?.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(request && namesIn({ ...request, body: gunzipSync(request.body) })).toEqual(['a', 'b', 'c']);
  });

  test('is set up by the environment', async () => {
    await using server = await startTestServer();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url.replace('/v1/traces', ''),
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b,x-both=general',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-both=traces',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
    };
    const tracer = makeTracer({ env });
    for (let count = 0; count < 4; count++) tracer.startSpan('x').end();
    await tracer.flush();
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': json, 'content-encoding': 'gzip', 'x-tenant': 'a b', 'x-both': 'traces' },
    });
  });

  test('sends over TLS to a server that the environment’s certificate has signed', async () => {
    const folder = join(__dirname, '../../test/tls');
    const certificate = join(folder, 'certificate.pem');
    await using server = await startTestServer(undefined, {
      key: readFileSync(join(folder, 'key.pem')),
      cert: readFileSync(certificate),
    });
    const tracer = makeTracer({
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: server.url, OTEL_EXPORTER_OTLP_CERTIFICATE: certificate },
    });
    tracer.startSpan('x').end();
    expect(await tracer.flush()).toMatchObject({ delivered: 1, lost: 0 });
  });

  test('reports ignored variables when a tracer starts', () => {
    const lines: string[] = [];
    makeTracer({ env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' } }, lines);
    expect(lines).toEqual([expect.stringMatching(/^waymark warn: OTEL_EXPORTER_OTLP_PROTOCOL=.*grpc.* was ignored/i)]);
  });

  test('limits a request by the shorter of both time limits', async () => {
    const maxAgeMs = 1; // the first failure is the last
    const { stats } = await sendThree(() => {}, { timeoutMs: 60_000, batch: { exportTimeoutMs: 100, maxAgeMs } });
    expect(stats.dropped).toEqual({ timeout: 3 });
    const { stats: other } = await sendThree(() => {}, { timeoutMs: 100, batch: { maxAgeMs } });
    expect(other.dropped).toEqual({ timeout: 3 });
  });

  test('flush() waits for requests that are under way', async () => {
    let answer = (): void => {};
    await using server = await startTestServer((response) => {
      answer = () => response.end();
    });
    const tracer = makeTracer({ url: server.url, batch: { maxExportBatchSize: 1 } });
    tracer.startSpan('in flight').end();
    await server.waitFor(1);
    const report = tracer.flush();
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 1 });
    answer();
    expect(await report).toEqual({ delivered: 1, lost: 0, complete: true });
    expect(tracer.stats()).toMatchObject({ exported: 1, waiting: 0 });
  });

  test.each(['http/protobuf', 'http/json'] as const)(
    'delivers a burst of 100,000 spans whole, as %s',
    async (protocol) => {
      await using receiver = await startOtlpReceiver();
      const tracer = makeTracer({ url: receiver.url, protocol });
      for (let count = 0; count < 100_000; count++) tracer.startSpan('x', { attributes: { count } }).end();
      expect(await tracer.flush()).toEqual({ delivered: 100_000, lost: 0, complete: true });
      expect(new Set(receiver.spans.map(({ attributes }) => attributes.count)).size).toBe(100_000);
      await tracer.shutdown();
    },
    30_000, // decoding takes longer than sending, on a busy machine
  );
});

describe('partial success', () => {
  const partial = (rejectedSpans: number, errorMessage: string): object => ({
    partialSuccess: { rejectedSpans, errorMessage },
  });
  const answers: readonly (readonly [string, (message: object) => Buffer | string])[] = [
    [protobuf, (message) => encode('ExportTraceServiceResponse', message)],
    [json, (message) => JSON.stringify(message)],
    // The form of the specification: 64-bit integers as strings.
    [
      `${json}; charset=utf-8`,
      (message) => JSON.stringify(message).replace(/"rejectedSpans":(\d+)/, '"rejectedSpans":"$1"'),
    ],
  ];

  test.each(answers)('as %s is counted and reported, and not retried', async (contentType, write) => {
    const { report, stats, lines, requests } = await sendThree((response) => {
      response.setHeader('content-type', contentType).end(write(partial(2, 'names are too short')));
    });
    expect(report).toEqual({
      delivered: 1,
      lost: 2,
      complete: true,
      reasons: { rejected: 2 },
      lastError: 'names are too short',
    });
    expect(stats).toMatchObject({ exported: 1, dropped: { rejected: 2 }, diagnostics: { 'export-partial': 1 } });
    expect(stats.lastExportError?.message).toBe('names are too short');
    expect(lines).toEqual(['waymark warn: the collector rejected some of the spans it was sent: names are too short']);
    expect(requests).toHaveLength(1);
  });

  test.each(answers)('as %s with nothing rejected is a warning', async (contentType, write) => {
    const { stats, lines } = await sendThree((response) => {
      response.setHeader('content-type', contentType).end(write(partial(0, 'old version')));
    });
    expect(stats).toMatchObject({ exported: 3, dropped: {} });
    expect(lines).toEqual([expect.stringMatching(/^waymark warn: the collector accepted the spans.*: old version$/)]);
  });

  test.each(answers)('as %s without contents is a full success', async (contentType, write) => {
    const { stats, lines } = await sendThree((response) =>
      response.setHeader('content-type', contentType).end(write({})),
    );
    expect(stats).toMatchObject({ exported: 3, dropped: {}, lastExportError: undefined });
    expect(lines).toEqual([]);
  });

  test.each([
    [protobuf, Buffer.from('ffffffff', 'hex')],
    [protobuf, Buffer.from('0a05', 'hex')],
    [json, 'null'],
    [json, '{"partialSuccess":{"rejectedSpans":"many"}}'],
  ])('as unreadable %s is a full success', async (contentType, body) => {
    const { stats } = await sendThree((response) => response.setHeader('content-type', contentType).end(body));
    expect(stats).toMatchObject({ exported: 3, dropped: {} });
  });

  test.each([4, 1e15])('of %d spans in a request of three counts as three', async (rejectedSpans) => {
    const { stats } = await sendThree((response) => {
      response.setHeader('content-type', json).end(JSON.stringify(partial(rejectedSpans, '')));
    });
    expect(stats).toMatchObject({ exported: 0, dropped: { rejected: 3 } });
  });
});

describe('a refusal', () => {
  const status = { code: 3, message: 'invalid trace id' };

  test.each([
    [protobuf, encode('Status', status)],
    [json, JSON.stringify(status)],
    ['text/plain; charset=utf-8', 'invalid trace id\n'],
  ])('with a status as %s is counted, and reported with its message', async (contentType, body) => {
    const { report, stats, lines, requests, origin } = await sendThree((response) => {
      response.writeHead(400, { 'content-type': contentType }).end(body);
    });
    const message = `${origin}: HTTP 400: invalid trace id`;
    expect(report).toEqual({
      delivered: 0,
      lost: 3,
      complete: true,
      reasons: { 'http-400': 3 },
      lastError: message,
    });
    expect(stats.dropped).toEqual({ 'http-400': 3 });
    expect(stats.lastExportError).toEqual({ message, timeMs: expect.any(Number) });
    expect(lines).toEqual([`waymark warn: spans could not be delivered: ${message}`]);
    expect(requests).toHaveLength(1);
  });

  test.each([
    [protobuf, Buffer.from('ffff', 'hex')],
    [json, '<html>'],
    ['text/html', '<html>'],
  ])('with a body as %s without a message is reported with its status', async (contentType, body) => {
    const { stats, origin } = await sendThree((response) =>
      response.writeHead(500, { 'content-type': contentType }).end(body),
    );
    expect(stats.lastExportError?.message).toBe(`${origin}: HTTP 500`);
  });
});

test('an outage is reported at its first failure, and its spans arrive later', async () => {
  let isDown = true;
  await using server = await startTestServer((response) => response.writeHead(isDown ? 503 : 200).end());
  const lines: string[] = [];
  const tracer = makeTracer({ url: server.url }, lines);
  tracer.startSpan('x').end();
  const flushed = tracer.flush();
  await server.waitFor(1);
  isDown = false;
  expect(await flushed).toEqual({ delivered: 1, lost: 0, complete: true });
  expect(lines).toEqual([
    expect.stringMatching(/^waymark warn: sending spans failed, and will be tried again: .*HTTP 503$/),
  ]);
});
