import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { activeSpan, createTracer, getTracer, withSpan } from '@waymark/core';
import { createHttpTracing } from '@waymark/core/http';
import { traceSocketIo } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import type * as socketio from 'socket.io';
import { type Socket as ClientSocket, io as connect } from 'socket.io-client';
import { drawSpans } from '../draw-spans.ts';

// The types are those of the newest: what the tests use is the same in both.
const versions = ['socket.io', 'socket.io40'] as const;

const exporter: InMemoryExporter = inMemoryExporter();
createHttpTracing({
  tracer: getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} }),
  outbound: false, // of the clients
});

describe.each(versions)('%s', (version) => {
  const library: typeof socketio = require(version);
  traceSocketIo(library);

  let http: HttpServer;
  let io: socketio.Server;
  let port: number;
  const clients: ClientSocket[] = [];

  beforeEach(async () => {
    http = createServer();
    io = new library.Server(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    port = (http.address() as AddressInfo).port;
    exporter.reset();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await new Promise<void>((resolve) => void io.close(() => resolve()));
  });

  function open(namespace = '/', options: Parameters<typeof connect>[1] = { transports: ['websocket'] }): ClientSocket {
    const client = connect(`http://127.0.0.1:${port}${namespace}`, { forceNew: true, ...options });
    clients.push(client);
    return client;
  }

  const drawn = () => drawSpans(exporter.spans);
  const named = (name: string): readonly SpanData[] => exporter.spans.filter((span) => span.name === name);
  const linkedTo = (span: SpanData | undefined) => span?.links.map(({ spanId }) => spanId);

  async function opening(): Promise<SpanData> {
    await exporter.waitFor(1);
    const [span] = named('GET /socket.io/');
    if (span === undefined) throw new Error(`no request in ${drawn()}`);
    return span;
  }

  describe.each([['websocket'], ['polling']] as const)('over %s', (transport) => {
    test('an event has a trace of its own, with a link to the request that opened the connection', async () => {
      io.on('connection', (socket) => {
        socket.join('kitchen');
        socket.on('order', (_order, done) => {
          withSpan('work', () => {});
          done('accepted');
        });
      });
      const client = open('/', { transports: [transport] });
      expect(await new Promise((resolve) => client.emit('order', { secret: 'x' }, resolve))).toBe('accepted');
      await exporter.waitFor(3);
      expect(drawn()).toEqual(['GET /socket.io/', 'process order', '  work']);
      const [request, order] = [await opening(), named('process order')[0]];
      expect(request.kind).toBe('server');
      expect(request.attributes).toMatchObject({
        'http.request.method': 'GET',
        'http.route': '/socket.io/',
        'http.response.status_code': transport === 'polling' ? 200 : 101,
      });
      expect(order?.traceId).not.toBe(request.traceId);
      expect(linkedTo(order)).toEqual([request.spanId]);
      expect({ kind: order?.kind, attributes: { ...order?.attributes }, status: order?.status.code }).toEqual({
        kind: 'consumer',
        status: 'unset',
        attributes: {
          'messaging.system': 'socket.io',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': '/',
          'messaging.socket.io.namespace': '/',
          'messaging.socket.io.event_name': 'order',
          'messaging.socket.io.rooms': ['kitchen'],
          'messaging.socket.io.transport': transport,
        },
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });
  });

  test('a connection that begins with polling has one request, also after its upgrade', async () => {
    io.on('connection', (socket) => socket.on('order', (done) => done(socket.conn.transport.name)));
    const client = open('/', { transports: ['polling', 'websocket'] });
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    while (client.io.engine.transport.name !== 'websocket') await new Promise(setImmediate);
    expect(await new Promise((resolve) => client.emit('order', resolve))).toBe('websocket');
    await exporter.waitFor(2);
    expect(drawn()).toEqual(['GET /socket.io/', 'process order']);
    expect(named('process order')[0]?.attributes['messaging.socket.io.transport']).toBe('websocket');
  });

  test('the span of an event lasts until its async listeners have settled', async () => {
    let finish: () => void = () => {};
    io.on('connection', (socket) =>
      socket.on('order', async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
          socket.emit('waiting');
        });
        await withSpan('work', async () => {});
      }),
    );
    const client = open();
    client.emit('order');
    await new Promise<void>((resolve) => client.once('waiting', () => resolve()));
    expect(named('process order')).toEqual([]);
    finish();
    await exporter.waitFor(4);
    expect(drawn()).toEqual(['GET /socket.io/', 'process order', '  send waiting', '  work']);
  });

  test('an async listener of once(), and several listeners, are parts of the work', async () => {
    const order: string[] = [];
    io.on('connection', (socket) => {
      socket.once('order', async () => {
        order.push('first');
        await withSpan('first', () => new Promise(setImmediate));
      });
      socket.on('order', () => void order.push('second'));
      socket.prependListener('order', async () => {
        order.push('zeroth');
        await withSpan('zeroth', () => new Promise(setImmediate));
      });
    });
    open().emit('order');
    await exporter.waitFor(4);
    expect(order).toEqual(['zeroth', 'first', 'second']);
    expect(drawn()).toEqual(['GET /socket.io/', 'process order', '  zeroth', '  first']);
  });

  test('a promise that a plain function returns is left alone', async () => {
    io.on('connection', (socket) =>
      socket.on('order', () => {
        const work = Promise.reject(new Error('handled'));
        work.catch(() => socket.emit('handled'));
        return work;
      }),
    );
    const client = open();
    client.emit('order');
    await new Promise<void>((resolve) => client.once('handled', () => resolve()));
    await exporter.waitFor(2);
    expect(drawn().slice(0, 2)).toEqual(['GET /socket.io/', 'process order']);
  });

  test('middleware of the socket runs within the event, and a refusal fails it', async () => {
    io.on('connection', (socket) => {
      socket.use(([event], next) => {
        setImmediate(() => withSpan('check', () => next(event === 'bad' ? new RangeError('refused') : undefined)));
      });
      socket.on('good', () => withSpan('work', () => {}));
      socket.on('bad', () => {});
      socket.on('error', () => {});
    });
    const client = open();
    client.emit('good');
    client.emit('bad');
    await exporter.waitFor(6);
    expect(drawn()).toEqual([
      'GET /socket.io/',
      'process good',
      '  check',
      '  work',
      'process bad ! RangeError',
      '  check',
    ]);
  });

  test('what never ends, ends with the connection, and as early as it was over', async () => {
    io.on('connection', (socket) => {
      socket.use(([event], next) => event !== 'kept' && next());
      socket.on('kept', () => {});
      socket.on('never acknowledged', () => {});
      socket.on('both', (done) => done());
    });
    const client = open();
    client.emit('kept');
    client.emit('never acknowledged', () => {});
    await new Promise<void>((resolve) => client.emit('both', () => resolve()));
    await exporter.waitFor(2);
    expect(drawn()).toEqual(['GET /socket.io/', 'process both']);
    const atMs = Date.now();
    client.disconnect();
    await exporter.waitFor(4);
    expect(drawn()).toEqual(['GET /socket.io/', 'process kept', 'process never acknowledged', 'process both']);
    for (const { endMs } of exporter.spans) expect(endMs).toBeLessThanOrEqual(atMs + 2);
  });

  test('names that clients invent are neither names of spans nor attributes', async () => {
    io.on('connection', (socket) => {
      socket.on('order', () => {});
    });
    io.of('/any').on('connection', (socket) => {
      socket.onAny(() => withSpan('any', () => {}));
    });
    open().emit('invented');
    open('/any').emit('invented');
    const client = open();
    client.emit('order');
    await exporter.waitFor(6);
    expect([...drawn()].sort()).toEqual([
      '  any',
      'GET /socket.io/',
      'GET /socket.io/',
      'GET /socket.io/',
      'process',
      'process order',
    ]);
    expect(JSON.stringify(exporter.spans)).not.toContain('invented');
  });

  test('what the application sends has spans below the active one', async () => {
    io.of('/shop').on('connection', (socket) => {
      socket.join(['kitchen', 'bar']);
    });
    const client = open('/shop');
    const received: string[][] = [];
    client.onAny((...args: string[]) => void received.push(args));
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    const shop = io.of('/shop');
    shop.emit('outside any span');
    const [socket] = [...shop.sockets.values()];
    withSpan('request', () => {
      socket?.emit('one', 'secret');
      shop.emit('all', 'secret');
      shop.to('kitchen').to('bar').emit('some', 'secret');
      socket?.broadcast.emit('others', 'secret');
      socket?.volatile.emit('perhaps', 'secret');
      expect(() => socket?.emit('disconnect')).toThrow('reserved');
    });
    await exporter.waitFor(8);
    expect(drawn()).toEqual([
      'GET /socket.io/',
      'request',
      '  send one',
      '  send all',
      '  send some',
      '  send others',
      '  send perhaps',
      '  send disconnect ! Error',
    ]);
    const [some] = named('send some');
    expect({ kind: some?.kind, attributes: { ...some?.attributes } }).toEqual({
      kind: 'producer',
      attributes: {
        'messaging.system': 'socket.io',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': '/shop',
        'messaging.socket.io.namespace': '/shop',
        'messaging.socket.io.event_name': 'some',
        'messaging.socket.io.rooms': ['kitchen', 'bar'],
      },
    });
    await new Promise<void>((resolve) => client.once('last', () => resolve()) && shop.emit('last'));
    // Nothing is added to what clients get.
    expect(received.filter(([name]) => name === 'some' || name === 'one')).toEqual([
      ['one', 'secret'],
      ['some', 'secret'],
    ]);
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('a sent event that is acknowledged lasts until then, and the callback runs in the context of its caller', async () => {
    io.on('connection', () => {});
    const client = open();
    client.on('question', (done) => done('answer'));
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    const [socket] = [...io.sockets.sockets.values()];
    await withSpan('request', async (request) => {
      await new Promise<void>((resolve) =>
        socket?.emit('question', (answer: unknown) => {
          expect(answer).toBe('answer');
          expect(activeSpan()).toBe(request);
          resolve();
        }),
      );
      expect(named('send question').length).toBe(1);
    });
    expect(drawn()).toEqual(['GET /socket.io/', 'request', '  send question']);
  });

  test('a sent event that is never acknowledged ends with the connection', async () => {
    io.on('connection', () => {});
    const client = open();
    const arrived = new Promise<void>((resolve) => client.once('question', () => resolve()));
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    const [socket] = [...io.sockets.sockets.values()];
    withSpan('request', () => socket?.emit('question', () => {}));
    await arrived;
    expect(named('send question')).toEqual([]);
    client.disconnect();
    await exporter.waitFor(3);
    expect(drawn()).toEqual(['GET /socket.io/', 'request', '  send question']);
  });

  test('continues the trace of the request that opened the connection, and its handlers run in it', async () => {
    const seen: unknown[] = [];
    io.use((_socket, next) => {
      seen.push(activeSpan()?.spanContext().traceId);
      next();
    });
    io.on('connection', (socket) => {
      seen.push(activeSpan()?.spanContext().traceId);
      socket.on('disconnect', () => void seen.push(activeSpan()?.spanContext().traceId));
    });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const extraHeaders = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const client = open('/', { transports: ['websocket'], extraHeaders });
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    expect((await opening()).parentSpanId).toBe('00f067aa0ba902b7');
    client.disconnect();
    while (seen.length < 3) await new Promise(setImmediate);
    expect(seen).toEqual([traceId, traceId, traceId]);
  });

  test('what a handler of the connection starts has a trace with a link to the request, which has ended', async () => {
    io.on('connection', (socket) => {
      withSpan('greet', () => socket.emit('hello'));
    });
    open();
    await exporter.waitFor(3);
    expect(drawn()).toEqual(['GET /socket.io/', 'greet', '  send hello']);
    const [request, greet] = [await opening(), named('greet')[0]];
    expect(greet?.traceId).not.toBe(request.traceId);
    expect(linkedTo(greet)).toEqual([request.spanId]);
  });

  test('500 sockets at once: each event is linked to the request of its own socket', async () => {
    const requests = new Map<string, string | undefined>();
    io.on('connection', (socket) => {
      requests.set(socket.id, activeSpan()?.spanContext().spanId);
      socket.on('order', async () => {
        await new Promise(setImmediate);
        activeSpan()?.setAttribute('socket', socket.id);
        if (Number(socket.handshake.query.n) % 10 === 0)
          socket.disconnect(); // in the middle
        else socket.emit('done');
      });
    });
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => {
        const client = open('/', { transports: ['websocket'], query: { n: `${n}` } });
        const ended = new Promise<void>((resolve) => {
          client.once('done', () => resolve());
          client.once('disconnect', () => resolve());
        });
        client.emit('order');
        return ended;
      }),
    );
    await exporter.waitFor(1450, { timeoutMs: 20_000 });
    const events = named('process order');
    expect(events.length).toBe(500);
    expect(named('GET /socket.io/').length).toBe(500);
    for (const event of events) expect(linkedTo(event)).toEqual([requests.get(String(event.attributes.socket))]);
    expect(new Set(events.map(({ traceId }) => traceId)).size).toBe(500);
    const ids = new Set(events.map(({ spanId }) => spanId));
    for (const { parentSpanId } of named('send done')) expect(ids.has(parentSpanId ?? '')).toBe(true);
  }, 40_000);
});

test('refuses what is not Socket.IO', () => {
  expect(() => traceSocketIo({})).toThrow('traceSocketIo(socketio) takes the exports of socket.io');
});

test('refuses an option that is not a boolean', () => {
  expect(() => createTracer({ libraries: { 'socket.io': { messages: 1 as never } }, env: {} })).toThrow('messages');
});
