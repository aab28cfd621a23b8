import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Respond, startTestServer } from '../../test/test-server.ts';
import { createTracer } from '../create-tracer.ts';
import { otlpExporter } from '../otlp/otlp-exporter.ts';
import { startOtlpReceiver } from '../testing/otlp-receiver.ts';
import { startZipkinReceiver } from '../testing/zipkin-receiver.ts';
import type { Tracer } from '../tracer.ts';
import { version } from '../version.ts';
import { zipkinExporter } from './zipkin-exporter.ts';
import type { ZipkinExporterOptions } from './zipkin-options.ts';
import { readZipkinSpans } from './zipkin-span.ts';

const accepted: Respond = (response) => response.writeHead(202).end();

function makeTracer(options: ZipkinExporterOptions, lines: string[] = []): Tracer {
  return createTracer({
    serviceName: 'orders',
    exporter: zipkinExporter({ env: {}, ...options }),
    flushOnExit: false,
    env: {},
    log: (line) => lines.push(line),
  });
}

/** Ends three spans and flushes, to a server with the given answer. */
async function sendThree(respond: Respond, options: ZipkinExporterOptions = {}) {
  await using server = await startTestServer(respond);
  const lines: string[] = [];
  const tracer = makeTracer({ url: server.url, ...options }, lines);
  for (const name of ['a', 'b', 'c']) tracer.startSpan(name).end();
  const report = await tracer.flush();
  return { report, stats: tracer.stats(), lines, requests: server.requests, origin: new URL(server.url).origin };
}

