import { createServer } from 'node:http';
import { activeSpan, createTracer, withSpan } from '@waymark/core';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import express, { type Express, type Request, type Response } from 'express';
import { type ExpressModule, get, getFrom, withRouter, withServer } from '../test/expresses.ts';
import { tracing } from './index.ts';

const versions: [string, ExpressModule][] = [
  ['Express 4', require('express4')],
  ['Express 5, router 2.2', withRouter(require('express52'), require('router22'))],
  ['Express 5, router 2.3', express],
];
let exporter: InMemoryExporter;

beforeEach(() => {
  exporter = inMemoryExporter();
});

function tracedApp(expressModule: ExpressModule): Express {
  const app = expressModule();
  app.set('env', 'test'); // or Express prints the errors that it answers
  app.use(tracing({ exporter, outbound: false, env: {} }));
  return app;
}

describe.each(versions)('the middleware on %s', (_version, expressModule) => {
  test('gives handlers the active span, and its trace id for logs', async () => {
    const app = tracedApp(expressModule);
    app.get('/users/:id', (request, response) => {
      request.span?.setAttribute('user.id', request.params.id);
      response.json({ isActive: activeSpan() === request.span, traceId: request.span?.traceId });
    });

    const answer = JSON.parse(await get(app, '/users/7'));
    const [span] = await exporter.waitFor(1);
    expect(answer).toEqual({ isActive: true, traceId: span?.traceId });
    expect(span).toMatchObject({ name: 'GET /users/:id', kind: 'server', attributes: { 'user.id': '7' } });
  });

  test('lets the app set req.span', async () => {
    const app = tracedApp(expressModule);
    app.get('/', (request, response) => {
      const { span } = request;
      Object.assign(request, { span: 'mine' });
      response.json([span === activeSpan(), request.span]);
    });
    app.get('/after', (request, response) => void response.json(request.span === activeSpan()));

    expect([await get(app, '/'), await get(app, '/after')]).toEqual(['[true,"mine"]', 'true']);
  });

  test('takes a tracer in place of options', async () => {
    const app = expressModule();
    app.use(tracing(createTracer({ serviceName: 'orders', exporter, env: {} })));
    app.get('/', (_request, response) => void response.send('ok'));
    await get(app, '/');
    const [span] = await exporter.waitFor(1);
    expect(span?.resource.attributes['service.name']).toBe('orders');
  });

  test('makes one span where it was mounted twice, in a router and in an app within too', async () => {
    const app = tracedApp(expressModule);
    const again = tracing({ exporter, outbound: false, env: {} });
    const inner = expressModule();
    inner.use(again);
    inner.get('/leaf', (request, response) => void response.send(request.span?.spanId));
    app.use(again, expressModule.Router().use('/inner', inner));

    const spanId = await get(app, '/inner/leaf');
    const spans = await exporter.waitFor(1);
    expect(spans.map((span) => [span.name, span.spanId])).toEqual([['GET /inner/leaf', spanId]]);
  });

  test('has the whole path and route where an app within is the only one that is traced', async () => {
    const inner = tracedApp(expressModule);
    inner.get('/leaf/:id', (_request, response) => void response.send('ok'));
    const app = expressModule();
    app.use('/inner/:x', inner);

    await get(app, '/inner/1/leaf/2?a=b');
    const [span] = await exporter.waitFor(1);
    expect(span).toMatchObject({
      name: 'GET /inner/:x/leaf/:id',
      attributes: { 'url.path': '/inner/1/leaf/2', 'url.query': 'a=b' },
    });
  });

  test('keeps requests apart that one app handles at the same time', async () => {
    const app = tracedApp(expressModule);
    app.get('/users/:id', async (request, response) => {
      await withSpan('load', () => new Promise(setImmediate));
      response.json([activeSpan()?.spanId, request.span?.spanId]);
    });

    const answers = await withServer(app, (origin) =>
      Promise.all(Array.from({ length: 50 }, (_, id) => getFrom(origin, `/users/${id}`))),
    );
    const spans = await exporter.waitFor(100);
    const servers = spans.filter(({ kind }) => kind === 'server').map(({ spanId }) => spanId);
    expect(answers.map((answer) => JSON.parse(answer)).every(([active, own]) => active === own)).toBe(true);
    expect(new Set(answers.map((answer) => JSON.parse(answer)[1]))).toEqual(new Set(servers));
  });

  test('gives an ignored request a span that is not recorded', async () => {
    const app = expressModule();
    const ignore = (request: Request) => request.path === '/healthz';
    app.use(tracing({ exporter, outbound: false, env: {}, ignore }));
    app.get('/healthz', (request, response) => void response.send(String(request.span?.isRecording())));
    app.get('/users', (request, response) => void response.send(String(request.span?.isRecording())));

    expect([await get(app, '/healthz'), await get(app, '/users')]).toEqual(['false', 'true']);
    expect((await exporter.waitFor(1)).map(({ name }) => name)).toEqual(['GET /users']);
  });

  test('works in a router that is used without an app', async () => {
    const router = expressModule.Router();
    router.use(tracing({ exporter, outbound: false, env: {} }));
    router.get('/users/:id', (request, response) => void response.end(request.span?.traceId));
    const server = createServer((request, response) => router(request as Request, response as Response, () => {})); // as they come

    const traceId = await get(server, '/users/7');
    const [span] = await exporter.waitFor(1);
    expect([span?.name, span?.traceId]).toEqual(['GET', traceId]);
  });
});

test('refuses a wrong option when it is mounted', () => {
  expect(() => tracing({ serviceNam: 'orders' } as never)).toThrow(
    expect.objectContaining({ code: 'WAYMARK_UNKNOWN_OPTION' }),
  );
});
