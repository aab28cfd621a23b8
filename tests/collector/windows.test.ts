// Windows of time in each query API: a span with a wrong clock hides its trace from none of them.
import { type Collector, startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

let collector: Collector;
const nowMs = Date.now();
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const early = '1'.repeat(32);
const long = '2'.repeat(32);

beforeAll(async () => {
  collector = await startCollector({ port: 0 });
  const resourceSpans = [
    of(
      'gateway',
      span(early, '1', nowMs - minuteMs, nowMs - minuteMs + 50, { kind: 2 }),
      span(early, '2', nowMs - minuteMs + 5, nowMs - minuteMs + 45, { kind: 3, parentSpanId: id('1') }),
    ),
    // The clock is two hours behind.
    of(
      'orders',
      span(early, '3', nowMs - minuteMs - 2 * hourMs, nowMs - minuteMs - 2 * hourMs + 20, {
        kind: 2,
        parentSpanId: id('2'),
        status: { code: 2 },
      }),
    ),
    of('batch', span(long, '4', nowMs - 3 * hourMs, nowMs - 30_000), span(long, '5', nowMs - 3 * hourMs, undefined)),
  ];
  const headers = { 'content-type': 'application/json' };
  const answer = await rawRequest(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ resourceSpans }),
  });
  expect(answer.status).toBe(200);
});
afterAll(() => collector.close());

const apis: Readonly<Record<string, (service: string, startMs: number, endMs: number) => Promise<string[]>>> = {
  'the list': async (service, startMs, endMs) => {
    const { traces } = await ask(`/waymark/traces?query=service:${service}&startMs=${startMs}&endMs=${endMs}`);
    return traces.map(({ traceId }: { traceId: string }) => traceId);
  },
  'the scatter': async (service, startMs, endMs) =>
    (await ask(`/waymark/scatter?query=service:${service}&startMs=${startMs}&endMs=${endMs}`)).traceIds,
  "Jaeger's API v1": async (service, startMs, endMs) => {
    const { data } = await ask(`/api/traces?service=${service}&start=${startMs * 1000}&end=${endMs * 1000}`);
    return data.map(({ traceID }: { traceID: string }) => traceID);
  },
  "Jaeger's API v3": async (service, startMs, endMs) => {
    const time = (ms: number) => new Date(ms).toISOString();
    const answer = await rawRequest(
      `${collector.url}/api/v3/traces?query.service_name=${service}&query.start_time_min=${time(startMs)}&query.start_time_max=${time(endMs)}`,
    );
    return [...new Set(answer.text.match(/(?<="traceId":")\w{32}/g))];
  },
  "Zipkin's API v2": async (service, startMs, endMs) => {
    const traces = await ask(`/api/v2/traces?serviceName=${service}&endTs=${endMs}&lookback=${endMs - startMs}`);
    return traces.map((spans: { traceId: string }[]) => spans[0]?.traceId);
  },
};

describe.each(Object.keys(apis))('%s', (name) => {
  const found = apis[name] as (typeof apis)[string];

  test('finds a trace in the windows of its spans, and in no others', async () => {
    for (const service of ['gateway', 'orders']) {
      expect(await found(service, nowMs - 5 * minuteMs, nowMs)).toEqual([early]);
      expect(await found(service, nowMs - 125 * minuteMs, nowMs - 120 * minuteMs)).toEqual([early]);
      expect(await found(service, nowMs - 90 * minuteMs, nowMs - 60 * minuteMs)).toEqual([]);
    }
  });

  test('finds a trace that lasts longer than the window', async () => {
    expect(await found('batch', nowMs - 90 * minuteMs, nowMs - 60 * minuteMs)).toEqual([long]);
    expect(await found('batch', nowMs - 10_000, nowMs)).toEqual([]);
  });
});

test('the errors and the filters of a window come from its traces', async () => {
  const window = `startMs=${nowMs - 5 * minuteMs}&endMs=${nowMs}`;
  const { groups } = await ask(`/waymark/errors?${window}`);
  expect(groups).toMatchObject([{ services: ['orders'], samples: [{ traceId: early }] }]);
  expect(await ask(`/waymark/facets?${window}`)).toMatchObject({ traceCount: 2 });
});

test('each API returns an unfinished span as unfinished', async () => {
  const { spans } = await ask(`/waymark/traces/${long}`);
  expect(spans[1]).toMatchObject({ spanId: id('5'), endTimeUnixNano: '0' });
  const { data } = await ask(`/api/traces/${long}`);
  expect(data[0].spans[1]).toMatchObject({
    duration: 0,
    warnings: ['This span is unfinished: it has no end time.'],
  });
  const [, zipkin] = await ask(`/api/v2/trace/${long}`);
  expect(zipkin).toMatchObject({ id: id('5') });
  expect(zipkin).not.toHaveProperty('duration');
});

function of(service: string, ...spans: object[]): object {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return { resource: { attributes }, scopeSpans: [{ spans }] };
}

function span(traceId: string, spanId: string, startMs: number, endMs: number | undefined, more: object = {}): object {
  return {
    traceId,
    spanId: id(spanId),
    name: `span ${spanId}`,
    kind: 1,
    startTimeUnixNano: `${startMs}000000`,
    ...(endMs !== undefined && { endTimeUnixNano: `${endMs}000000` }),
    ...more,
  };
}

function id(text: string): string {
  return text.padStart(16, '0');
}

// The data comes from outside, and is compared as a whole: a missing field fails the comparison.
// biome-ignore lint/suspicious/noExplicitAny: data from outside
async function ask(path: string): Promise<any> {
  const { status, text } = await rawRequest(collector.url + path);
  expect([path, status]).toEqual([path, 200]);
  return JSON.parse(text);
}
