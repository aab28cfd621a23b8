import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import websocketPlugin from '@fastify/websocket';
import { activeSpan, createTracer, getTracer, withSpan } from '@waymark/core';
import { traceWs } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import { tracing as fastifyTracing } from '@waymark/fastify';
import express from 'express';
import expressWs from 'express-ws';
import Fastify from 'fastify';
import type * as ws from 'ws';
import { drawSpans } from '../draw-spans.ts';

// The types are those of the newest: what the tests use is the same in both.
const versions = ['ws', 'ws80'] as const;

const exporter: InMemoryExporter = inMemoryExporter();
const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

const quiet = createTracer({ disabled: true, env: {} });
function untraced(fn: () => ws.WebSocket): ws.WebSocket {
  return quiet.withSpan('client', fn) as ws.WebSocket; // no promise
}

expressTracing(tracer); // for calls to other services

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
beforeEach(() => exporter.reset());

const drawn = () => drawSpans(exporter.spans);
const named = (name: string): readonly SpanData[] => exporter.spans.filter((span) => span.name === name);
const linkedTo = (span: SpanData | undefined) => span?.links.map(({ spanId }) => spanId);

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => void server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

describe.each(versions)('%s', (version) => {
  const library: typeof ws = require(version);
  traceWs(library);
  const WebSocket = library.WebSocket ?? library; // 8.0 has one name for each
  const WebSocketServer = library.WebSocketServer ?? library.Server;

  async function serve(options: ws.ServerOptions = {}): Promise<{ server: ws.WebSocketServer; port: number }> {
    const http = createServer();
    const server = new WebSocketServer({ server: http, ...options });
    const port = await listen(http);
    closers.push(async () => {
      for (const client of server.clients) client.terminate();
    });
    return { server, port };
  }

  /** A client whose side has no spans. */
  async function open(url: string, options?: ws.ClientOptions): Promise<ws.WebSocket> {
    const socket = untraced(() => new WebSocket(url, options));
    closers.push(async () => socket.terminate());
    await once(socket, 'open');
    return socket;
  }

  test('a message has a trace of its own, with a link to the request that opened the connection', async () => {
    const { server, port } = await serve({ path: '/live' });
    server.on('connection', (socket) => socket.on('message', () => withSpan('work', () => socket.send('done'))));
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const client = await open(`ws://127.0.0.1:${port}/live?token=secret`, { headers });
    const answer = once(client, 'message');
    client.send(Buffer.from('secret'));
    await answer;
    await exporter.waitFor(4);
    expect(drawn()).toEqual(['process /live', '  work', '    send /live', '? GET /live']);
    const [request, message, send] = ['GET /live', 'process /live', 'send /live'].map((name) => named(name)[0]);
    expect(request).toMatchObject({ kind: 'server', traceId, parentSpanId: '00f067aa0ba902b7' });
    expect(request?.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/live',
      'http.response.status_code': 101,
      'url.path': '/live',
      'network.peer.address': '127.0.0.1',
    });
    expect(message?.traceId).not.toBe(traceId);
    expect(linkedTo(message)).toEqual([request?.spanId]);
    expect({ kind: message?.kind, attributes: { ...message?.attributes } }).toEqual({
      kind: 'consumer',
      attributes: {
        'messaging.system': 'websocket',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': '/live',
        'messaging.message.body.size': 6,
      },
    });
    expect({ kind: send?.kind, name: send?.attributes['messaging.operation.name'] }).toEqual({
      kind: 'producer',
      name: 'send',
    });
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('all kinds of handlers run in the context of the message', async () => {
    const { server, port } = await serve();
    const seen: string[] = [];
    server.on('connection', (socket) => {
      const see = (name: string) => () => {
        seen.push(name);
        withSpan(name, () => {});
      };
      socket.on('message', see('on'));
      socket.once('message', see('once'));
      socket.addEventListener('message', see('addEventListener'));
      socket.onmessage = see('onmessage');
    });
    const client = await open(`ws://127.0.0.1:${port}`);
    client.send('one');
    await exporter.waitFor(6);
    expect(drawn()).toEqual(['GET', 'process websocket', '  on', '  once', '  addEventListener', '  onmessage']);
    expect(seen).toEqual(['on', 'once', 'addEventListener', 'onmessage']);
  });

  test('the span of a message lasts until its async listeners have settled', async () => {
    const { server, port } = await serve();
    server.on('connection', (socket) => {
      socket.on('message', async () => {
        await new Promise(setImmediate);
        await withSpan('work', async () => {});
      });
    });
    (await open(`ws://127.0.0.1:${port}`)).send('one');
    await exporter.waitFor(3);
    expect(drawn()).toEqual(['GET', 'process websocket', '  work']);
  });

  test('a message in fragments is one, pings have no spans, and streams get what they should', async () => {
    const { server, port } = await serve();
    server.on('connection', (socket) => {
      const stream = library.createWebSocketStream(socket);
      stream.pipe(stream);
      stream.on('error', () => {});
    });
    const client = await open(`ws://127.0.0.1:${port}`);
    const answer = once(client, 'message');
    client.ping();
    await once(client, 'pong');
    client.send('a', { fin: false });
    client.send('b', { fin: true });
    const [data] = await answer;
    expect(String(data)).toBe('ab');
    await exporter.waitFor(3);
    expect(drawn()).toEqual(['GET', 'process websocket', '  send websocket']);
  });

  test('a client has spans for its messages as well, linked to the request that it has sent', async () => {
    const { server, port } = await serve();
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const received = withSpan('request', async () => {
      const client = new WebSocket(`ws://127.0.0.1:${port}`);
      closers.push(async () => client.terminate());
      await once(client, 'open');
      const answer = new Promise<unknown>((resolve) =>
        client.on('message', (data) => {
          withSpan('answered', () => {});
          resolve(data);
        }),
      );
      client.send('hello');
      return answer;
    });
    expect(String(await received)).toBe('hello');
    await exporter.waitFor(8);
    expect(drawn().slice(0, 6)).toEqual([
      'request',
      '  GET',
      '    GET',
      '  send websocket',
      'process websocket',
      '  send websocket',
    ]);
    const clientRequest = named('GET').find(({ kind }) => kind === 'client');
    const serverRequest = named('GET').find(({ kind }) => kind === 'server');
    expect(serverRequest?.parentSpanId).toBe(clientRequest?.spanId);
    const links = named('process websocket').flatMap(linkedTo);
    expect(new Set(links)).toEqual(new Set([clientRequest?.spanId, serverRequest?.spanId]));
  });

  test('the callback of a message runs in the context of its caller, and a failure fails the span', async () => {
    const { server, port } = await serve();
    const connected = once(server, 'connection') as Promise<[ws.WebSocket]>;
    const client = await open(`ws://127.0.0.1:${port}`);
    const [socket] = await connected;
    await withSpan('request', async (request) => {
      await new Promise<void>((resolve) =>
        socket.send('one', (error) => {
          expect(error).toBeFalsy();
          expect(activeSpan()).toBe(request);
          resolve();
        }),
      );
      await new Promise<void>((resolve) => socket.send('two', { binary: true }, () => resolve()));
      client.terminate();
      await once(socket, 'close');
      const error = await new Promise((resolve) => socket.send('three', resolve));
      expect(error).toBeInstanceOf(Error);
      socket.send('four'); // nothing happens
    });
    await exporter.waitFor(6);
    expect(drawn()).toEqual([
      'GET',
      'request',
      '  send websocket',
      '  send websocket',
      '  send websocket ! Error',
      '  send websocket ! Error',
    ]);
  });

  test('a refused upgrade has a span without an error', async () => {
    const { port } = await serve({ verifyClient: () => false });
    const [error] = await once(
      untraced(() => new WebSocket(`ws://127.0.0.1:${port}/`)),
      'error',
    );
    expect(String(error)).toContain('401');
    await exporter.waitFor(1);
    expect(exporter.spans.map(({ name, status }) => `${name}: ${status.code}`)).toEqual(['GET: unset']);
  });

  test('500 connections at once: each message is linked to the request of its own connection', async () => {
    const { server, port } = await serve();
    const requests = new Map<string, string | undefined>();
    server.on('connection', (socket, { url = '' }) => {
      requests.set(url, activeSpan()?.spanContext().spanId);
      socket.on('message', async () => {
        await new Promise(setImmediate);
        activeSpan()?.setAttribute('socket', url);
        if (Number(url.slice(1)) % 10 === 0)
          socket.terminate(); // in the middle
        else socket.send('done');
      });
    });
    await Promise.all(
      Array.from({ length: 500 }, async (_, n) => {
        const client = await open(`ws://127.0.0.1:${port}/${n}`);
        const ended = new Promise<void>((resolve) => {
          client.on('message', () => resolve());
          client.on('close', () => resolve());
        });
        client.send('go');
        await ended;
      }),
    );
    const messages = () => exporter.spans.filter(({ attributes }) => attributes.socket !== undefined);
    while (messages().length < 500) await exporter.waitFor(exporter.spans.length + 1);
    for (const message of messages())
      expect(linkedTo(message)).toEqual([requests.get(String(message.attributes.socket))]);
    expect(new Set(messages().map(({ traceId }) => traceId)).size).toBe(500);
  }, 40_000);
});

describe('with a framework', () => {
  const library: typeof ws = require('ws');
  traceWs(library);
  traceWs(require(require.resolve('ws', { paths: [require.resolve('express-ws')] }))); // 7

  async function exchange(port: number, path: string): Promise<void> {
    const client = untraced(() => new library.WebSocket(`ws://127.0.0.1:${port}${path}`));
    closers.push(async () => client.terminate());
    await once(client, 'open');
    const answer = once(client, 'message');
    client.send('hello');
    await answer;
  }

  test('@fastify/websocket: the span of the route ends with the upgrade, and messages are linked to it', async () => {
    const app = Fastify();
    await app.register(fastifyTracing, { tracer });
    await app.register(websocketPlugin);
    app.get('/chat/:room', { websocket: true }, (socket) => {
      withSpan('connected', () => {});
      socket.on('message', (data: Buffer) => withSpan('work', () => socket.send(data)));
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    closers.push(() => app.close());
    await exchange((app.server.address() as AddressInfo).port, '/chat/7');
    await exporter.waitFor(5);
    expect(drawn()).toEqual([
      'GET /chat/:room',
      '  connected',
      'process /chat/:room',
      '  work',
      '    send /chat/:room',
    ]);
    expect(named('GET /chat/:room')[0]?.attributes['http.response.status_code']).toBe(101);
    expect(linkedTo(named('process /chat/:room')[0])).toEqual([named('GET /chat/:room')[0]?.spanId]);
  });

  test('express-ws: the same', async () => {
    const { app } = expressWs(express());
    app.use(expressTracing(tracer) as never); // the types of express-ws are those of Express 4
    app.ws('/chat/:room', (socket) => {
      socket.on('message', (data) => withSpan('work', () => socket.send(data)));
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => new Promise((resolve) => void server.close(resolve)));
    await exchange((server.address() as AddressInfo).port, '/chat/7');
    await exporter.waitFor(4);
    const route = '/chat/:room/.websocket'; // that of express-ws
    expect(drawn()).toEqual([`GET ${route}`, `process ${route}`, '  work', `    send ${route}`]);
    expect(linkedTo(named(`process ${route}`)[0])).toEqual([named(`GET ${route}`)[0]?.spanId]);
  });

  test('Express with a server of its own: the options of its tracing() hold for upgrades', async () => {
    const app = express();
    app.use(expressTracing({ tracer, ignore: ['/quiet'] }));
    const http = createServer(app);
    const server = new library.WebSocketServer({ server: http });
    server.on('connection', (socket) => socket.on('message', (data) => withSpan('work', () => socket.send(data))));
    const port = await listen(http);
    closers.push(async () => {
      for (const client of server.clients) client.terminate();
    });
    await exchange(port, '/');
    await exporter.waitFor(4);
    expect(drawn()).toEqual(['GET', 'process websocket', '  work', '    send websocket']);
    exporter.reset();
    await exchange(port, '/quiet');
    expect(drawn()).toEqual([]);
  });
});

test('refuses what is not ws', () => {
  expect(() => traceWs({})).toThrow('traceWs(ws) takes the exports of ws');
});
