// The active span in the asynchronous continuations of a handler.
import { EventEmitter, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { activeSpan, bind, getBaggage, withSpan } from '@waymark/core';
import type { AdapterUnderTest, Exchange, Handler, Route } from './adapter-under-test.ts';
import { type Connection, openConnection, requestText } from './raw-client.ts';
import { callerOf, signal, startTraced, until } from './traced-app.ts';

/** Calls `look` at one place. `look` notes the active span. */
type Place = (exchange: Exchange, look: () => void) => unknown;

const places: readonly (readonly [name: string, place: Place])[] = [
  ['in the handler', (_, look) => look()],
  [
    'after an await',
    async (_, look) => {
      await null;
      look();
    },
  ],
  [
    'after a timer',
    async (_, look) => {
      await delay(1);
      look();
    },
  ],
  ['in setTimeout', (_, look) => called((done) => setTimeout(done, 1), look)],
  ['in setImmediate', (_, look) => called(setImmediate, look)],
  ['in queueMicrotask', (_, look) => called(queueMicrotask, look)],
  ['in process.nextTick', (_, look) => called(process.nextTick, look)],
  [
    'in a stream’s events',
    async (_, look) => {
      const stream = createReadStream(__filename);
      stream.once('data', look);
      stream.once('end', look);
      await once(stream, 'close');
    },
  ],
  [
    'in a pipeline',
    (_, look) =>
      pipeline(
        Readable.from(['a', 'b']),
        async function* (source) {
          for await (const part of source) {
            look();
            yield part;
          }
        },
        new PassThrough().resume(),
      ),
  ],
  [
    'in an emitter’s listener',
    async (_, look) => {
      const emitter = new EventEmitter().on('event', look);
      await delay(1);
      emitter.emit('event');
    },
  ],
  [
    'in an async generator',
    async (_, look) => {
      async function* generate() {
        await null;
        look();
        yield 1;
      }
      for await (const _number of generate()) look();
    },
  ],
  ['in several branches at once', (_, look) => Promise.all([1, 2, 3].map((ms) => delay(ms).then(look)))],
  [
    'in a function bound for elsewhere',
    async (_, look) => {
      elsewhere.once('event', bind(look));
      await nextElsewhere();
    },
  ],
];

/** An emitter that belongs to no request. */
const elsewhere = new EventEmitter();

function nextElsewhere(): Promise<void> {
  const done = signal();
  elsewhere.once('event', () => done.resolve());
  return done.promise;
}

async function called(schedule: (done: () => void) => void, look: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    schedule(() => {
      look();
      resolve();
    });
  });
}

