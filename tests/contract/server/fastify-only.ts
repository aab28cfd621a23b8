// What tracing does for Fastify only.
import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { activeSpan, withSpan } from '@waymark/core';
import { traceHandler } from '@waymark/core/http';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/fastify';
import type { FastifyInstance, FastifyServerFactory } from 'fastify';
import type { MakeFastify } from './fastify-adapter.ts';
import { openConnection, request, requestText } from './raw-client.ts';
import { outcomeOf, signal, until } from './traced-app.ts';

/** Records whether a handler or hook runs in the context of a request. */
const isActive = () => ({ active: activeSpan()?.isRecording() ?? false });
const active = '{"active":true}';
const inactive = '{"active":false}';

const cutOffBeforeAnswer = 'GET /users/:id: no status code, error, error.type aborted';
const cutOffInAnswer = 'GET /users/:id: 200, error, error.type aborted';

export function describeFastify(packageName: string, framework: MakeFastify): void {
  const apps: FastifyInstance[] = [];
  const sessions: ClientHttp2Session[] = [];
  afterEach(async () => {
    // First: Fastify 4 waits for them.
    for (const session of sessions.splice(0)) session.destroy();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  /** A listening application with tracing and the plugins of the test. */
  async function start(
    build: (app: FastifyInstance, exporter: InMemoryExporter) => void,
    options: object = {},
  ): Promise<{ app: FastifyInstance; port: number; exporter: InMemoryExporter }> {
    const app = framework({ forceCloseConnections: true, ...options });
    apps.push(app);
    const exporter = inMemoryExporter();
    build(app, exporter);
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    return { app, port: Number(new URL(address).port), exporter };
  }

  function startTraced(build: (scope: FastifyInstance) => void, options: object = {}) {
    return start((app, exporter) => {
      app.register(tracing, { exporter, env: {} });
      app.register(async (scope) => build(scope));
    }, options);
  }

  describe('Fastify alone', () => {
    test('has its spans under inject', async () => {
      // In a separate process: Jest on Node 20 cannot load a module that inject() of Fastify 5 needs.
      const args = ['--conditions=@waymark/source', '--require=esbuild-register', require.resolve('./inject-once.ts')];
      const { stdout } = await promisify(execFile)(process.execPath, [...args, packageName], { cwd: __dirname });
      expect(JSON.parse(stdout)).toEqual({
        status: 200,
        sameTrace: true,
        name: 'GET /users/:id',
        statusCode: 200,
        clientAddress: '127.0.0.1',
      });
    });

    test('traces routes that were registered before it, at any depth', async () => {
      const { port, exporter } = await start((app, exporter) => {
        app.get('/first', async () => isActive());
        app.register(async (scope) => {
          scope.get('/second', async () => isActive());
          scope.register(
            async (inner) => {
              inner.get('/third', async () => isActive());
            },
            { prefix: '/deep' },
          );
        });
        app.register(tracing, { exporter, env: {} });
        app.get('/last', async () => isActive());
      });
      for (const target of ['/first', '/second', '/deep/third', '/last']) {
        expect((await request(port, target)).body).toBe(active);
      }
      expect((await exporter.waitFor(4)).map(({ name }) => name)).toEqual([
        'GET /first',
        'GET /second',
        'GET /deep/third',
        'GET /last',
      ]);
    });

    test('traces plugins that were loaded before it was registered', async () => {
      const app = framework({ forceCloseConnections: true });
      apps.push(app);
      const exporter = inMemoryExporter();
      await app.register(async (scope) => {
        scope.get('/second', async () => isActive());
      });
      await app.register(tracing, { exporter, env: {} });
      const address = await app.listen({ port: 0, host: '127.0.0.1' });
      expect((await request(Number(new URL(address).port), '/second')).body).toBe(active);
      expect((await exporter.waitFor(1)).map(({ name }) => name)).toEqual(['GET /second']);
    });

    test('traces only the scope that it is registered in', async () => {
      const { port, exporter } = await start((app, exporter) => {
        app.register(async (scope) => {
          scope.get('/inside', async () => isActive());
          scope.register(tracing, { exporter, env: {} });
          scope.register(async (inner) => {
            inner.get('/below', async () => isActive());
          });
        });
        app.register(async (scope) => {
          scope.get('/beside', async () => isActive());
        });
        app.get('/outside', async () => isActive());
      });
      for (const target of ['/outside', '/beside']) expect((await request(port, target)).body).toBe(inactive);
      for (const target of ['/inside', '/below']) expect((await request(port, target)).body).toBe(active);
      expect((await exporter.waitFor(2)).map(({ name }) => name)).toEqual(['GET /inside', 'GET /below']);
    });

    test('can be registered in each of two scopes', async () => {
      const exporters = [inMemoryExporter(), inMemoryExporter()];
      const { port } = await start((app) => {
        for (const [number, exporter] of exporters.entries()) {
          app.register(async (scope) => {
            scope.register(tracing, { exporter, env: {}, serviceName: `service-${number}` });
            scope.get(`/${number}`, async () => isActive());
          });
        }
      });
      for (const target of ['/0', '/1']) expect((await request(port, target)).body).toBe(active);
      for (const [number, exporter] of exporters.entries()) {
        expect((await exporter.waitFor(1)).map(({ name }) => name)).toEqual([`GET /${number}`]);
      }
    });

    test('has the span active in every hook', async () => {
      const seen: string[] = [];
      let spanId: string | undefined;
      const look = (place: string): void => {
        seen.push(activeSpan()?.spanId === spanId ? place : `not in ${place}`);
      };
      let done = signal();
      const { app, port, exporter } = await startTraced((scope) => {
        scope.addHook('onRequest', async ({ span }) => {
          spanId = span?.spanId;
          look('onRequest');
        });
        scope.addHook('preParsing', async () => look('preParsing'));
        scope.addHook('preValidation', async () => look('preValidation'));
        scope.addHook('preHandler', async () => look('preHandler'));
        scope.addHook('preSerialization', async (_request, _reply, payload) => {
          look('preSerialization');
          return payload;
        });
        scope.addHook('onError', async () => look('onError'));
        scope.addHook('onSend', async () => look('onSend'));
        scope.addHook('onResponse', async () => {
          look('onResponse');
          done.resolve();
        });
        scope.post('/works', async () => {
          look('handler');
          return {};
        });
        scope.post('/fails', async () => {
          look('handler');
          throw new Error('broken');
        });
      });
      for (const target of ['/works', '/fails']) {
        done = signal();
        const connection = await openConnection(port);
        const arrived = once(app.server, 'request');
        const headers = [
          ['content-type', 'application/json'],
          ['content-length', '2'],
        ] as const;
        await connection.send(requestText(target, { method: 'POST', headers }));
        await arrived;
        await connection.send('{}');
        await connection.receive();
        await done.promise;
        connection.destroy();
      }
      await exporter.waitFor(2);
      const before = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'handler'];
      expect(seen).toEqual([
        ...[...before, 'preSerialization', 'onSend', 'onResponse'],
        ...[...before, 'onError', 'onSend', 'onResponse'],
      ]);
    });

    test('has the spans of a hook after the response below the request, up to its first await', async () => {
      const { port, exporter } = await startTraced((scope) => {
        scope.addHook('onResponse', async () => {
          withSpan('at once', () => {});
          await null;
          withSpan('afterwards', () => {});
        });
        scope.get('/', async () => 'answer');
      });
      await request(port, '/');
      const [atOnce, server, afterwards] = await exporter.waitFor(3);
      expect(atOnce).toMatchObject({ name: 'at once', traceId: server?.traceId, parentSpanId: server?.spanId });
      expect(afterwards).toMatchObject({ name: 'afterwards', links: [{ spanId: server?.spanId }] });
    });

    test('has the span active after a body parser that calls back in another context', async () => {
      // A pool of workers that is older than the request calls back like this.
      const elsewhere = new EventEmitter();
      const { port, exporter } = await startTraced((scope) => {
        scope.addContentTypeParser('text/slow', { parseAs: 'string' }, (_request, body, done) => {
          elsewhere.once('parsed', () => done(null, body));
        });
        scope.addHook('preHandler', async (_request, reply) => {
          reply.header('x-active', String(isActive().active));
        });
        scope.post('/users', async () => isActive());
      });
      const answer = request(port, '/users', {
        method: 'POST',
        headers: [['content-type', 'text/slow']],
        body: 'body',
      });
      await until(() => elsewhere.emit('parsed'));
      expect(await answer).toMatchObject({ headers: { 'x-active': 'true' }, body: active });
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['POST /users: 200, unset']);
    });

    test('has the route of a request that a hook answered', async () => {
      const { port, exporter } = await startTraced((scope) => {
        scope.addHook('onRequest', async (_request, reply) => reply.code(401).send('unauthorized'));
        scope.get('/users/:id', async () => 'never');
      });
      expect((await request(port, '/users/7')).status).toBe(401);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 401, unset']);
    });

    test('has no error for a request that is not valid', async () => {
      const { port, exporter } = await startTraced((scope) => {
        const querystring = { type: 'object', properties: { page: { type: 'integer' } } };
        scope.get('/users/:id', { schema: { querystring } }, async () => 'never');
        scope.post('/users', async () => 'never');
      });
      expect((await request(port, '/users/7?page=x')).status).toBe(400);
      const headers = [['content-type', 'application/json']] as const;
      expect((await request(port, '/users', { method: 'POST', headers, body: '{' })).status).toBe(400);
      expect((await exporter.waitFor(2)).map(outcomeOf)).toEqual([
        'GET /users/:id: 400, unset',
        'POST /users: 400, unset',
      ]);
    });

    test('has the error of a hook', async () => {
      const { port, exporter } = await startTraced((scope) => {
        scope.addHook('preHandler', async () => {
          throw new Error('hook broken');
        });
        scope.get('/users/:id', async () => 'never');
      });
      expect((await request(port, '/users/7')).status).toBe(500);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual([
        'GET /users/:id: 500, error, error.type 500, exception hook broken',
      ]);
    });

    test.each([
      ['/files/*', '/files/a/b.txt', {}],
      ['/at/:hour(^\\d+)h:minute(^\\d+)m', '/at/12h30m', {}],
      ['/optional/:id?', '/optional', {}],
      ['/versions', '/versions', { version: '1.2.0' }],
    ])('has the route %s as it was registered', async (url, target, constraints) => {
      const { port, exporter } = await startTraced((scope) => {
        scope.route({ method: 'GET', url, constraints, handler: async () => 'found' });
      });
      expect((await request(port, target, { headers: [['accept-version', '1.2.0']] })).status).toBe(200);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual([`GET ${url}: 200, unset`]);
    });

    test('has one span inside a traced handler of Node’s, with the route of Fastify', async () => {
      const outer = inMemoryExporter();
      const serverFactory: FastifyServerFactory = (handler) =>
        createServer(traceHandler(handler, { exporter: outer, env: {} }));
      const { port, exporter } = await startTraced(
        (scope) => {
          scope.get('/users/:id', async () => 'user');
        },
        { serverFactory },
      );
      await request(port, '/users/7');
      expect((await outer.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 200, unset']);
      expect(exporter.spans).toEqual([]);
    });

    test('has a span for a WebSocket that Fastify routes, until it is closed', async () => {
      const { app, port, exporter } = await startTraced((scope) => {
        scope.get('/echo', ({ raw: { socket } }, reply) => {
          reply.hijack();
          socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
          socket.pipe(socket);
        });
      });
      // This is what @fastify/websocket does.
      app.server.on('upgrade', (incoming, socket) => {
        const response = new ServerResponse(incoming);
        response.assignSocket(socket as Socket); // the server has no other kind of connection
        app.routing(incoming, response);
      });
      const connection = await openConnection(port);
      const headers = [
        ['connection', 'upgrade'],
        ['upgrade', 'websocket'],
      ] as const;
      await connection.send(requestText('/echo', { headers }));
      expect((await connection.receive()).status).toBe(101);
      await connection.send('ping');
      await connection.receiveText('ping');
      expect(exporter.spans).toEqual([]);
      connection.destroy();
      const [span] = await exporter.waitFor(1);
      expect(span && outcomeOf(span)).toBe('GET /echo: no status code, unset');
    });
  });

  describe('HTTP/2', () => {
    test('has the attributes of the conventions', async () => {
      const { session, socket, port, exporter } = await startHttp2((scope) => {
        scope.get('/users/:id', async () => ({ id: '7' }));
      });
      await readAll(session.request({ ':path': '/users/7?page=2', 'user-agent': 'contract/1' }));
      const [span] = await exporter.waitFor(1);
      expect(span && outcomeOf(span)).toBe('GET /users/:id: 200, unset');
      expect({ ...span?.attributes }).toEqual({
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'http.route': '/users/:id',
        'url.path': '/users/7',
        'url.query': 'page=2',
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
        'server.port': port,
        'client.address': '127.0.0.1',
        'network.peer.address': '127.0.0.1',
        'network.peer.port': socket.localPort,
        'network.protocol.version': '2',
        'user_agent.original': 'contract/1',
      });
    });

    test('keeps the streams of one connection apart', async () => {
      const { session, exporter } = await startHttp2((scope) => {
        scope.post('/users/:id', async ({ span }) => {
          await new Promise((resolve) => setImmediate(resolve));
          return { isActive: activeSpan() === span, traceId: activeSpan()?.traceId };
        });
      });
      const traceIds = Array.from({ length: 50 }, (_, number) => `4bf92f3577b34da6a3ce929d0e0e47${10 + number}`);
      const answers = await Promise.all(
        traceIds.map(async (traceId) => {
          const stream = session.request({
            ':method': 'POST',
            ':path': '/users/7',
            'content-type': 'application/json',
            traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
          });
          stream.write('{');
          await new Promise((resolve) => setImmediate(resolve));
          stream.end('}');
          return JSON.parse(await readAll(stream));
        }),
      );
      expect(answers).toEqual(traceIds.map((traceId) => ({ isActive: true, traceId })));
      const spans = await exporter.waitFor(traceIds.length);
      expect(spans.map(({ traceId }) => traceId).sort()).toEqual(traceIds);
    });

    test('ends a stream in parts with the last of them', async () => {
      const goOn = signal();
      const { session, exporter } = await startHttp2((scope) => {
        scope.get('/users/:id', async (_request, reply) => {
          reply.hijack();
          reply.raw.writeHead(200);
          reply.raw.write('first');
          await goOn.promise;
          reply.raw.end('last');
        });
      });
      const stream = session.request({ ':path': '/users/7' });
      const text = readAll(stream);
      await once(stream, 'response');
      expect(exporter.spans).toEqual([]);
      goOn.resolve();
      expect(await text).toBe('firstlast');
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET /users/:id: 200, unset']);
    });

    test('has an error without status code where the client resets a stream before the answer', async () => {
      const started = signal();
      const { session, exporter } = await startHttp2((scope) => {
        scope.get('/users/:id', () => {
          started.resolve();
          return new Promise(() => {});
        });
      });
      const stream = session.request({ ':path': '/users/7' });
      stream.on('error', () => {});
      await started.promise;
      stream.close(constants.NGHTTP2_CANCEL);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual([cutOffBeforeAnswer]);
    });

    test('has an error with the status code that was sent where the client resets a stream in the middle', async () => {
      const { session, exporter } = await startHttp2((scope) => {
        scope.get('/users/:id', (_request, reply) => {
          reply.hijack();
          reply.raw.writeHead(200);
          reply.raw.write('first');
        });
      });
      const stream = session.request({ ':path': '/users/7' });
      stream.on('error', () => {});
      await once(stream, 'data');
      stream.close(constants.NGHTTP2_CANCEL);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual([cutOffInAnswer]);
    });

    test('has an error where the connection breaks', async () => {
      const started = signal();
      const { session, socket, exporter } = await startHttp2((scope) => {
        scope.get('/users/:id', () => {
          started.resolve();
          return new Promise(() => {});
        });
      });
      session.on('error', () => {});
      const stream = session.request({ ':path': '/users/7' });
      stream.on('error', () => {});
      await started.promise;
      socket.destroy();
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual([cutOffBeforeAnswer]);
    });

    test('judges answers as over HTTP/1', async () => {
      const { session, exporter } = await startHttp2((scope) => {
        scope.get('/users/:id', async () => {
          throw new Error('broken');
        });
        scope.get('/empty', async (_request, reply) => reply.code(204).send());
      });
      for (const path of ['/users/7', '/nothing', '/empty']) await readAll(session.request({ ':path': path }));
      const head = session.request({ ':path': '/empty', ':method': 'HEAD' });
      await readAll(head);
      expect((await exporter.waitFor(4)).map(outcomeOf)).toEqual([
        'GET /users/:id: 500, error, error.type 500, exception broken',
        'GET: 404, unset',
        'GET /empty: 204, unset',
        'HEAD /empty: 204, unset',
      ]);
    });

    async function startHttp2(build: (scope: FastifyInstance) => void) {
      const { port, exporter } = await startTraced(build, { http2: true });
      const socket = connectSocket(port, '127.0.0.1');
      const session = connect(`http://127.0.0.1:${port}`, { createConnection: () => socket });
      sessions.push(session);
      await once(session, 'connect');
      return { session, socket, port, exporter };
    }
  });
}

async function readAll(stream: ClientHttp2Stream): Promise<string> {
  let text = '';
  for await (const part of stream.setEncoding('utf8')) text += part;
  return text;
}
