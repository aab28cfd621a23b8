// The query API as scripts use it: wrong requests are explained, and traces are found.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Collector, startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ port: 0 });
});
afterAll(() => collector.close());

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const now = Date.now();

function span(index: number, more: object = {}): object {
  return {
    traceId,
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: `step ${index}`,
    kind: 2,
    startTimeUnixNano: `${now + index}000000`,
    endTimeUnixNano: `${now + index + 10}000000`,
    attributes: [{ key: 'step', value: { intValue: index } }],
    ...more,
  };
}

function requestOf(spans: readonly object[], service = 'users'): object {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

async function ask(path: string): Promise<{ status: number; body: unknown }> {
  const { status, text } = await rawRequest(collector.url + path);
  return { status, body: text === '' ? undefined : JSON.parse(text) };
}

async function importFile(content: unknown): Promise<{ status: number; body: unknown }> {
  const body = content instanceof Uint8Array ? content : JSON.stringify(content);
  const { status, text } = await rawRequest(`${collector.url}/waymark/import`, { method: 'POST', body });
  return { status, body: JSON.parse(text) };
}

describe('a file', () => {
  test('is imported, and the response describes it', async () => {
    expect(await importFile(requestOf([span(0), span(1), span(2, { spanId: 'x' })]))).toEqual({
      status: 200,
      body: {
        format: 'otlp',
        spanCount: 2,
        traceIds: [traceId],
        rejectedSpans: 1,
        message: 'spanId must be 16 hex digits, not all 0, got "x" (1)',
      },
    });
  });

  test('may be compressed', async () => {
    const file = gzipSync(JSON.stringify(requestOf([span(0), span(1)])));
    expect(await importFile(file)).toMatchObject({ status: 200, body: { spanCount: 2 } });
  });

  test.each(['otlp.json', ''])('that was exported as %j is imported unchanged', async (ending) => {
    const path = ending === '' ? `/api/traces/${traceId}` : `/waymark/traces/${traceId}/${ending}`;
    const before = await ask(`/waymark/traces/${traceId}`);
    const exported = await ask(path);
    await rawRequest(`${collector.url}/waymark/traces`, { method: 'DELETE' });
    expect((await ask(`/waymark/traces/${traceId}`)).status).toBe(404);
    await importFile(exported.body);
    expect(await ask(`/waymark/traces/${traceId}`)).toEqual(before);
  });

  test('of unknown form is refused, with the known forms', async () => {
    expect(await importFile({})).toEqual({
      status: 400,
      body: {
        status: 400,
        message:
          'This JSON has no known form of traces: OTLP has resourceSpans, Tempo batches, Jaeger data, Waymark spans, and Zipkin is a list of spans.',
      },
    });
  });
});

describe('about a trace', () => {
  test('its outline, its spans and its matches have the same order', async () => {
    const outline = await ask(`/waymark/traces/${traceId}/outline`);
    expect(outline).toMatchObject({ status: 200, body: { traceId, names: ['step 0', 'step 1'], startMs: [0, 1] } });
    expect(await ask(`/waymark/traces/${traceId}/search?query=step:1`)).toEqual({ status: 200, body: { spans: [1] } });
    expect(await ask(`/waymark/traces/${traceId}/spans/0000000000000002`)).toMatchObject({
      status: 200,
      body: { spans: [{ name: 'step 1', attributes: { step: 1 } }], history: { p50Ms: 10 } },
    });
  });

  test('an id may be short, and in capitals', async () => {
    const short = '00000000000000000000000000ABCDEF';
    await importFile(requestOf([span(0, { traceId: short })]));
    expect(await ask('/waymark/traces/abcdef')).toMatchObject({ status: 200, body: { traceId: short.toLowerCase() } });
  });

  test('a shared page has it, without the removed values', async () => {
    const path = `/waymark/traces/${traceId}/share.html?without=step`;
    const { status, headers } = await rawRequest(collector.url + path);
    expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'attachment; filename="trace-4bf92f35.html"',
    ]);
  });
});

describe('a wrong request is explained', () => {
  test.each([
    ['/waymark/traces?startMs=yesterday', 400, /^startMs must be Unix milliseconds from 0 to \d+, got "yesterday"\.$/],
    ['/waymark/traces?startMs=2&endMs=1', 400, 'startMs must not be after endMs, got 2 and 1.'],
    ['/waymark/traces?limit=0', 400, 'limit must be a whole number from 1 to 1000, got "0".'],
    ['/waymark/traces?limit=1.5', 400, 'limit must be a whole number from 1 to 1000, got 1.5.'],
    ['/waymark/scatter?limit=1e9', 400, 'limit must be a whole number from 1 to 100000, got "1e9".'],
    ['/waymark/traces/xyz', 400, 'A trace id must be 1 to 32 hex digits, got "xyz".'],
    [`/waymark/traces/${traceId}/spans/xyz`, 400, 'A span id must be 1 to 16 hex digits, got "xyz".'],
    [
      `/waymark/traces/${'1'.repeat(32)}`,
      404,
      /^There is no trace 1{32}: it has not arrived, or was deleted to make room/,
    ],
    [`/waymark/traces/${'1'.repeat(32)}/outline`, 404, /^There is no trace 1{32}/],
    [`/waymark/traces/${'1'.repeat(32)}/share.html`, 404, /^There is no trace 1{32}/],
    [
      `/waymark/traces/${traceId}/spans/${'1'.repeat(16)}`,
      404,
      `There is no span ${'1'.repeat(16)} in trace ${traceId}.`,
    ],
    ['/waymark/operations/median?service=users', 400, 'The parameter name is missing.'],
    ['/waymark/nothing', 404, 'There is no route GET /waymark/nothing.'],
    ['/waymark/traces/%ff', 400, /./],
  ])('%s', async (path, status, message) => {
    const answer = await ask(path);
    expect(answer).toEqual({ status, body: { status, message: expect.stringMatching(message) } });
  });

  test.each([
    '/waymark/traces',
    '/waymark/scatter',
    '/waymark/facets',
    '/waymark/events',
    `/waymark/traces/${traceId}/search`,
  ])('%s with an invalid query, with the position', async (path) => {
    expect(await ask(`${path}?query=status%3Aerror+dur%3A5`)).toMatchObject({
      status: 400,
      body: { status: 400, message: expect.stringContaining('dur needs a comparison'), start: 13, end: 18 },
    });
  });
});

describe('the viewer', () => {
  const pages = [
    '/',
    '/traces',
    `/trace/${traceId}?tab=flame`,
    '/operations',
    '/map',
    '/errors',
    `/compare/${traceId}/1`,
  ];

  test.each(pages)('is at %s', async (path) => {
    const { status, headers, text } = await rawRequest(collector.url + path);
    expect([status, headers['content-type'], text.slice(0, 15)]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<!doctype html>',
    ]);
  });

  test('loads its files, and loads them again only when they have changed', async () => {
    const first = await rawRequest(`${collector.url}/app.js`);
    expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } });
    const again = { 'if-none-match': first.headers.etag ?? '' };
    expect(await rawRequest(`${collector.url}/app.js`, { headers: again })).toMatchObject({ status: 304, text: '' });
  });

  test.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/.tsbuildinfo',
    '/index.js.map',
    '/package.json',
  ])('has nothing at %s', async (path) => {
    expect((await rawRequest(collector.url, { path })).status).toBe(404);
  });
});

test('the version is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../packages/waymark/package.json'), 'utf8'));
  expect(await ask('/waymark/status')).toMatchObject({ body: { version } });
});