export function describeAsyncContext(adapter: AdapterUnderTest): void {
  describe('the active span', () => {
    test.each(places)('is the request’s %s', async (_name, place) => {
      const seen: unknown[] = [];
      const handler: Handler = async (exchange) => {
        await place(exchange, () => seen.push(activeSpan()?.spanId));
        exchange.send(200);
      };
      const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/', handler }] });
      const beat = setInterval(() => elsewhere.emit('event'), 1);
      await app.request('/');
      clearInterval(beat);
      const [span] = await app.spans(1);
      expect(new Set(seen)).toEqual(new Set([span?.spanId]));
    });

    test('is the handler’s span', async () => {
      const seen: unknown[] = [];
      const handler: Handler = ({ span, send }) => {
        seen.push(span, activeSpan());
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/', handler }] });
      await app.request('/');
      expect(seen[0]).toBe(seen[1]);
      const [span] = await app.spans(1);
      expect(seen[0]).toMatchObject({ traceId: span?.traceId, spanId: span?.spanId });
    });

    test('is the request’s when the response has finished and closed', async () => {
      const seen: unknown[] = [];
      const closed = signal();
      const handler: Handler = ({ response, send }) => {
        response.on('finish', () => seen.push(['finish', activeSpan()?.spanId]));
        response.on('close', () => {
          seen.push(['close', activeSpan()?.spanId]);
          closed.resolve();
        });
        send(200, 'done');
      };
      const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/', handler }] });
      await app.request('/');
      await closed.promise;
      const [span] = await app.spans(1);
      expect(seen).toEqual([
        ['finish', span?.spanId],
        ['close', span?.spanId],
      ]);
    });

    test('is the request’s when the client has left', async () => {
      const seen: unknown[] = [];
      const started = signal();
      const closed = signal();
      const handler: Handler = ({ response }) => {
        response.on('close', () => {
          seen.push(activeSpan()?.spanId);
          closed.resolve();
        });
        started.resolve();
        return closed.promise;
      };
      const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/', handler }] });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/'));
      await started.promise;
      connection.destroy();
      const [span] = await app.spans(1);
      expect(seen).toEqual([span?.spanId]);
    });

    test.each<[string, Handler]>([
      [
        'a throw',
        () => {
          throw new Error('thrown');
        },
      ],
      [
        'a rejection',
        async () => {
          await null;
          throw new Error('rejected');
        },
      ],
    ])('is the request’s in the error handler after %s', async (_what, handler) => {
      const seen: unknown[] = [];
      const app = await startTraced(adapter, {
        routes: [{ method: 'GET', path: '/', handler }],
        onError(_error, { span, send }) {
          seen.push(activeSpan()?.spanId, span?.spanId);
          send(500);
        },
      });
      await app.request('/');
      const [span] = await app.spans(1);
      expect(seen).toEqual([span?.spanId, span?.spanId]);
    });

    test('is the request’s in the events of a late body', async () => {
      const seen: unknown[] = [];
      const started = signal();
      const firstPart = signal();
      const handler: Handler = ({ request, response, send }) =>
        new Promise<void>((resolve) => {
          const look = (event: string) => seen.push([event, activeSpan()?.spanId]);
          request.on('data', (part) => {
            look(`data ${part}`);
            firstPart.resolve();
          });
          request.on('end', async () => {
            look('end');
            await null;
            look('after end');
            setImmediate(() => {
              look('later');
              response.on('finish', () => look('finish'));
              send(200);
              resolve();
            });
          });
          started.resolve();
        });
      const app = await startTraced(adapter, { routes: [{ method: 'POST', path: '/', handler }] });
      const connection = await openConnection(app.port);
      await sendHead(connection, 4);
      await started.promise;
      await connection.send('ab');
      await firstPart.promise;
      await connection.send('cd');
      expect((await connection.receive()).status).toBe(200);
      connection.destroy();
      const [span] = await app.spans(1);
      expect(seen).toEqual(
        ['data ab', 'data cd', 'end', 'after end', 'later', 'finish'].map((event) => [event, span?.spanId]),
      );
    });

    test('is the request’s in the events of a late body on a connection with earlier requests', async () => {
      const seen: unknown[] = [];
      let started = signal();
      const handler: Handler = async ({ request, span, send }) => {
        const parts: unknown[] = [];
        request.on('data', () => parts.push(activeSpan()?.spanId === span?.spanId));
        const ended = once(request, 'end');
        request.on('end', () => parts.push(activeSpan()?.spanId === span?.spanId));
        started.resolve();
        await ended;
        seen.push(parts);
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ method: 'POST', path: '/', handler }] });
      const connection = await openConnection(app.port);
      for (let round = 0; round < 3; round++) {
        started = signal();
        await sendHead(connection, 4);
        await started.promise;
        await connection.send('body');
        await connection.receive();
      }
      connection.destroy();
      await app.spans(3);
      expect(seen).toEqual([
        [true, true],
        [true, true],
        [true, true],
      ]);
    });

    test('is the request’s after a late JSON body', async () => {
      const seen: unknown[] = [];
      const handler: Handler = async ({ body, span, send }) => {
        seen.push(body, activeSpan()?.spanId, span?.spanId);
        await null;
        seen.push(activeSpan()?.spanId);
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ method: 'POST', path: '/', handler }] });
      const connection = await openConnection(app.port);
      const arrived = once(app.server, 'request');
      await sendHead(connection, 14, 'application/json');
      const [{ socket }] = await arrived;
      const { bytesRead } = socket;
      await connection.send('{"user":');
      await until(() => socket.bytesRead > bytesRead);
      await connection.send('"Ada"}');
      expect((await connection.receive()).status).toBe(200);
      connection.destroy();
      const [span] = await app.spans(1);
      expect(seen).toEqual([{ user: 'Ada' }, span?.spanId, span?.spanId, span?.spanId]);
    });

    test('is absent outside requests', async () => {
      const app = await startTraced(adapter, { routes: [] });
      await app.request('/');
      expect(activeSpan()).toBeUndefined();
      const seen = new Promise((resolve) => app.server.once('request', () => resolve(activeSpan())));
      await app.request('/');
      expect(await seen).toBeUndefined();
    });
  });

  describe('many requests at once', () => {
    test('have separate spans on shared connections', async () => {
      const route: Route = { method: 'POST', path: '/users/:id', handler: lookAround };
      const app = await startTraced(adapter, { routes: [route] });
      const wrong: unknown[] = [];
      const numbers = Array.from({ length: 400 }, (_, number) => number);
      const waiting = [...numbers];
      const connections = await Promise.all(Array.from({ length: 16 }, () => openConnection(app.port)));
      await Promise.all(
        connections.map(async (connection) => {
          for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
            const { traceId, traceparent } = callerOf(number);
            const text = requestText(`/users/${number}`, {
              method: 'POST',
              headers: [
                ['traceparent', traceparent],
                ['baggage', `number=${number}`],
                ['content-type', number % 2 === 0 ? 'application/octet-stream' : 'application/json'],
              ],
              body: JSON.stringify({ number }),
            });
            const bodyStart = text.indexOf('\r\n\r\n') + 4;
            await connection.send(text.slice(0, bodyStart));
            await connection.send(text.slice(bodyStart));
            const seen = JSON.parse((await connection.receive()).body);
            const expected = `${traceId} ${seen.spanId} ${number}`;
            if (seen.places.some((place: string) => place !== expected)) wrong.push({ expected, seen });
          }
        }),
      );
      for (const connection of connections) connection.destroy();
      expect(wrong).toEqual([]);
      const spans = await app.spans(numbers.length * 2);
      const serverSpans = new Map(spans.filter(({ kind }) => kind === 'server').map((span) => [span.traceId, span]));
      const parents = numbers.map((number) => serverSpans.get(callerOf(number).traceId)?.parentSpanId);
      expect(parents).toEqual(numbers.map((number) => callerOf(number).spanId));
      for (const { name, traceId, parentSpanId } of spans) {
        if (name === 'step') expect(parentSpanId).toBe(serverSpans.get(traceId)?.spanId);
      }
    });

    test('have separate spans when pipelined, in any order of answers', async () => {
      const released = signal();
      let arrived = 0;
      const handler: Handler = async ({ request, span, send }) => {
        // The last request releases the others, and goes on before them.
        if (++arrived === 3) released.resolve();
        else await released.promise;
        await delay(request.url === '/users/1' ? 3 : 1);
        send(200, `${activeSpan()?.spanId === span?.spanId} ${activeSpan()?.traceId}`);
      };
      const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/users/:id', handler }] });
      const connection = await openConnection(app.port);
      const texts = [1, 2, 3].map((number) =>
        requestText(`/users/${number}`, { headers: [['traceparent', callerOf(number).traceparent]] }),
      );
      await connection.send(texts.join(''));
      for (const number of [1, 2, 3]) {
        expect((await connection.receive()).body).toBe(`true ${callerOf(number).traceId}`);
      }
      connection.destroy();
      const spans = await app.spans(3);
      expect(new Set(spans.map(({ parentSpanId }) => parentSpanId))).toEqual(
        new Set([1, 2, 3].map((number) => callerOf(number).spanId)),
      );
    });
  });
}

/** Sends the head of a POST without its body. */
function sendHead(connection: Connection, length: number, type = 'application/octet-stream'): Promise<void> {
  const headers = [
    ['content-type', type],
    ['content-length', String(length)],
  ] as const;
  return connection.send(requestText('/', { method: 'POST', headers }));
}

/** Notes the active span at several moments of one request, between those of other requests. */
const lookAround: Handler = async ({ request, span, send }) => {
  const places: string[] = [];
  const look = () => places.push(`${activeSpan()?.traceId} ${activeSpan()?.spanId} ${getBaggage('number')}`);
  look();
  if (!request.readableEnded) {
    request.on('data', look);
    await once(request, 'end');
  }
  look();
  await delay(Math.random() * 3);
  look();
  await Promise.all([
    delay(1).then(look),
    new Promise<void>((resolve) =>
      setImmediate(() => {
        look();
        resolve();
      }),
    ),
  ]);
  await withSpan('step', async () => delay(1));
  look();
  send(200, { spanId: span?.spanId, places });
};
