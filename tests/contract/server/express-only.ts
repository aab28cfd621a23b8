// What tracing does for Express only.
import { createServer } from 'node:http';
import { activeSpan } from '@waymark/core';
import { traceHandler } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import type express from 'express';
import supertest from 'supertest';
import { listen } from './listening-server.ts';
import { request } from './raw-client.ts';
import { outcomeOf } from './traced-app.ts';

export function describeExpress(framework: typeof express): void {
  describe('Express alone', () => {
    test('has its spans under supertest', async () => {
      const exporter = inMemoryExporter();
      const app = framework();
      app.use(tracing({ exporter, env: {} }));
      app.get('/users/:id', (incoming, response) => {
        response.json({ traceId: incoming.span?.traceId });
      });
      const { body } = await supertest(app).get('/users/7').expect(200);
      const [span] = await exporter.waitFor(1);
      expect(span && outcomeOf(span)).toBe('GET /users/:id: 200, unset');
      expect(body).toEqual({ traceId: span?.traceId });
    });

    test('serves routes that were registered before tracing, without a span', async () => {
      const exporter = inMemoryExporter();
      const app = framework();
      app.get('/before', (incoming, response) => {
        response.json({ span: incoming.span ?? null });
      });
      app.use(tracing({ exporter, env: {} }));
      app.get('/after', (_incoming, response) => {
        response.send('after');
      });
      await supertest(app).get('/before').expect(200, { span: null });
      await supertest(app).get('/after').expect(200, 'after');
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET /after: 200, unset']);
    });

    test.each(['before', 'after'])(
      'leaves a span of the application’s that is set %s tracing on the request',
      async (place) => {
        const exporter = inMemoryExporter();
        const theirs: express.RequestHandler = (incoming, _response, next) => {
          incoming.span = { finish() {} } as never; // as express-opentracing does
          next();
        };
        const ours = tracing({ exporter, env: {} });
        const app = framework();
        app.use(...(place === 'before' ? [theirs, ours] : [ours, theirs]));
        app.get('/users/:id', (incoming, response) => {
          response.json({ own: Object.keys(incoming.span ?? {}), active: activeSpan()?.traceId });
        });
        const { body } = await supertest(app).get('/users/7').expect(200);
        const [span] = await exporter.waitFor(1);
        expect(span && outcomeOf(span)).toBe('GET /users/:id: 200, unset');
        expect(body).toEqual({ own: ['finish'], active: span?.traceId });
      },
    );

    test('has one span for an app within an app, both traced, with the whole route', async () => {
      const outer = inMemoryExporter();
      const inner = inMemoryExporter();
      const shop = framework();
      shop.use(tracing({ exporter: inner, env: {} }));
      shop.get('/users/:id', (incoming, response) => {
        response.json(incoming.span?.traceId);
      });
      const app = framework();
      app.use(tracing({ exporter: outer, env: {} }));
      app.use('/shops/:shop', shop);
      const { body } = await supertest(app).get('/shops/1/users/7').expect(200);
      const [span] = await outer.waitFor(1);
      expect(span && outcomeOf(span)).toBe('GET /shops/:shop/users/:id: 200, unset');
      expect(span?.attributes['url.path']).toBe('/shops/1/users/7');
      expect(span?.traceId).toBe(body);
      expect([outer.spans, inner.spans].map(({ length }) => length)).toEqual([1, 0]);
    });

    test('traces only what is below the path that it is registered for', async () => {
      const exporter = inMemoryExporter();
      const app = framework();
      app.use('/api', tracing({ exporter, env: {}, ignore: '/api/health' }));
      app.get(['/api/users/:id', '/api/health', '/users/:id'], (_incoming, response) => {
        response.send('user');
      });
      await supertest(app).get('/users/7').expect(200);
      await supertest(app).get('/api/health').expect(200);
      await supertest(app).get('/api/users/7?page=2').expect(200);
      const [span] = await exporter.waitFor(1);
      expect(exporter.spans).toHaveLength(1);
      expect(span?.attributes).toMatchObject({ 'url.path': '/api/users/7', 'url.query': 'page=2' });
    });

    test('has one span inside a traced handler of Node’s, with the route of Express', async () => {
      const outer = inMemoryExporter();
      const inner = inMemoryExporter();
      const app = framework();
      app.use(tracing({ exporter: inner, env: {} }));
      app.get('/users/:id', (_incoming, response) => {
        response.send('user');
      });
      const running = await listen(createServer(traceHandler(app, { exporter: outer, env: {} })));
      await request(running.port, '/users/7');
      await running.close();
      expect((await outer.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 200, unset']);
      expect(inner.spans).toEqual([]);
    });

    test('leaves the emit of the application’s own responses in force, traced or not', async () => {
      const exporter = inMemoryExporter();
      const makeApp = (path: string | undefined) => {
        const app = framework();
        const events: string[] = [];
        const { emit } = app.response;
        app.response.emit = function (this: unknown, ...args: [string, ...unknown[]]) {
          events.push(args[0]);
          return Reflect.apply(emit, this, args);
        } as typeof emit;
        if (path !== undefined) app.use(path, tracing({ exporter, outbound: false, env: {} }));
        app.get(['/traced', '/untraced'], (_incoming, response) => {
          response.send('sent');
        });
        return { app, events };
      };
      const traced = makeApp('/traced');
      const bare = makeApp(undefined);
      const servers = [await listen(createServer(traced.app)), await listen(createServer(bare.app))];
      for (const target of ['/traced', '/traced', '/untraced']) {
        for (const { port } of servers) await request(port, target);
      }
      await Promise.all(servers.map((server) => server.close()));
      expect(traced.events.filter((event) => event === 'finish')).toHaveLength(3);
      expect(traced.events).toEqual(bare.events);
    });

    test('shadows nothing on the responses of servers that are not traced', async () => {
      const app = framework();
      app.use(tracing({ exporter: [], outbound: false, env: {} }));
      app.get('/', (_incoming, response) => {
        response.send('sent');
      });
      const own: boolean[] = [];
      const servers = [
        await listen(createServer(app)),
        await listen(
          createServer((incoming, response) => {
            own.push(Object.hasOwn(incoming, 'emit') || Object.hasOwn(response, 'emit'));
            response.end();
          }),
        ),
      ];
      for (const { port } of servers) for (let round = 0; round < 2; round++) await request(port, '/');
      await Promise.all(servers.map((server) => server.close()));
      expect(own).toEqual([false, false]);
    });

    test('has the routes of an app that a middleware has hidden from the request', async () => {
      const exporter = inMemoryExporter();
      const app = framework();
      app.use((incoming, _response, next) => {
        Object.assign(incoming, { app: 'shop' });
        next();
      });
      app.use(tracing({ exporter, outbound: false, env: {} }));
      app.get('/users/:id', (_incoming, response) => {
        response.end('user');
      });
      await supertest(app).get('/users/7').expect(200);
      const [span] = await exporter.waitFor(1);
      expect(span && outcomeOf(span)).toBe('GET /users/:id: 200, unset');
    });

    test('has no route for files and for answers of middleware', async () => {
      const exporter = inMemoryExporter();
      const app = framework();
      app.use(tracing({ exporter, env: {} }));
      app.use('/files', framework.static(__dirname));
      app.use('/private', (_incoming, response) => {
        response.status(401).send('unauthorized');
      });
      app.get('/private/users', (_incoming, response) => {
        response.send('never');
      });
      await supertest(app).get('/files/express-only.ts').expect(200);
      await supertest(app).get('/private/users').expect(401);
      const spans = await exporter.waitFor(2);
      expect(spans.map(outcomeOf)).toEqual(['GET: 200, unset', 'GET: 401, unset']);
      for (const span of spans) expect(span.attributes).not.toHaveProperty(['http.route']);
    });

    test('has the error of a handler that throws after it has begun to answer', async () => {
      const exporter = inMemoryExporter();
      const app = framework();
      app.use(tracing({ exporter, env: {} }));
      app.get('/users/:id', (_incoming, response) => {
        response.write('begun');
        throw new Error('broken');
      });
      await expect(supertest(app).get('/users/7')).rejects.toThrow();
      const [span] = await exporter.waitFor(1);
      expect(span && outcomeOf(span)).toBe('GET /users/:id: 200, error, error.type aborted, exception broken');
    });
  });
}