describe('zipkinExporter', () => {
  test('sends a trace to a receiver', async () => {
    await using receiver = await startZipkinReceiver();
    const tracer = makeTracer({ url: receiver.url });
    tracer.withSpan('GET /users/:id', { kind: 'server' }, () => tracer.withSpan('load', () => {}));
    expect(await tracer.flush()).toEqual({ delivered: 2, lost: 0, complete: true });
    const [child, parent] = receiver.spans;
    expect(receiver.spans.map(({ name }) => name)).toEqual(['load', 'GET /users/:id']);
    expect(child).toMatchObject({ traceId: parent?.traceId, parentId: parent?.id });
    expect(tracer.stats()).toMatchObject({ ended: 2, exported: 2, waiting: 0, dropped: {} });
  });

  test('names itself and its format in the headers', async () => {
    const { requests } = await sendThree(accepted, { headers: { authorization: 'Bearer sesame' } });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      headers: {
        authorization: 'Bearer sesame',
        'content-type': 'application/json',
        'user-agent': `Waymark-Zipkin-Exporter/${version}`,
      },
    });
    const body = requests[0]?.body ?? Buffer.alloc(0);
    expect(readZipkinSpans(body).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('compresses', async () => {
    const { requests } = await sendThree(accepted, { compression: 'gzip' });
    expect(requests[0]?.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(readZipkinSpans(gunzipSync(requests[0]?.body ?? ''))).toHaveLength(3);
  });

  test('is set up by the environment', async () => {
    await using receiver = await startZipkinReceiver();
    const env = {
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: receiver.url,
      OTEL_EXPORTER_ZIPKIN_TIMEOUT: '1234',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
    };
    const tracer = createTracer({ serviceName: 'orders', flushOnExit: false, env });
    for (let count = 0; count < 3; count++) tracer.startSpan('x').end();
    expect(await tracer.flush()).toMatchObject({ delivered: 3, lost: 0 });
    expect(receiver.spans).toHaveLength(3);
    const settings = tracer.describeSettings();
    expect(settings).toMatch(/^zipkin\.url +http.*\(OTEL_EXPORTER_ZIPKIN_ENDPOINT\)$/m);
    expect(settings).toMatch(/^zipkin\.timeoutMs +1234 +\(OTEL_EXPORTER_ZIPKIN_TIMEOUT\)$/m);
  });

  test('uses the address and the time limit of the specification by default', () => {
    const { origins } = zipkinExporter({ env: {} });
    expect(origins?.slice(0, 4)).toEqual([
      { name: 'url', value: 'http://localhost:9411/api/v2/spans', from: 'default' },
      { name: 'headers', value: 'none', from: 'default' },
      { name: 'compression', value: 'none', from: 'default' },
      { name: 'timeoutMs', value: '10000', from: 'default' },
    ]);
  });

  test('ignores a variable that it cannot read, and reports it without possible secrets', () => {
    const lines: string[] = [];
    makeTracer({ env: { OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'me:secret@zipkin:9411' } }, lines);
    expect(lines).toEqual([
      'waymark warn: OTEL_EXPORTER_ZIPKIN_ENDPOINT=REDACTED@zipkin:9411 was ignored: it must be an http or https URL, such as http://localhost:9411/api/v2/spans',
    ]);
  });

  test.each<[object, string]>([
    [
      { url: 'zipkin:9411' },
      'url must be an http or https URL, such as http://zipkin:9411/api/v2/spans, got zipkin:9411. Leave it out to use http://localhost:9411/api/v2/spans. (WAYMARK_INVALID_OPTION)',
    ],
    [
      { compression: 'br' },
      'compression must be one of none, gzip, got "br". Leave it out to use none. (WAYMARK_INVALID_OPTION)',
    ],
    [{ headers: { 'a b': 'c' } }, 'headers must be names and values that HTTP allows, got a b. '],
    [{ endpoint: 'http://x' }, 'There is no option endpoint. Did you mean url?'],
    [{ protocol: 'http/json' }, 'There is no option protocol. '],
  ])('refuses %j', (options, message) => {
    expect(() => zipkinExporter({ env: {}, ...options })).toThrow(message);
  });

  test('sends over TLS to a server that the certificate has signed', async () => {
    const [key, cert] = ['key.pem', 'certificate.pem'].map((name) =>
      readFileSync(join(__dirname, '../../test/tls', name)),
    );
    await using server = await startTestServer(accepted, { key, cert });
    const trusting = makeTracer({ url: server.url, certificate: cert });
    trusting.startSpan('x').end();
    expect(await trusting.flush()).toMatchObject({ delivered: 1, lost: 0 });
    const other = makeTracer({ url: server.url });
    other.startSpan('x').end();
    await other.flush({ timeoutMs: 500 });
    expect(other.stats()).toMatchObject({ waiting: 1, dropped: {} }); // certificates are renewed
    expect(other.stats().lastExportError?.message).toContain('the certificate option of zipkinExporter()');
  });

  test('retries while Zipkin is busy, and reports what it refuses, without secrets', async () => {
    const { report } = await sendThree((response, _request, index) =>
      response.writeHead(index === 0 ? 503 : 202).end(),
    );
    expect(report).toEqual({ delivered: 3, lost: 0, complete: true });
    const refuse: Respond = (response, { headers }) =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`Cannot decode spans of ${headers.authorization}`);
    const { stats, requests, origin } = await sendThree(refuse, { headers: { authorization: 'Bearer open-sesame' } });
    expect(requests).toHaveLength(1);
    expect(stats.dropped).toEqual({ 'http-400': 3 });
    expect(stats.lastExportError?.message).toBe(`${origin}: HTTP 400: Cannot decode spans of REDACTED`);
  });

  test.each<[string, string, string]>([
    ['application/json', '{"message":"no such tenant"}', ': no such tenant'],
    ['application/json', '{"error":"no"}', ': no'],
    ['application/json', '{"code":7}', ': {"code":7}'],
    ['application/json', 'no JSON', ': no JSON'],
    ['text/*', ' 404 Not Found ', ': 404 Not Found'],
    ['text/html', '<html>', ''],
    ['text/plain', '', ''],
  ])('reads the message of an error in %s, %j', async (contentType, body, text) => {
    const { stats, origin } = await sendThree((response) =>
      response.writeHead(404, { 'content-type': contentType }).end(body),
    );
    expect(stats.lastExportError?.message).toBe(
      `${origin}: HTTP 404${text} (nothing accepts traces at this path: it is usually /api/v2/spans)`,
    );
  });

  test('limits a request by the shorter of both time limits', async () => {
    const { stats } = await sendThree(() => {}, { timeoutMs: 60_000, batch: { exportTimeoutMs: 100, maxAgeMs: 100 } });
    expect(stats.dropped).toEqual({ timeout: 3 });
  });

  test('ignores the body of a successful answer', async () => {
    const { report } = await sendThree((response) =>
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"partialSuccess":{"rejectedSpans":"2"}}'),
    );
    expect(report).toEqual({ delivered: 3, lost: 0, complete: true });
  });

  test('sends one request for each service that shares it', async () => {
    await using receiver = await startZipkinReceiver();
    const exporter = zipkinExporter({ url: receiver.url, env: {} });
    const tracers = ['one', 'two'].map((serviceName) =>
      createTracer({ serviceName, exporter, flushOnExit: false, env: {} }),
    );
    for (const tracer of tracers) tracer.startSpan('x').end();
    await tracers[0]?.flush();
    expect(receiver.spans.map(({ localEndpoint }) => localEndpoint?.serviceName).sort()).toEqual(['one', 'two']);
  });

  test('sends the same spans as OTLP does', async () => {
    await using zipkin = await startZipkinReceiver();
    await using otlp = await startOtlpReceiver();
    const tracer = createTracer({
      serviceName: 'orders',
      exporter: [zipkinExporter({ url: zipkin.url, env: {} }), otlpExporter({ url: otlp.url, env: {} })],
      flushOnExit: false,
      env: {},
    });
    tracer.withSpan('GET /orders', { kind: 'server', attributes: { 'http.request.method': 'GET' } }, (span) => {
      span.addEvent('cache miss');
      tracer.withSpan('query', { kind: 'client', attributes: { 'server.address': 'db' } }, () => {});
      span.setStatus({ code: 'error', message: 'too late' });
    });
    await tracer.flush();
    const fromZipkin = zipkin.spans.map((span) => ({
      name: span.name,
      kind: (span.kind ?? 'INTERNAL').toLowerCase(),
      ids: [span.traceId, span.id, span.parentId],
      startUs: span.timestamp,
      events: span.annotations?.map(({ value, timestamp }) => [value, timestamp]) ?? [],
      method: span.tags?.['http.request.method'],
      error: span.tags?.error,
      service: span.localEndpoint?.serviceName,
    }));
    const fromOtlp = otlp.spans.map((span) => ({
      name: span.name,
      kind: span.kind,
      ids: [span.traceId, span.spanId, span.parentSpanId],
      startUs: Math.round(span.startMs * 1000),
      events: span.events.map(({ name, timeMs }) => [name, Math.round(timeMs * 1000)]),
      method: span.attributes['http.request.method'],
      error: span.status.message,
      service: span.resource.attributes['service.name'],
    }));
    expect(fromZipkin).toEqual(fromOtlp);
    expect(fromZipkin).toHaveLength(2);
  });
});
