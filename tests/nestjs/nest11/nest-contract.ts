// The contract of a traced NestJS app on either platform. Each version runs it with its packages, in a separate folder.
import { activeSpan, withSpan } from '@waymark/core';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { traceNest as traceExpress } from '@waymark/express';
import { traceNest as traceFastify } from '@waymark/fastify';
import { createNestApp, type Nest, type NestApplication } from './nest-app.ts';

export function nestContract(nest: Nest): void {
  describe.each(['express', 'fastify'] as const)('NestJS %s', (platform) => {
    const trace = platform === 'express' ? traceExpress : traceFastify;
    let exporter: InMemoryExporter;
    let app: NestApplication;
    let address: string;

    beforeAll(async () => {
      exporter = inMemoryExporter();
      app = await createNestApp(nest, platform, { activeSpan, withSpan });
      await trace(app, { serviceName: 'nest', exporter, outbound: false });
      await app.listen(0, '127.0.0.1');
      address = `http://127.0.0.1:${app.getHttpServer().address().port}`;
    });
    beforeEach(() => exporter.reset());
    afterAll(() => app.close());

    async function request(path: string, init?: RequestInit, count = 1) {
      const response = await fetch(address + path, init);
      await response.text();
      const spans = await exporter.waitFor(count);
      const span = spans.find(({ kind }) => kind === 'server');
      if (span === undefined) throw new Error(`no server span among ${spans.map(({ name }) => name)}`);
      return { status: response.status, span, spans };
    }

    const messagesOf = ({ events }: SpanData) => events.map(({ attributes }) => attributes?.['exception.message']);

    test.each([
      ['a handler that throws', 'handler'],
      ['a handler that rejects', 'rejection'],
      ['a guard', 'guard'],
      ['a pipe', 'pipe/1'],
      ['an interceptor', 'interceptor'],
      ['a controller of request scope', 'scoped'],
      ['a handler in a controller with a filter', 'filtered'],
      ['a handler with an asynchronous filter', 'async-filtered'],
    ])('records the exception of %s', async (_title, path) => {
      const { status, span } = await request(`/api/v1/failing/${path}`);
      expect(status).toBe(500);
      expect(span.name).toBe(`GET /api/v1/failing/${path.replace('/1', '/:id')}`);
      expect(span.status).toEqual({ code: 'error' });
      expect(span.attributes['error.type']).toBe('500');
      const [name = ''] = path.split('/');
      expect(messagesOf(span)).toEqual([`${name} failed`]);
      expect(span.events[0]?.attributes).toMatchObject({
        'exception.type': 'TypeError',
        'exception.stacktrace': expect.stringMatching(/^TypeError: [\s\S]*nest-app\.ts/),
      });
    });

    test('records the exception of a middleware', async () => {
      const { status, span } = await request('/api/v1/users/7?fail=middleware');
      expect(status).toBe(500);
      expect(messagesOf(span)).toEqual(['middleware failed']);
    });

    test.each(['503', '502'])('records an HttpException of %s', async (status) => {
      const { span } = await request(`/api/v1/failing/status/${status}`);
      expect(span.attributes).toMatchObject({ 'http.response.status_code': Number(status), 'error.type': status });
      expect(messagesOf(span)).toEqual([`status ${status}`]);
    });

    test.each([
      ['an HttpException of 404', '/api/v1/failing/status/404', 404, 'GET /api/v1/failing/status/:status'],
      ['a guard that refuses', '/api/v1/failing/forbidden', 403, 'GET /api/v1/failing/forbidden'],
      ['a route that does not exist', '/api/v1/nowhere', 404, 'GET'],
      ['an exception that a filter turns into 200', '/api/v1/failing/turned', 200, 'GET /api/v1/failing/turned'],
    ])('%s is no error of the span', async (_title, path, expected, name) => {
      const { status, span } = await request(path);
      expect(status).toBe(expected);
      expect(span).toMatchObject({ name, status: { code: 'unset' }, events: [] });
      expect(span.attributes).not.toHaveProperty('error.type');
    });

    test('an invalid JSON body is no error of the span', async () => {
      const { status, span } = await request('/api/v1/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{',
      });
      expect(status).toBe(400);
      expect(span).toMatchObject({ status: { code: 'unset' }, events: [] });
    });

    test('the span of a request encloses those of guards, interceptors, handlers and services', async () => {
      const { span, spans } = await request('/api/v1/users/7', undefined, 6);
      expect(span.name).toBe('GET /api/v1/users/:id');
      expect(span.attributes['http.route']).toBe('/api/v1/users/:id');
      const byName = new Map(spans.map((own) => [own.name, own]));
      expect([...byName.keys()].sort()).toEqual([
        'GET /api/v1/users/:id',
        'guard',
        'interceptor',
        'load',
        'middleware',
        'service',
      ]);
      const parentOf = (name: string) => spans.find(({ spanId }) => spanId === byName.get(name)?.parentSpanId)?.name;
      expect(['middleware', 'guard', 'interceptor', 'load', 'service'].map(parentOf)).toEqual([
        'GET /api/v1/users/:id',
        'GET /api/v1/users/:id',
        'GET /api/v1/users/:id',
        'GET /api/v1/users/:id',
        'load',
      ]);
    });

    test.each([
      ['another version in the path', '/api/v2/users/7', '/api/v2/users/:id'],
      ['no version', '/api/health', '/api/health'],
      ['a controller without a path', '/api/v1', '/api/v1'],
      ['a wildcard', '/api/v1/files/a/b', /^\/api\/v1\/files\/\*/],
    ])('the route has %s', async (_title, path, route) => {
      const { status, span } = await request(path);
      expect(status).toBe(200);
      if (typeof route === 'string') expect(span.attributes['http.route']).toBe(route);
      else expect(span.attributes['http.route']).toMatch(route);
    });

    test('the exception of one request is not recorded for the next on its connection', async () => {
      await request('/api/v1/failing/handler');
      exporter.reset();
      const { span } = await request('/api/v1/users/7', undefined, 6);
      expect(span).toMatchObject({ status: { code: 'unset' }, events: [] });
    });

    test('a handler can read the span of its request', async () => {
      const response = await fetch(`${address}/api/v1/users/7/trace`);
      const [span] = await exporter.waitFor(1);
      expect(await response.text()).toBe(span?.traceId);
    });

    test('an app that is initialized is refused', async () => {
      await expect(trace(app, { exporter })).rejects.toMatchObject({
        code: 'WAYMARK_LATE_SETUP',
        message: expect.stringContaining('right after NestFactory.create()'),
      });
    });

    test('the traceNest of the other platform is refused, and says which to import', async () => {
      const other = platform === 'express' ? traceFastify : traceExpress;
      await expect(other(app, { exporter })).rejects.toMatchObject({
        code: 'WAYMARK_WRONG_FRAMEWORK',
        message: expect.stringContaining(`import { traceNest } from '@waymark/${platform}'`),
      });
    });

    test('a wrong option is refused without ending the process', async () => {
      const fresh = await createNestApp(nest, platform, { activeSpan, withSpan });
      await expect(trace(fresh, { serviceNam: 'x' } as never)).rejects.toMatchObject({
        code: 'WAYMARK_UNKNOWN_OPTION',
      });
    });

    test('two apps of one process record the exceptions of their requests once each', async () => {
      const second = inMemoryExporter();
      const other = await createNestApp(nest, platform, { activeSpan, withSpan });
      await trace(other, { serviceName: 'second', exporter: second, outbound: false });
      await other.listen(0, '127.0.0.1');
      await (await fetch(`http://127.0.0.1:${other.getHttpServer().address().port}/api/v1/failing/handler`)).text();
      const [span] = await second.waitFor(1);
      expect(messagesOf(span as SpanData)).toEqual(['handler failed']);
      expect(exporter.spans).toEqual([]);
      await other.close();
    });
  });

  test.each([
    ['a promise', Promise.resolve()],
    ['undefined', undefined],
    ['another object', { use() {} }],
  ])('%s instead of the app is refused', async (got, value) => {
    await expect(traceExpress(value as never)).rejects.toMatchObject({
      code: 'WAYMARK_WRONG_FRAMEWORK',
      message: expect.stringContaining(
        `resolves with, got ${got}. Write const app = await NestFactory.create(AppModule)`,
      ),
    });
  });
}
