// One odd span: the part that is kept, the message to its sender, and every screen, which must still work.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const now = Date.now();
const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

function request(span: object, resource: readonly object[] = []): string {
  const times = { startTimeUnixNano: `${now - 50}000000`, endTimeUnixNano: `${now}000000` };
  const own = { traceId, spanId: '1'.repeat(16), name: 'GET /', kind: 2, ...times, ...span };
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans: [own] }] }] });
}

// Names of properties of every object.
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', ''];

const odd: readonly (readonly [string, () => string])[] = [
  [
    '200,000 attributes',
    () => request({ attributes: Array.from({ length: 200_000 }, (_, at) => text(`k${at}`, 'v')) }),
  ],
  ['a name of 20 MB', () => request({ name: 'n'.repeat(20_000_000) })],
  ['a service with a name of 5 MB', () => request({}, [text('service.name', 's'.repeat(5_000_000))])],
  ['a value of 20 MB', () => request({ attributes: [text('sql', '€'.repeat(7_000_000))] })],
  [
    'a list of 100,000 items',
    () => {
      const values = Array.from({ length: 100_000 }, (_, intValue) => ({ intValue }));
      return request({ attributes: [{ key: 'list', value: { arrayValue: { values } } }] });
    },
  ],
  [
    '50,000 events with stacks',
    () => {
      const event = {
        name: 'exception',
        attributes: [text('exception.type', 'Error'), text('exception.stacktrace', 'at x')],
      };
      return request({ status: { code: 2 }, events: Array.from({ length: 50_000 }, () => event) });
    },
  ],
];

const screens = [
  '/waymark/traces',
  '/waymark/scatter',
  '/waymark/facets',
  '/waymark/operations',
  '/waymark/map',
  '/waymark/errors',
  '/waymark/services',
  '/waymark/complete?key=service',
  '/waymark/complete?key=name',
  `/waymark/traces/${traceId}`,
  `/waymark/traces/${traceId}/outline`,
  `/waymark/traces/${traceId}/otlp.json`,
  `/waymark/traces/${traceId}/share.html`,
  `/waymark/traces/${traceId}/spans/${'1'.repeat(16)}`,
  `/waymark/traces/${traceId}/search?query=constructor`,
  '/api/services',
  `/api/traces/${traceId}`,
  `/api/v3/traces/${traceId}`,
  '/api/v2/services',
  `/api/v2/trace/${traceId}`,
];

// The limit for one span. A page includes its script.
const maxAnswerBytes = 1_500_000;

describe.each(['in memory', 'in a file'])('%s', (where) => {
  let folder: string;
  let collector: Collector;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waymark-odd-'));
    collector = await startCollector({ port: 0, ...(where === 'in a file' && { path: join(folder, 'traces.db') }) });
  });
  afterEach(async () => {
    await collector.close();
    rmSync(folder, { recursive: true });
  });

  async function send(
    body: string,
  ): Promise<{ status: number; answer: { partialSuccess?: Readonly<Record<string, string>> } }> {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await rawRequest(`${collector.url}/v1/traces`, { method: 'POST', headers, body });
    return { status, answer: JSON.parse(text) };
  }

  async function askAll(): Promise<object[]> {
    const answers: object[] = [];
    for (const path of screens) {
      const { status, text } = await rawRequest(collector.url + path);
      answers.push({ path, status, isSmall: text.length < maxAnswerBytes });
    }
    return answers;
  }

  const allFine = screens.map((path) => ({ path, status: 200, isSmall: true }));

  test.each(odd)('a span with %s is kept in part, and every screen works', async (_, make) => {
    const { status, answer } = await send(make());
    expect(status).toBe(200);
    expect(answer.partialSuccess).toEqual({
      rejectedSpans: '0',
      errorMessage: expect.stringMatching(/^Some spans exceed the limits, and were stored without: /),
    });
    expect(await askAll()).toEqual(allFine);
    const { received, refusals } = JSON.parse((await rawRequest(`${collector.url}/waymark/status`)).text);
    expect(received).toMatchObject({ spans: 1, rejectedSpans: 0, cutSpans: 1, refusedRequests: 0 });
    expect(refusals).toMatchObject([{ path: '/v1/traces', status: 200, message: answer.partialSuccess?.errorMessage }]);
  });

  test('names of properties of every object work as keys, services and spans', async () => {
    for (const name of names.filter((name) => name !== '')) {
      const attributes = names.map((key) => text(key, name));
      const events = [{ name, attributes }];
      const span = { name, attributes, events, status: { code: 2 }, spanId: `${names.indexOf(name) + 1}`.repeat(16) };
      expect(await send(request(span, [text('service.name', name), ...attributes]))).toEqual({
        status: 200,
        answer: {},
      });
    }
    expect(await askAll()).toEqual(allFine);
    const { services } = JSON.parse((await rawRequest(`${collector.url}/waymark/services`)).text);
    expect(services.toSorted()).toEqual(names.filter((name) => name !== '').toSorted());
    for (const name of names.filter((name) => name !== '')) {
      const query = new URLSearchParams({ query: `"${name}":${name} service:${name}` });
      const { traces } = JSON.parse((await rawRequest(`${collector.url}/waymark/traces?${query}`)).text);
      expect(traces).toMatchObject([{ traceId, spanCount: 5 }]);
    }
    const { spans } = JSON.parse((await rawRequest(`${collector.url}/waymark/traces/${traceId}`)).text);
    for (const span of spans) expect(Object.keys(span.attributes)).toEqual(names);
  });
});
