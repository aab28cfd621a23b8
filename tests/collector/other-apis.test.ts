// Jaeger's query API, version 1, and Zipkin's, as Grafana and scripts use them.
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
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${endMs}000000`,
    ...more,
  };
}

function of(service: string, ...spans: object[]): object {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return { resource: { attributes }, scopeSpans: [{ spans }] };
}

const route = [
  { key: 'http.route', value: { stringValue: '/users/:id' } },
  { key: 'http.response.status_code', value: { intValue: 500 } },
];

beforeAll(async () => {
  collector = await startCollector({ port: 0 });
  const resourceSpans = [
    of(
      'gateway',
      span('1', 'GET /users/:id', 2, now - 100, now - 20, { attributes: route, status: { code: 2 } }),
      span('2', 'GET', 3, now - 90, now - 30, { parentSpanId: '1'.padStart(16, '0') }),
    ),
    of('users', span('3', 'GET /users/:id', 2, now - 80, now - 40, { parentSpanId: '2'.padStart(16, '0') })),
    of('users', span('4', 'tick', 1, now - 10, now - 9, { traceId: other })),
  ];
  await post('/v1/traces', { resourceSpans });
});
afterAll(() => collector.close());

async function post(path: string, body: unknown, { url }: Collector = collector): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await rawRequest(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBeLessThan(300);
}

async function ask(path: string, { url }: Collector = collector): Promise<{ status: number; body: unknown }> {
  const { status, text } = await rawRequest(url + path);
  return { status, body: JSON.parse(text) };
}

const found = (...ids: string[]) => ({ status: 200, body: { data: ids.map((traceID) => ({ traceID })) } });
const none = { errors: null, limit: 0, offset: 0 };

describe("Jaeger's API v1", () => {
  test('names services and operations', async () => {
    expect(await ask('/api/services')).toEqual({
      status: 200,
      body: { data: ['gateway', 'users'], total: 2, ...none },
    });
    expect(await ask('/api/services/gateway/operations')).toEqual({
      status: 200,
      body: { data: ['GET', 'GET /users/:id'], total: 2, ...none },
    });
    expect(await ask('/api/operations?service=gateway&spanKind=client')).toEqual({
      status: 200,
      body: { data: [{ name: 'GET', spanKind: 'client' }], total: 1, ...none },
    });
  });

  test.each([
    ['service=users', [other, traceId]],
    ['service=users&limit=1', [other]],
    ['service=users&operation=tick', [other]],
    ['service=gateway&minDuration=80ms', [traceId]],
    ['service=gateway&minDuration=81ms', []],
    ['service=users&maxDuration=1.5ms', [other]],
    ['service=gateway&tags=%7B%22http.route%22%3A%22%2Fusers%2F%3Aid%22%7D', [traceId]],
    ['service=gateway&tags=%7B%22http.response.status_code%22%3A%22500%22%7D', [traceId]],
    ['service=gateway&tags=%7B%22error%22%3A%22true%22%7D', [traceId]],
    ['service=users&tags=%7B%22error%22%3A%22true%22%7D', []],
    ['service=gateway&tag=http.route:/users/:id', [traceId]],
    [`service=users&start=${(now - 15) * 1000}&end=${now * 1000}`, [other]],
    ['service=users&lookback=1h', [other, traceId]],
    [`traceID=${traceId}&traceID=${other}`, [traceId, other]],
  ])('finds traces by %s', async (query, ids) => {
    expect(await ask(`/api/traces?${query}`)).toMatchObject(found(...ids));
  });

  test('cuts a duration to microseconds once, and not at both ends', async () => {
    await using own = await startCollector({ port: 0 });
    const times = { startTimeUnixNano: `${now}000999`, endTimeUnixNano: `${now}002001` };
    await post('/v1/traces', { resourceSpans: [of('exact', span('1', 'short', 1, 0, 0, times))] }, own);
    expect(await ask(`/api/traces/${traceId}`, own)).toMatchObject({
      body: { data: [{ spans: [{ startTime: now * 1000, duration: 1 }] }] },
    });
  });

  test("has each tag once, even for Zipkin's spans", async () => {
    await using own = await startCollector({ port: 0 });
    const tags = { error: 'timed out', 'otel.status_code': 'ERROR', 'http.route': '/' };
    await post('/api/v2/spans', [{ traceId, id: '1', kind: 'SERVER', timestamp: now * 1000, duration: 5, tags }], own);
    const { body } = await ask(`/api/traces/${traceId}`, own);
    const { data } = body as { data: { spans: { tags: object[] }[] }[] };
    expect(data[0]?.spans[0]?.tags).toEqual([
      { key: 'http.route', type: 'string', value: '/' },
      { key: 'span.kind', type: 'string', value: 'server' },
      { key: 'otel.status_code', type: 'string', value: 'ERROR' },
      { key: 'error', type: 'bool', value: true },
      { key: 'otel.status_description', type: 'string', value: 'timed out' },
    ]);
  });

  test('lists dependencies', async () => {
    expect(await ask(`/api/dependencies?endTs=${now}&lookback=60000`)).toEqual({
      status: 200,
      body: { data: [{ parent: 'gateway', child: 'users', callCount: 1 }], total: 0, ...none },
    });
  });

  test.each([
    ['/api/traces', 400, "parameter 'service' is required"],
    [
      '/api/traces?service=a&minDuration=long',
      400,
      "unable to parse param 'minDuration': a duration is 100ms, 1.5s or 2h, got long",
    ],
    ['/api/traces?service=a&tags=x', 400, /^malformed 'tags' parameter, cannot unmarshal JSON/],
    [`/api/traces/${'1'.repeat(32)}`, 404, 'trace not found'],
  ])('reports what is wrong in %s', async (path, status, msg) => {
    expect(await ask(path)).toEqual({
      status,
      body: { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg: expect.stringMatching(msg) }] },
    });
  });
});

describe("Zipkin's API v2", () => {
  const ids = (traces: unknown) => (traces as { traceId: string }[][]).map((spans) => spans[0]?.traceId);

  test('names services, spans and remote services', async () => {
    expect(await ask('/api/v2/services')).toEqual({ status: 200, body: ['gateway', 'users'] });
    expect(await ask('/api/v2/spans?serviceName=gateway')).toEqual({ status: 200, body: ['GET', 'GET /users/:id'] });
    expect(await ask('/api/v2/spans?serviceName=Gateway')).toEqual({ status: 200, body: ['GET', 'GET /users/:id'] });
    expect(await ask('/api/v2/remoteServices?serviceName=gateway')).toEqual({ status: 200, body: ['users'] });
    expect(await ask('/api/v2/remoteServices?serviceName=GATEWAY')).toEqual({ status: 200, body: ['users'] });
    expect(await ask('/api/v2/autocompleteKeys')).toMatchObject({
      status: 200,
      body: expect.arrayContaining(['http.route']),
    });
    expect(await ask('/api/v2/autocompleteValues?key=http.route')).toEqual({ status: 200, body: ['/users/:id'] });
  });

  test.each([
    ['', [other, traceId]],
    ['serviceName=gateway', [traceId]],
    ['serviceName=users&spanName=tick', [other]],
    ['serviceName=users&spanName=all', [other, traceId]],
    ['serviceName=Gateway', [traceId]],
    ['serviceName=USERS&spanName=Tick', [other]],
    ['spanName=TICK', [other]],
    ['serviceName=nobody', []],
    ['serviceName=users&spanName=nothing', []],
    ['minDuration=80000', [traceId]],
    ['minDuration=80001', []],
    ['maxDuration=1000', [other]],
    ['annotationQuery=error', [traceId]],
    ['annotationQuery=http.route%3D%2Fusers%2F%3Aid%20and%20error', [traceId]],
    [`endTs=${now}&lookback=15`, [other]],
    ['limit=1', [other]],
  ])('finds traces by %j', async (query, expected) => {
    const { status, body } = await ask(`/api/v2/traces?${query}`);
    expect([status, ids(body)]).toEqual([200, expected]);
  });

  test('returns traces by id', async () => {
    const { body } = await ask(`/api/v2/traceMany?traceIds=${traceId},${other},${'1'.repeat(32)}`);
    expect(ids(body)).toEqual([traceId, other]);
    expect((await rawRequest(`${collector.url}/api/v2/trace/${'1'.repeat(32)}`)).status).toBe(404);
  });

  test('lists dependencies', async () => {
    expect(await ask(`/api/v2/dependencies?endTs=${now}`)).toEqual({
      status: 200,
      body: [{ parent: 'gateway', child: 'users', callCount: 1 }],
    });
    expect(await ask('/api/v2/dependencies')).toMatchObject({ status: 400 });
  });
});
