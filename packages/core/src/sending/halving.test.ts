// Batches that are too large for the receiver: a real server with a limit, all three formats, in memory and on disk.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Respond, startTestServer } from '../../test/test-server.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanExporter } from '../exporter.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import { otlpExporter } from '../otlp/otlp-exporter.ts';
import type { OtlpExporterOptions } from '../otlp/otlp-options.ts';
import type { Tracer } from '../tracer.ts';
import { zipkinExporter } from '../zipkin/zipkin-exporter.ts';
import { readZipkinSpans } from '../zipkin/zipkin-span.ts';

type Options = Pick<OtlpExporterOptions, 'url' | 'spool' | 'batch'>;

const otlpNames = (body: Buffer, type: string): string[] => decodeTraceRequest(type, body).map(({ name }) => name);
const formats: readonly [string, (options: Options) => SpanExporter, (body: Buffer, type: string) => string[]][] = [
  ['OTLP in protobuf', (options) => otlpExporter({ env: {}, ...options }), otlpNames],
  ['OTLP in JSON', (options) => otlpExporter({ env: {}, protocol: 'http/json', ...options }), otlpNames],
  [
    'Zipkin',
    (options) => zipkinExporter({ env: {}, ...options }),
    (body) => readZipkinSpans(body).map(({ name = '' }) => name),
  ],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-halving-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeTracer(exporter: SpanExporter, lines: string[] = []): Tracer {
  const resource = { 'host.name': 'a "spans":[{},{}] \\' };
  return createTracer({
    serviceName: 'orders',
    resource,
    exporter,
    flushOnExit: false,
    env: {},
    log: (line) => lines.push(line),
  });
}

/** Spans of three scopes, whose strings contain brackets, quotes and commas. */
function endSpans(tracer: Tracer, count: number, prefix = 'span'): string[] {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index} ",{[\\"é€`);
  for (const [index, name] of names.entries()) {
    const scoped = index % 3 === 0 ? tracer : tracer.withScope(`scope ${index % 3} "spans":[`);
    const span = scoped.startSpan(name, { attributes: { list: ['a,b', '}]'], text: '\\", {"name":"x"},' } });
    span.addEvent('event', { nested: '[{' });
    span.end();
  }
  return names;
}

function limit(maxBytes: number, status = 413, said = ''): Respond {
  return (response, { body }) =>
    response.writeHead(body.length > maxBytes ? status : 202).end(body.length > maxBytes ? said : '');
}

describe.each(formats)('a batch that is too large, as %s', (_format, makeExporter, namesIn) => {
  test.each([false, true])('is halved until it fits, with all spans once (spool: %s)', async (hasSpool) => {
    await using server = await startTestServer(limit(6000));
    const lines: string[] = [];
    const spool = hasSpool ? { directory: folder } : undefined;
    const tracer = makeTracer(makeExporter({ url: server.url, spool }), lines);
    const names = endSpans(tracer, 101);
    expect(await tracer.shutdown()).toEqual({ delivered: 101, lost: 0, complete: true });
    const taken = server.requests.filter(({ body }) => body.length <= 6000);
    const received = taken.flatMap(({ body, headers }) => namesIn(body, headers['content-type'] ?? ''));
    expect(received.sort()).toEqual(names.sort());
    expect(server.requests.length).toBeLessThan(2 * taken.length); // a tree of halves
    expect(lines[0]).toMatch(
      /^waymark warn: sending spans failed, and will be tried again: .*HTTP 413 \(the request is too big/,
    );
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });

  test('is halved down to one span, and only that span is lost', async () => {
    await using server = await startTestServer(limit(6000));
    const tracer = makeTracer(makeExporter({ url: server.url }));
    endSpans(tracer, 20);
    tracer.startSpan('giant', { attributes: { text: 'x'.repeat(10_000) } }).end();
    endSpans(tracer, 20, 'more');
    expect(await tracer.flush()).toMatchObject({ delivered: 40, lost: 1, complete: true, reasons: { 'http-413': 1 } });
    expect(tracer.stats()).toMatchObject({ ended: 41, exported: 40, waiting: 0, dropped: { 'http-413': 1 } });
  });

  test('takes a bounded number of requests if nothing fits', async () => {
    await using server = await startTestServer(limit(0));
    const tracer = makeTracer(makeExporter({ url: server.url }));
    endSpans(tracer, 64);
    expect(await tracer.flush()).toMatchObject({ delivered: 0, lost: 64, complete: true });
    expect(server.requests).toHaveLength(127);
  });

  test('is halved too if an earlier process has left it', async () => {
    const spool = { directory: folder };
    const before = makeTracer(makeExporter({ url: 'http://127.0.0.1:1/', spool }));
    const names = endSpans(before, 51);
    expect(await before.shutdown()).toMatchObject({ delivered: 0, lost: 0, spooled: 51 });
    await using server = await startTestServer(limit(6000));
    const tracer = makeTracer(makeExporter({ url: server.url, spool }));
    while (tracer.stats().replayed < 51) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(tracer.stats()).toMatchObject({
      exported: 0,
      exporters: [{ replay: { delivered: 51, dropped: {}, isComplete: true } }],
    });
    await tracer.shutdown();
    const taken = server.requests.filter(({ body }) => body.length <= 6000);
    expect(taken.flatMap(({ body, headers }) => namesIn(body, headers['content-type'] ?? '')).sort()).toEqual(
      names.sort(),
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

const [[, makeOtlp]] = formats as readonly [(typeof formats)[0]];

test.each<[number, string]>([
  [400, 'http: request body too large'],
  [500, 'grpc: received message larger than max (5000000 vs. 4194304)'],
  [429, 'grpc: received message larger than max (5000000 vs. 4194304)'],
])('status %i that says it is too large counts as such', async (status, said) => {
  await using server = await startTestServer(limit(6000, status, said));
  const tracer = makeTracer(makeOtlp({ url: server.url }));
  endSpans(tracer, 60);
  expect(await tracer.flush()).toEqual({ delivered: 60, lost: 0, complete: true });
});

test('halves wait like any batch while the receiver is busy, and survive the process', async () => {
  const spool = { directory: folder };
  await using server = await startTestServer((response, _request, index) =>
    response.writeHead(index === 0 ? 413 : index % 2 === 0 ? 202 : 503).end(),
  );
  const tracer = makeTracer(makeOtlp({ url: server.url, spool }));
  const names = endSpans(tracer, 10);
  const { delivered, spooled = 0 } = await tracer.shutdown();
  expect([delivered + spooled, spooled > 0]).toEqual([10, true]);
  await using next = await startTestServer();
  const other = makeTracer(makeOtlp({ url: next.url, spool }));
  while (other.stats().replayed < spooled) await new Promise((resolve) => setTimeout(resolve, 5));
  await other.shutdown();
  const first = server.requests.filter((_request, index) => index > 0 && index % 2 === 0);
  const received = [...first, ...next.requests].flatMap(({ body, headers }) =>
    otlpNames(body, headers['content-type'] ?? ''),
  );
  expect(received.sort()).toEqual(names.sort());
});

test('a flush waits for all halves', async () => {
  let answer = (): void => {};
  await using server = await startTestServer((response, _request, index) => {
    if (index === 0) response.writeHead(413).end();
    else if (index === 1) response.end();
    else answer = () => response.end();
  });
  const tracer = makeTracer(makeOtlp({ url: server.url }));
  endSpans(tracer, 4);
  let isFlushed = false;
  const flushed = tracer.flush().then((report) => {
    isFlushed = true;
    return report;
  });
  await server.waitFor(3);
  while (tracer.stats().exported < 2) await new Promise((resolve) => setTimeout(resolve, 2));
  expect([isFlushed, tracer.stats()]).toMatchObject([false, { exported: 2, waiting: 2 }]);
  answer();
  expect(await flushed).toEqual({ delivered: 4, lost: 0, complete: true });
});
