// What tracing does for plain Node only.

import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { activeSpan, createTracer } from '@waymark/core';
import { contextOf, setRoute, traceHandler } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import supertest from 'supertest';
import { listen } from './listening-server.ts';
import { openConnection, request, requestText } from './raw-client.ts';
import { outcomeOf } from './traced-app.ts';

export function describeNodeHttp(): void {
  describe('plain Node alone', () => {
    test('has no route until the handler names one', async () => {
      const exporter = inMemoryExporter();
      const handler = traceHandler(
        (incoming, response) => {
          if (incoming.url === '/named/7') setRoute(incoming, '/named/:id');
          response.end();
        },
        { exporter, env: {} },
      );
      await supertest(handler).get('/named/7');
      await supertest(handler).get('/nameless/7');
      const spans = await exporter.waitFor(2);
      expect(spans.map(outcomeOf)).toEqual(['GET /named/:id: 200, unset', 'GET: 200, unset']);
    });

    test('ignores a route for a request that is not traced', async () => {
      const server = await listen(
        createServer((incoming, response) => {
          setRoute(incoming, '/anything');
          response.end('served');
        }),
      );
      expect(await request(server.port, '/')).toMatchObject({ status: 200, body: 'served' });
      await server.close();
    });

    test('calls the handler as Node does, and returns its result', async () => {
      const seen: unknown[] = [];
      const handler = function (this: unknown, _incoming: IncomingMessage, response: ServerResponse) {
        seen.push(this, activeSpan()?.isRecording());
        response.end();
        return Promise.resolve('result');
      };
      const traced = traceHandler(handler, { exporter: [], env: {} });
      const server = createServer(function (this: unknown, ...args) {
        seen.push(Reflect.apply(traced, this, args));
      } satisfies RequestListener);
      const running = await listen(server);
      await request(running.port, '/');
      await running.close();
      expect(seen[0]).toBe(server);
      expect(seen[1]).toBe(true);
      await expect(seen[2]).resolves.toBe('result');
    });

    test.each(['throws', 'rejects'])(
      'a handler that %s, uncaught, ends the process as without tracing',
      async (kind) => {
        const [traced, bare] = await Promise.all([runUncaught(kind, 'traced'), runUncaught(kind, 'bare')]);
        expect(traced).toEqual(bare);
        expect(bare).toMatchObject({ code: 1, stderr: expect.stringMatching(/^.not caught/) });
      },
    );

    test('does not replace the error that the handler threw', async () => {
      const thrown = new Error('thrown');
      const exporter = inMemoryExporter();
      const traced = traceHandler(
        () => {
          throw thrown;
        },
        { exporter, env: {} },
      );
      const caught: unknown[] = [];
      const running = await listen(
        createServer((incoming, response) => {
          try {
            traced(incoming, response);
          } catch (error) {
            caught.push(error);
            response.writeHead(500).end();
          }
        }),
      );
      await request(running.port, '/');
      await running.close();
      expect(caught).toEqual([thrown]);
      expect(caught[0]).toBe(thrown);
      expect((await exporter.waitFor(1)).map(outcomeOf)).toEqual(['GET: 500, error, error.type 500, exception thrown']);
    });

    test('ends the spans of pipelined requests that were never answered', async () => {
      const exporter = inMemoryExporter();
      let begun = 0;
      const allBegun = withResolvers();
      const handler = traceHandler(
        (incoming, response) => {
          if (incoming.url !== '/slow') response.end();
          begun++;
          if (begun === 3) allBegun.resolve();
        },
        { exporter, outbound: false, env: {} },
      );
      const running = await listen(createServer(handler));
      const connection = await openConnection(running.port);
      await connection.send(['/slow', '/a', '/b'].map((path) => requestText(path)).join(''));
      await allBegun.promise;
      connection.destroy();
      const spans = await exporter.waitFor(3);
      expect(spans.map(({ attributes }) => attributes['url.path']).sort()).toEqual(['/a', '/b', '/slow']);
      expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual(['aborted', 'aborted', 'aborted']);
      await running.close();
    });

    test('adds no listeners to the socket for an Upgrade header that the server ignores', async () => {
      const exporter = inMemoryExporter();
      const listeners: number[] = [];
      const handler = traceHandler(
        (incoming, response) => {
          listeners.push(incoming.socket.listenerCount('close'));
          response.end();
        },
        { exporter, outbound: false, env: {} },
      );
      const running = await listen(createServer(handler));
      const connection = await openConnection(running.port);
      const headers = [['connection', 'keep-alive, upgrade'] as const, ['upgrade', 'websocket'] as const];
      for (let count = 0; count < 12; count++) {
        await connection.send(requestText('/', { headers }));
        expect((await connection.receive()).status).toBe(200);
      }
      connection.destroy();
      expect(new Set(listeners).size).toBe(1);
      expect((await exporter.waitFor(12)).map(outcomeOf)).toEqual(new Array(12).fill('GET: 200, unset'));
      await running.close();
    });

    test('has the address of the server over HTTP/2, and Node’s outcome of the response', async () => {
      const exporter = inMemoryExporter();
      const listener = traceHandler(
        (incoming, response) => {
          response.writeHead(201).end('served');
          response.once('finish', () => {
            Object.defineProperty(response, 'stream', { value: incoming.url === '/null' ? null : {} });
            Object.defineProperty(response, 'headersSent', { value: false });
          });
        },
        { exporter, outbound: false, env: {} },
      );
      const server = createHttp2Server(listener as never); // the compatibility API's request and response
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const session = connectHttp2(`http://127.0.0.1:${port}`);
      for (const path of ['/null', '/object']) {
        const stream = session.request({ ':path': path, ':authority': 'shop.test:8443', host: 'other.test' });
        expect(await text(stream)).toBe('served');
      }
      const spans = await exporter.waitFor(2);
      expect(spans.map(outcomeOf)).toEqual(['GET: 201, unset', 'GET: 201, unset']);
      for (const { attributes } of spans) {
        expect(attributes).toMatchObject({ 'server.address': 'shop.test', 'server.port': 8443 });
      }
      session.destroy();
      server.close();
    });

    test('leaves no property on a request whose response cannot be traced', async () => {
      const tracer = createTracer({ exporter: [], env: {}, logLevel: 'none' });
      const handler = traceHandler((_incoming, response) => void response.end('served'), { tracer, outbound: false });
      const left: unknown[] = [];
      const running = await listen(
        createServer((incoming, response) => {
          const { emit } = incoming;
          Object.defineProperty(response, 'emit', { value: response.emit, writable: false });
          handler(incoming, response);
          left.push(incoming.emit === emit, contextOf(incoming));
        }),
      );
      expect(await request(running.port, '/')).toMatchObject({ status: 200, body: 'served' });
      await running.close();
      expect(left).toEqual([true, undefined]);
      expect(tracer.stats()).toMatchObject({ started: 0, diagnostics: { 'instrumentation-failed': 1 } });
    });

    test('lets the properties of a request be copied to an emitter of another kind', async () => {
      const copied: unknown[] = [];
      const handler = traceHandler(
        (incoming, response) => {
          const copy = new EventEmitter();
          for (const name in incoming) (copy as never as Record<string, unknown>)[name] = incoming[name as 'url'];
          copy.on('something', (value) => copied.push(value));
          copy.emit('something', 7);
          response.end();
        },
        { exporter: [], outbound: false, env: {} },
      );
      const running = await listen(createServer(handler));
      expect((await request(running.port, '/')).status).toBe(200);
      expect(copied).toEqual([7]);
      await running.close();
    });
  });
}

/** Like `Promise.withResolvers()`, which Node has from 22 on. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** The exit code and output of a process that does not catch the handler's error. */
async function runUncaught(kind: string, variant: string): Promise<{ code: number | null; stderr: string }> {
  const args = ['--conditions=@waymark/source', '--require=esbuild-register', require.resolve('./uncaught.ts')];
  const service = spawn(process.execPath, [...args, kind, variant], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, [code]] = await Promise.all([text(service.stderr), once(service, 'close')]);
  // Node prints the line that threw the error above it.
  return { code, stderr: stderr.slice(stderr.indexOf('[not caught')) };
}
