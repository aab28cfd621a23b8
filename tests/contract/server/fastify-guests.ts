// Fastify with other plugins: what they replace, and what they rely on.

import { activeSpan } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/fastify';
import express from 'express';
import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import type { MakeFastify } from './fastify-adapter.ts';
import { request } from './raw-client.ts';
import { outcomeOf } from './traced-app.ts';

export function describeFastifyGuests(framework: MakeFastify): void {
  const apps: FastifyInstance[] = [];
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  async function start(build: (app: FastifyInstance, options: object) => void) {
    const app = framework({ forceCloseConnections: true });
    apps.push(app);
    const exporter = inMemoryExporter();
    build(app, { exporter, outbound: false, env: {} });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: Number(new URL(address).port), exporter };
  }

  describe('hooks that were registered before', () => {
    test('have the span, at any depth, and keep their order', async () => {
      const seen: string[] = [];
      const look = (place: string) => async () => {
        seen.push(`${place} ${activeSpan()?.isRecording() ?? false}`);
      };
      const { port, exporter } = await start((app, options) => {
        app.addHook('onRequest', look('first'));
        app.register(async (scope) => {
          scope.addHook('onRequest', look('in the scope'));
          scope.get('/users/:id', { onRequest: look('of the route') }, async () => 'user');
        });
        app.addHook('onRequest', look('second'));
        app.register(tracing, options);
        app.addHook('onRequest', look('behind'));
      });
      await request(port, '/users/7');
      await request(port, '/nothing');
      // Fastify adds the hooks of an outer scope after those that the inner scope already has.
      expect(seen.slice(0, 5)).toEqual([...seen.slice(0, 5)].map((line) => line.replace(/false$/, 'true')));
      expect(
        seen
          .slice(0, 5)
          .map((line) => line.replace(/ \w+$/, ''))
          .sort(),
      ).toEqual(['first', 'second', 'behind', 'in the scope', 'of the route'].sort());
      expect(seen.slice(5)).toEqual(['first true', 'second true', 'behind true']);
      expect((await exporter.waitFor(2)).map(outcomeOf)).toEqual(['GET /users/:id: 200, unset', 'GET: 404, unset']);
    });

    test('may refuse a request, which has its span', async () => {
      const { port, exporter } = await start((app, options) => {
        app.addHook('onRequest', async (_request, reply) => reply.code(401).send('unauthorized'));
        app.register(tracing, options);
        app.get('/users/:id', async () => 'never');
      });
      expect((await request(port, '/users/7')).status).toBe(401);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 401, unset']);
    });

    test('of two tracings, the outer one begins', async () => {
      const inner = inMemoryExporter();
      const { port, exporter } = await start((app, options) => {
        app.register(tracing, options);
        app.register(async (scope) => {
          scope.register(tracing, { exporter: inner, outbound: false, env: {} });
          scope.get('/users/:id', async () => 'user');
        });
      });
      await request(port, '/users/7');
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 200, unset']);
      expect(inner.spans).toEqual([]);
    });
  });

  describe('a span of the application’s on requests', () => {
    test.each(['before', 'after'])('may be decorated %s tracing, and stays', async (place) => {
      const { port, exporter } = await start((app, options) => {
        if (place === 'after') app.register(tracing, options);
        app.register(async (scope) => {
          scope.decorateRequest('span', 'theirs' as never);
          scope.get('/users/:id', async ({ span }) => ({ span, isActive: activeSpan()?.isRecording() }));
        });
        app.after(() => app.decorateRequest('span', 'theirs' as never));
        if (place === 'before') app.register(tracing, options);
        app.get('/teams/:id', async ({ span }) => ({ span, isActive: activeSpan()?.isRecording() }));
      });
      for (const path of ['/users/7', '/teams/7']) {
        expect((await request(port, path)).body).toBe('{"span":"theirs","isActive":true}');
      }
      expect((await exporter.waitFor(2)).map(outcomeOf)).toEqual([
        'GET /users/:id: 200, unset',
        'GET /teams/:id: 200, unset',
      ]);
    });

    test('that can only be read stays, and the request is served', async () => {
      const { port, exporter } = await start((app, options) => {
        app.decorateRequest('span', { getter: () => 'theirs' as never });
        app.register(tracing, options);
        app.get('/users/:id', async ({ span }) => ({ span }));
      });
      expect(await request(port, '/users/7')).toMatchObject({ status: 200, body: '{"span":"theirs"}' });
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 200, unset']);
    });
  });
}

/** For the newest Fastify, which these plugins need. */
export function describeExpressInFastify(framework: MakeFastify): void {
  describe.each<[string, () => FastifyPluginCallback]>([
    ['@fastify/express', () => require('@fastify/express')],
    ['@fastify/middie', () => require('@fastify/middie')],
  ])('%s', (_name, load) => {
    test.each(['before', 'after'])(
      'registered %s tracing leaves status and errors as they were sent',
      async (place) => {
        const app = framework({ forceCloseConnections: true });
        const exporter = inMemoryExporter();
        const options = { exporter, outbound: false, env: {} };
        if (place === 'after') await app.register(tracing, options);
        await app.register(load());
        const { use } = app as unknown as { use: (middleware: unknown) => void }; // decorated by both
        use.call(app, express.urlencoded({ extended: false }));
        use.call(app, ({ url }: { url: string }, response: import('node:http').ServerResponse, next: () => void) => {
          if (url === '/refused') response.writeHead(403).end('refused');
          else next();
        });
        if (place === 'before') await app.register(tracing, options);
        app.get('/users/:id', async () => 'user');
        app.get('/broken', async () => {
          throw new Error('broken');
        });
        const address = await app.listen({ port: 0, host: '127.0.0.1' });
        const port = Number(new URL(address).port);
        for (const path of ['/users/7', '/broken', '/refused', '/nothing']) await request(port, path);
        expect((await exporter.waitFor(4)).map(outcomeOf)).toEqual([
          'GET /users/:id: 200, unset',
          'GET /broken: 500, error, error.type 500, exception broken',
          'GET: 403, unset',
          'GET: 404, unset',
        ]);
        await app.close();
      },
    );
  });
}
