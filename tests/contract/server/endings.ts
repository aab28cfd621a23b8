// A span ends once with its request, and has the outcome of the request.
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { withSpan } from '@waymark/core';
import type { AdapterUnderTest, Handler, Route } from './adapter-under-test.ts';
import { openConnection, request, requestText } from './raw-client.ts';
import { outcomeOf, signal, startBare, startTraced, type TracedApp } from './traced-app.ts';

const cutOffBeforeAnswer = 'GET /users/:id: no status code, error, error.type aborted';
const cutOffInAnswer = 'GET /users/:id: 200, error, error.type aborted';
const timedOut = 'no status code, error, error.type timeout';

export function describeEndings(adapter: AdapterUnderTest): void {
  describe('an answer that is sent whole', () => {
    test.each<[string, string, Handler, string]>([
      ['with a body', 'GET', ({ send }) => send(200, { id: '7' }), 'GET /users/:id: 200, unset'],
      ['to a HEAD', 'HEAD', ({ send }) => send(200, { id: '7' }), 'HEAD /users/:id: 200, unset'],
      ['with 204', 'GET', ({ send }) => send(204), 'GET /users/:id: 204, unset'],
      ['with 304', 'GET', ({ send }) => send(304), 'GET /users/:id: 304, unset'],
      ['by a stream', 'GET', ({ send }) => send(200, Readable.from(['a', 'b'])), 'GET /users/:id: 200, unset'],
      ['as Node has it', 'GET', ({ takeOver }) => takeOver().writeHead(201).end('raw'), 'GET /users/:id: 201, unset'],
      [
        'after early hints',
        'GET',
        ({ takeOver }) => {
          const response = takeOver();
          response.writeEarlyHints({ link: '</style.css>; rel=preload' });
          response.end('raw');
        },
        'GET /users/:id: 200, unset',
      ],
      [
        'and ended twice',
        'GET',
        ({ takeOver }) => {
          const response = takeOver();
          response.end('raw');
          response.end();
        },
        'GET /users/:id: 200, unset',
      ],
    ])('%s ends the span', async (_what, method, handler, outcome) => {
      const app = await startWith(handler);
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7', { method, headers: [['connection', 'close']] }));
      await connection.receiveAll();
      expect(await outcomes(app, 1)).toEqual([outcome]);
    });

    test('in parts ends the span with the last of them', async () => {
      const goOn = signal();
      const app = await startWith(async ({ takeOver }) => {
        const response = takeOver().writeHead(200);
        response.write('first');
        await goOn.promise;
        response.end('last');
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await connection.receiveText('first');
      expect(app.exporter.spans).toEqual([]);
      const beforeLastMs = Date.now();
      goOn.resolve();
      expect((await connection.receive()).body).toBe('firstlast');
      connection.destroy();
      const [span] = await app.spans(1);
      expect(span && outcomeOf(span)).toBe('GET /users/:id: 200, unset');
      // The two clocks agree within a few milliseconds.
      expect(span?.endMs).toBeGreaterThan(beforeLastMs - 5);
    });

    test('by the framework’s stream in parts ends the span with the last of them', async () => {
      const source = new PassThrough();
      const app = await startWith(({ send }) => send(200, source));
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      source.write('first');
      await connection.receiveText('first');
      expect(app.exporter.spans).toEqual([]);
      source.end('last');
      expect((await connection.receive()).body).toBe('firstlast');
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, unset']);
    });

    test('after Expect: 100-continue ends the span', async () => {
      const app = await startWith(({ send }) => send(200, 'received'), 'POST');
      const connection = await openConnection(app.port);
      const headers = [
        ['expect', '100-continue'],
        ['content-type', 'application/octet-stream'],
        ['content-length', '4'],
      ] as const;
      await connection.send(requestText('/users/7', { method: 'POST', headers }));
      expect((await connection.receive()).status).toBe(100);
      await connection.send('body');
      expect((await connection.receive()).status).toBe(200);
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual(['POST /users/:id: 200, unset']);
    });

    test('to a server’s checkContinue listener ends the span', async () => {
      const app = await startWith(({ send }) => send(200, 'received'), 'POST');
      app.server.on('checkContinue', (request, response) => {
        response.writeContinue();
        app.server.emit('request', request, response);
      });
      const connection = await openConnection(app.port);
      const headers = [
        ['expect', '100-continue'],
        ['content-type', 'application/octet-stream'],
        ['content-length', '4'],
      ] as const;
      await connection.send(requestText('/users/7', { method: 'POST', headers }));
      expect((await connection.receive()).status).toBe(100);
      await connection.send('body');
      expect((await connection.receive()).status).toBe(200);
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual(['POST /users/:id: 200, unset']);
    });
  });

  describe('an answer that is cut off', () => {
    test('by a client that leaves before it, is an error without status code', async () => {
      const started = signal();
      const closed = signal();
      const app = await startWith(async ({ response, send }) => {
        const left = once(response, 'close');
        started.resolve();
        await left;
        await withSpan('late', async () => null);
        send(200, 'too late'); // as a handler does that does not check the connection
        closed.resolve();
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await started.promise;
      connection.destroy();
      await closed.promise;
      const [server, late] = await app.spans(2);
      expect(server && outcomeOf(server)).toBe(cutOffBeforeAnswer);
      // The request is over, whatever its handler still does.
      expect(late?.parentSpanId).toBeUndefined();
      expect(late).toMatchObject({ name: 'late', links: [{ traceId: server?.traceId, spanId: server?.spanId }] });
    });

    test('by a client that leaves in the middle, is an error with the status code that was sent', async () => {
      const app = await startWith(async ({ takeOver }) => {
        const response = takeOver().writeHead(200);
        response.write('first');
        await once(response, 'close');
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await connection.receiveText('first');
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual([cutOffInAnswer]);
    });

    test('by a client that leaves in the middle of the framework’s stream, is an error', async () => {
      const source = new PassThrough();
      const app = await startWith(({ send }) => send(200, source));
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      source.write('first');
      await connection.receiveText('first');
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual([cutOffInAnswer]);
      source.destroy();
    });

    test('by a client that leaves while it still sends its body, is an error without status code', async () => {
      const started = signal();
      const app = await startWith(({ request }) => {
        // Node emits the abort here. A handler without a listener would throw.
        request.on('error', () => {}).resume();
        started.resolve();
        return new Promise(() => {});
      }, 'POST');
      const connection = await openConnection(app.port);
      const headers = [
        ['content-type', 'application/octet-stream'],
        ['content-length', '1000'],
      ] as const;
      await connection.send(requestText('/users/7', { method: 'POST', headers }));
      await started.promise;
      await connection.send('a part');
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual([cutOffBeforeAnswer.replace('GET', 'POST')]);
    });

    test('by the server itself before it began, is an error without status code', async () => {
      const app = await startWith(({ takeOver }) => takeOver().destroy());
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      expect(await connection.receiveAll()).toBe('');
      expect(await outcomes(app, 1)).toEqual([cutOffBeforeAnswer]);
    });

    test('by the server itself in the middle, is an error with the status code that was sent', async () => {
      const app = await startWith(async ({ takeOver }) => {
        const response = takeOver().writeHead(200);
        await new Promise((resolve) => response.write('first', resolve));
        response.destroy();
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      expect(await connection.receiveAll()).toMatch(/first/);
      expect(await outcomes(app, 1)).toEqual([cutOffInAnswer]);
    });

    // Time limits begin in the handler, so that on a slow machine they do not end before it.
    test('by a time limit for idle sockets, is an error without status code', async () => {
      const app = await startWith(({ request }) => {
        request.socket.setTimeout(20);
        return new Promise(() => {});
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      expect(await connection.receiveAll()).toBe('');
      expect(await outcomes(app, 1)).toEqual([`GET /users/:id: ${timedOut}`]);
    });

    test('by the time limit of the server, is an error without status code', async () => {
      const app = await startWith(({ request }) => {
        request.socket.setTimeout(20);
        return new Promise(() => {});
      });
      // With this listener, Node does not close the connection.
      app.server.on('timeout', (socket) => socket.destroy());
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      expect(await connection.receiveAll()).toBe('');
      expect(await outcomes(app, 1)).toEqual([`GET /users/:id: ${timedOut}`]);
    });

    test('by a time limit that the handler set on its answer, is an error with the status code that was sent', async () => {
      const app = await startWith(({ takeOver }) => {
        const response = takeOver().writeHead(200);
        response.write('first');
        response.setTimeout(20, () => response.destroy());
        return new Promise(() => {});
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      expect(await connection.receiveAll()).toMatch(/first/);
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, error, error.type timeout']);
    });

    test('after a time limit that the handler answers, has the status code of the answer', async () => {
      const app = await startWith(({ takeOver }) => {
        const response = takeOver();
        response.setTimeout(20, () => response.writeHead(503).end('later'));
        return new Promise(() => {});
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      expect(await connection.receive()).toMatchObject({ status: 503, body: 'later' });
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 503, error, error.type 503']);
    });

    test('by the client after a time limit that the handler ignored, is an error of the client', async () => {
      const passed = signal();
      const app = await startWith(({ response }) => {
        response.setTimeout(20, () => passed.resolve());
        return new Promise(() => {});
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await passed.promise;
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual([cutOffBeforeAnswer]);
    });

    // More than the buffers on both sides hold, so the server has most of it when the connection breaks.
    const large = 'x'.repeat(32 * 1024 * 1024);

    test('by a client that leaves before it has read an answer that the handler has ended, is an error', async () => {
      const app = await startWith(({ send }) => send(200, large));
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await connection.receiveText('xxx');
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual([cutOffInAnswer]);
    });

    test('by a time limit on a client that does not read an answer that the handler has ended, is an error', async () => {
      const app = await startWith(({ request, send }) => {
        request.socket.setTimeout(50);
        send(200, large);
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      connection.pause();
      await app.exporter.waitFor(1);
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, error, error.type timeout']);
    });

    test('by the server’s time limit for whole requests, is an error without status code', async () => {
      const handler: Handler = ({ request }) => {
        request.on('error', () => {}).resume();
        Object.assign(app.server, { requestTimeout: 20, headersTimeout: 20 });
        return new Promise(() => {});
      };
      const app = await startTraced(adapter, {
        routes: [{ method: 'POST', path: '/users/:id', handler }],
        serverOptions: { connectionsCheckingInterval: 10 },
      });
      const connection = await openConnection(app.port);
      const headers = [
        ['content-type', 'application/octet-stream'],
        ['content-length', '1000'],
      ] as const;
      await connection.send(requestText('/users/7', { method: 'POST', headers }));
      await connection.receiveAll();
      Object.assign(app.server, { requestTimeout: 0, headersTimeout: 0 });
      expect(await outcomes(app, 1)).toEqual([`POST /users/:id: ${timedOut}`]);
    });

    test.each(['text/event-stream', 'Text/Event-Stream; Charset=UTF-8', 'TEXT/EVENT-STREAM ;charset=utf-8'])(
      'by the client of an event stream of the type %s is no error',
      async (type) => {
        const app = await startWith(({ takeOver }) => {
          takeOver().setHeader('content-type', type).write('data: first\n\n');
        });
        const connection = await openConnection(app.port);
        await connection.send(requestText('/users/7'));
        await connection.receiveText('first');
        connection.destroy();
        expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, unset']);
      },
    );

    test('by the client of an answer that only resembles an event stream is an error', async () => {
      const app = await startWith(({ takeOver }) => {
        takeOver().setHeader('content-type', 'text/event-streams').write('data: first\n\n');
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await connection.receiveText('first');
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual([cutOffInAnswer]);
    });

    test('by the client of an event stream, ends the span and is no error', async () => {
      const app = await startWith(async ({ takeOver }) => {
        const response = takeOver().writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: first\n\n');
        await once(response, 'close');
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await connection.receiveText('data: first');
      expect(app.exporter.spans).toEqual([]);
      connection.destroy();
      // An event stream always ends this way, so this is not an error.
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, unset']);
    });
  });

  describe('a handler that fails', () => {
    test.each<[string, Handler]>([
      [
        'throws',
        () => {
          throw new TypeError('broken');
        },
      ],
      [
        'rejects',
        async () => {
          await null;
          throw new TypeError('broken');
        },
      ],
    ])('and %s makes a 500 with the exception', async (_what, handler) => {
      const app = await startWith(handler);
      expect((await app.request('/users/7')).status).toBe(500);
      const [span] = await app.spans(1);
      expect(span && outcomeOf(span)).toBe('GET /users/:id: 500, error, error.type 500, exception broken');
      expect(span?.events).toHaveLength(1);
      expect({ ...span?.events[0]?.attributes }).toEqual({
        'exception.type': 'TypeError',
        'exception.message': 'broken',
        'exception.stacktrace': expect.stringContaining('TypeError: broken\n'),
      });
    });

    test.each([400, 404, 422])('with a statusCode of %i is no error, and has no exception', async (status) => {
      const app = await startWith(() => {
        throw Object.assign(new Error('refused'), { statusCode: status });
      });
      expect((await app.request('/users/7')).status).toBe(status);
      expect(await outcomes(app, 1)).toEqual([`GET /users/:id: ${status}, unset`]);
    });

    test('with a statusCode of 503 is an error with that status', async () => {
      const app = await startWith(async () => {
        throw Object.assign(new Error('overloaded'), { statusCode: 503 });
      });
      expect((await app.request('/users/7')).status).toBe(503);
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 503, error, error.type 503, exception overloaded']);
    });

    test('is no error if the error handler answers 200', async () => {
      const app = await startTraced(adapter, {
        routes: [
          {
            method: 'GET',
            path: '/users/:id',
            handler: () => {
              throw new Error('mended');
            },
          },
        ],
        onError: (_error, { send }) => send(200, 'mended'),
      });
      expect((await app.request('/users/7')).status).toBe(200);
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, unset']);
    });

    if (adapter.kind === 'framework') {
      test('has its exception if the error handler answers 503', async () => {
        const app = await startTraced(adapter, {
          routes: [
            {
              method: 'GET',
              path: '/users/:id',
              handler: async () => {
                throw new Error('down');
              },
            },
          ],
          onError: (_error, { send }) => send(503, 'later'),
        });
        expect((await app.request('/users/7')).status).toBe(503);
        expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 503, error, error.type 503, exception down']);
      });
    }

    test.each<[string, unknown]>([
      ['a text', 'a text'],
      ['a number', 418],
      ...(adapter.lacks?.includes('empty errors')
        ? []
        : ([
            ['null', null],
            ['nothing', undefined],
          ] as [string, unknown][])),
      ['an object without prototype', Object.create(null)],
    ])('with %s in place of an error is answered as without tracing', async (_what, thrown) => {
      const handler: Handler = () => {
        throw thrown;
      };
      const routes: Route[] = [{ method: 'GET', path: '/users/:id', handler }];
      const bare = await startBare(adapter, { routes });
      const app = await startTraced(adapter, { routes });
      const { status, body } = await app.request('/users/7');
      expect({ status, body }).toEqual(
        await request(bare.port, '/users/7').then(({ status, body }) => ({ status, body })),
      );
      const [span] = await app.spans(1);
      expect(span?.attributes['http.response.status_code']).toBe(status);
    });
  });

  describe('a connection that changes its protocol', () => {
    test('by an upgrade has no span', async () => {
      const app = await startWith(({ send }) => send(200, 'plain'));
      app.server.on('upgrade', (_request, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
        socket.pipe(socket);
      });
      const connection = await openConnection(app.port);
      const headers = [
        ['connection', 'upgrade'],
        ['upgrade', 'echo'],
      ] as const;
      await connection.send(requestText('/users/7', { headers }));
      expect((await connection.receive()).status).toBe(101);
      await connection.send('echo');
      await connection.receiveText('echo');
      connection.destroy();
      expect(await app.spans(0)).toEqual([]);
      expect((await app.request('/users/7')).status).toBe(200);
    });

    test('by a CONNECT has no span', async () => {
      const app = await startWith(({ send }) => send(200, 'plain'));
      app.server.on('connect', (_request, socket) => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        socket.pipe(socket);
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('elsewhere.test:443', { method: 'CONNECT' }));
      expect((await connection.receive()).status).toBe(200);
      await connection.send('echo');
      await connection.receiveText('echo');
      connection.destroy();
      expect(await app.spans(0)).toEqual([]);
      expect((await app.request('/users/7')).status).toBe(200);
    });

    test('to a protocol without a listener is served as a request', async () => {
      const app = await startWith(({ send }) => send(200, 'plain'));
      const headers = [
        ['connection', 'upgrade'],
        ['upgrade', 'h2c'],
      ] as const;
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7', { headers }));
      expect(await connection.receive()).toMatchObject({ status: 200, body: 'plain' });
      connection.destroy();
      expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, unset']);
    });
  });

  test('registering tracing twice makes one span', async () => {
    const app = await startTraced(adapter, {
      routes: [{ method: 'GET', path: '/users/:id', handler: ({ send }) => send(200) }],
      registrations: 2,
    });
    await app.request('/users/7');
    expect(await outcomes(app, 1)).toEqual(['GET /users/:id: 200, unset']);
  });

  test('bytes that are not HTTP are refused by Node and make no span', async () => {
    const app = await startWith(({ send }) => send(200));
    const connection = await openConnection(app.port);
    await connection.send('BREW /users/7 HTTP/1.1\r\nhost: contract.test\r\n\r\n');
    expect(await connection.receiveAll()).toMatch(/^HTTP\/1\.1 400 /);
    expect(await app.spans(0)).toEqual([]);
  });

  function startWith(handler: Handler, method = 'GET'): Promise<TracedApp> {
    const route: Route = { method, path: '/users/:id', handler };
    return startTraced(adapter, { routes: [route] });
  }
}

async function outcomes(app: TracedApp, count: number): Promise<string[]> {
  return (await app.spans(count)).map(outcomeOf);
}
