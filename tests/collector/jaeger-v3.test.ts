// Version 3 of Jaeger's query API, as of Jaeger 2.19. Jaeger's page, Grafana and scripts use it.
import { type Collector, startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

let collector: Collector;
const now = Date.now();
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const other = '0af7651916cd43dd8448eb211c80319c';

function span(id: string, name: string, kind: number, startMs: number, endMs: number, more: object = {}): object {
  return {
    traceId,
    spanId: id.padStart(16, '0'),
    name,
    kind,
    startTimeUnixNano: `${startMs}000123`,
    endTimeUnixNano: `${endMs}000456`,
    ...more,
  };
}

function of(service: string, ...spans: object[]): object {
  const attributes = [
    { key: 'service.name', value: { stringValue: service } },
    { key: 'host.name', value: { stringValue: `${service}-1` } },
  ];
  return { resource: { attributes }, scopeSpans: [{ spans }] };
}

beforeAll(async () => {
  collector = await startCollector({ port: 0 });
  const attributes = [
    { key: 'http.route', value: { stringValue: '/users/:id' } },
    { key: 'http.response.status_code', value: { intValue: 500 } },
  ];
  const resourceSpans = [
    of(
      'gateway',
      span('1', 'GET /users/:id', 2, now - 100, now - 20, { attributes, status: { code: 2 } }),
      span('2', 'GET', 3, now - 90, now - 30, { parentSpanId: '1'.padStart(16, '0') }),
    ),
    of('users', span('3', 'GET /users/:id', 2, now - 80, now - 40, { parentSpanId: '2'.padStart(16, '0') })),
    of('users', span('4', 'tick', 1, now - 10, now - 9, { traceId: other, parentSpanId: 'f'.repeat(16) })),
  ];
  const answer = await rawRequest(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  expect(answer.status).toBe(200);
});
afterAll(() => collector.close());

async function ask(path: string, parameters: Readonly<Record<string, string>> = {}) {
  const { status, text } = await rawRequest(`${collector.url}${path}?${new URLSearchParams(parameters)}`);
  return { status, body: JSON.parse(text) };
}

const range = {
  'query.startTimeMin': new Date(now - 3_600_000).toISOString(),
  'query.startTimeMax': new Date(now).toISOString(),
};
const oldRange = {
  'query.start_time_min': new Date(now - 3_600_000).toISOString(),
  'query.start_time_max': new Date(now).toISOString(),
};

/** The ids of the traces that a search finds, sorted: Jaeger promises no order. */
async function find(parameters: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { body } = await ask('/api/v3/trace-summaries', parameters);
  return body.summaries.map(({ traceId }: { traceId: string }) => traceId).sort();
}

test('names services and operations', async () => {
  expect(await ask('/api/v3/services')).toEqual({ status: 200, body: { services: ['gateway', 'users'] } });
  for (const name of ['spanKind', 'span_kind']) {
    expect(await ask('/api/v3/operations', { service: 'users', [name]: 'internal' })).toEqual({
      status: 200,
      body: { operations: [{ name: 'tick', spanKind: 'internal' }] },
    });
  }
});

test('summarises traces: times as strings, zeros left out, services by name', async () => {
  const { status, body } = await ask('/api/v3/trace-summaries', range);
  expect(status).toBe(200);
  expect(body).toEqual({
    summaries: [
      {
        traceId: other,
        minStartTimeUnixNano: `${now - 10}000123`,
        maxEndTimeUnixNano: `${now - 9}000456`,
        spanCount: 1,
        orphanSpanCount: 1,
        services: [{ name: 'users', spanCount: 1 }],
      },
      {
        traceId,
        rootServiceName: 'gateway',
        rootOperationName: 'GET /users/:id',
        minStartTimeUnixNano: `${now - 100}000123`,
        maxEndTimeUnixNano: `${now - 20}000456`,
        spanCount: 3,
        errorSpanCount: 1,
        services: [
          { name: 'gateway', spanCount: 2, errorSpanCount: 1 },
          { name: 'users', spanCount: 1 },
        ],
      },
    ],
  });
});

test.each([
  ['query.serviceName', 'query.service_name', 'gateway', [traceId]],
  ['query.operationName', 'query.operation_name', 'tick', [other]],
  ['query.durationMin', 'query.duration_min', '80ms', [traceId]],
  ['query.durationMax', 'query.duration_max', '2ms', [other]],
  ['query.searchDepth', 'query.search_depth', '1', [other]],
  ['query.numTraces', 'query.num_traces', '1', [other]],
  ['query.rawTraces', 'query.raw_traces', 'true', [other, traceId]],
])('filters by %s, and by %s', async (name, oldName, value, expected) => {
  expect(await find({ ...range, [name]: value })).toEqual(expected);
  expect(await find({ ...oldRange, [oldName]: value })).toEqual(expected);
});

test.each([
  [{ 'http.route': '/users/:id' }, [traceId]],
  [{ 'http.response.status_code': '500' }, [traceId]],
  [{ 'http.response.status_code': '200' }, []],
  [{ 'http.route': '/users/:id', error: 'true' }, [traceId]],
  [{ 'http.route': '/users/:id', error: 'false' }, []],
  [{ 'host.name': 'users-1' }, [other, traceId]],
  [{ 'host.name': 'users-1', error: 'true' }, []],
  [{ 'resource.host.name': 'gateway-1' }, [traceId]],
  [{ 'resource.service.name': 'gateway' }, [traceId]],
  [{ error: 'true' }, [traceId]],
  [{ error: 'false', 'span.kind': 'INTERNAL' }, [other]],
  [{ 'span.kind': 'server' }, [traceId]],
  [{ 'span.status': 'ERROR' }, [traceId]],
  [{ 'span.status': 'OK' }, []],
  [{ __proto__: null, constructor: 'x' }, []],
])('finds by the attributes %j of one span', async (attributes, expected) => {
  expect(await find({ ...range, 'query.attributes': JSON.stringify(attributes) })).toEqual(expected);
});

test.each([
  [{ 'query.attributes[span.kind]': 'server' }, [traceId]],
  [{ 'query.attributes[host.name]': 'users-1', 'query.attributes[error]': 'true' }, []],
  [{ 'query.attributes[host.name]': 'users-1', 'query.attributes': '{"error":"true"}' }, []],
  [{ 'query.attributes[host.name]': 'nobody' }, []],
])("finds by attributes in the form of gRPC's gateway, %j", async (attributes, expected) => {
  expect(await find({ ...range, ...attributes })).toEqual(expected);
});

test('finds traces, as OTLP', async () => {
  const { body } = await ask('/api/v3/traces', {
    ...range,
    'query.serviceName': 'gateway',
    'query.durationMin': '80ms',
  });
  const { result } = body as { result: { resourceSpans: { scopeSpans: { spans: object[] }[] }[] } };
  expect(result.resourceSpans.map(({ scopeSpans }) => scopeSpans[0]?.spans.length)).toEqual([2, 1]);
  const { body: filtered } = await ask('/api/v3/traces', { ...range, 'query.attributes': '{"host.name":"nobody"}' });
  expect(filtered).toEqual({ error: { httpCode: 404, message: 'No traces found' } });
});

test.each([
  ['hex', traceId],
  ['base64', 'S/kvNXezTaajzpKdDg5HNg=='],
  ['base64 for URLs', 'S_kvNXezTaajzpKdDg5HNg'],
])('returns a trace by its id in %s', async (_, id) => {
  const { status, body } = await ask(`/api/v3/traces/${encodeURIComponent(id)}`, {
    startTime: new Date(now).toISOString(),
    rawTraces: 'true',
  });
  expect([status, body.result.resourceSpans[0].scopeSpans[0].spans[0].traceId]).toEqual([200, traceId]);
});

test('accepts the times of Grafana, which does not encode the plus of an offset', async () => {
  const east = (ms: number): string => new Date(ms + 7_200_000).toISOString().replace('Z', '+02:00');
  const ask = (min: number, max: number) =>
    rawRequest(
      `${collector.url}/api/v3/traces?query.service_name=gateway&query.start_time_min=${east(min)}&query.start_time_max=${east(max)}`,
    );
  expect((await ask(now - 60_000, now)).status).toBe(200);
  expect((await ask(now - 120_000, now - 60_000)).status).toBe(404);
});

const missing = 'query.startTimeMin and query.startTimeMax are required';
test.each([
  ['traces', { 'query.serviceName': 'users' }, 400, missing],
  ['trace-summaries', { 'query.startTimeMin': '2026' }, 400, missing],
  [
    'traces',
    { ...range, 'query.startTimeMin': '2026' },
    400,
    'malformed parameter query.startTimeMin: a time is 2026-11-25T03:00:00Z, got 2026',
  ],
  [
    'traces',
    { ...range, 'query.startTimeMin': range['query.startTimeMax'] },
    400,
    'query.startTimeMin must be before query.startTimeMax',
  ],
  [
    'traces',
    { ...range, 'query.searchDepth': '-1' },
    400,
    'malformed parameter query.searchDepth: a whole number from 1 to 1500, got -1',
  ],
  [
    'traces',
    { ...range, 'query.attributes': '{"a":1}' },
    400,
    'malformed parameter query.attributes: a JSON object of strings is expected',
  ],
  [
    'traces',
    { ...range, 'query.attributes': 'x' },
    400,
    expect.stringMatching(/^malformed parameter query.attributes: /),
  ],
  [
    'traces',
    { ...range, 'query.filter': '{"op":"eq"}' },
    400,
    'query.filter is not supported: use query.attributes and the other parameters.',
  ],
  [
    'traces',
    { ...range, 'query.rawTraces': 'maybe' },
    400,
    'malformed parameter query.rawTraces: true or false, got maybe',
  ],
  ['traces', { ...range, 'query.serviceName': 'nobody' }, 404, 'No traces found'],
  [`traces/${'1'.repeat(32)}`, {}, 404, 'No traces found'],
  [
    `traces/${traceId}`,
    { startTime: 'yesterday' },
    400,
    'malformed parameter startTime: a time is 2026-11-25T03:00:00Z, got yesterday',
  ],
  ['operations', {}, 400, "parameter 'service' is required"],
])('reports what is wrong in %s with %j', async (path, parameters, status, message) => {
  expect(await ask(`/api/v3/${path}`, parameters)).toEqual({ status, body: { error: { httpCode: status, message } } });
});

test('a search by version 1 accepts the same tags', async () => {
  const ids = async (tags: object): Promise<readonly string[]> => {
    const { body } = await ask('/api/traces', { service: 'gateway', tags: JSON.stringify(tags) });
    return (body.data as { traceID: string }[]).map(({ traceID }) => traceID);
  };
  expect(await ids({ 'span.status': 'ERROR' })).toEqual([traceId]);
  expect(await ids({ 'otel.status_code': 'UNSET', 'span.kind': 'CLIENT' })).toEqual([traceId]);
  expect(await ids({ 'resource.host.name': 'users-1' })).toEqual([]);
});
