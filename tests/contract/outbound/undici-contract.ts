// What only undici has: methods other than request() and fetch(), and dispatchers that retry and follow redirects.
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Span } from '@waymark/core';
import { certificate, type Downstream, startDownstream } from './downstream.ts';
import { openFirstConnection } from './open-first-connection.ts';
import { describeCall, readTraceparent, startTracing, type Tracing } from './tracing.ts';
import type { Undici } from './undici-versions.ts';

export function describeUndici(undici: Undici, major: number): void {
  const { Agent, Client, Pool, RetryAgent, interceptors } = undici;
  const dispatchers = new Set<{ destroy(): Promise<void> }>();
  let downstream: Downstream;
  let tracing: Tracing;

  beforeEach(async () => {
    downstream = await startDownstream();
    tracing = startTracing();
    await openFirstConnection(undici);
  });

  afterEach(async () => {
    tracing.stop();
    for (const dispatcher of dispatchers) await dispatcher.destroy();
    dispatchers.clear();
    await downstream.close();
  });

  function open<Dispatcher extends { destroy(): Promise<void> }>(dispatcher: Dispatcher): Dispatcher {
    dispatchers.add(dispatcher);
    return dispatcher;
  }

  async function calls(count: number): Promise<string[]> {
    return (await tracing.calls(count)).map(describeCall);
  }

  describe('methods', () => {
    test('stream()', async () => {
      const received: string[] = [];
      const sink = () =>
        new Writable({
          write(chunk, _encoding, done) {
            received.push(String(chunk));
            done();
          },
        });
      const caller = await tracing.inCaller(async (span) => {
        await undici.stream(`${downstream.origin}/ok`, { method: 'GET' }, sink);
        return span;
      });
      const [span] = await tracing.calls(1);
      expect(span).toMatchObject({ name: 'GET', parentSpanId: caller.spanId });
      expect(received.join('')).toContain(span?.spanId);
    });

    test('pipeline()', async () => {
      const caller = await tracing.inCaller(async (span) => {
        const duplex = undici.pipeline(`${downstream.origin}/ok`, { method: 'POST' }, ({ body }) => body);
        duplex.end('some body');
        expect(await text(duplex)).toContain(span.traceId);
        return span;
      });
      expect((await tracing.calls(1))[0]).toMatchObject({ name: 'POST', parentSpanId: caller.spanId });
    });

    test('dispatch()', async () => {
      const agent = open(new Agent());
      const caller = await tracing.inCaller(async (span) => {
        await dispatch(agent, { origin: downstream.origin, path: '/ok', method: 'GET' });
        return span;
      });
      expect((await tracing.calls(1))[0]).toMatchObject({ name: 'GET', parentSpanId: caller.spanId });
    });

    test('upgrade(): the span ends with the answer', async () => {
      await tracing.inCaller(async () => {
        const { socket } = await undici.upgrade(`${downstream.origin}/ok`, { protocol: 'chat' });
        socket.destroy();
      });
      expect(await calls(1)).toEqual(['GET 101 unset']);
      expect(downstream.received[0]?.count('traceparent')).toBe(1);
    });

    test('connect(): the span ends with the answer', async () => {
      const client = open(new Client(downstream.origin));
      await tracing.inCaller(async () => {
        const { socket } = await client.connect({ path: 'example.com:443' });
        socket.destroy();
      });
      expect(await calls(1)).toEqual(['CONNECT 200 unset']);
      expect((await tracing.calls(1))[0]?.attributes).toMatchObject({
        'url.full': downstream.origin,
        'server.port': downstream.port,
      });
    });
  });

  describe('headers', () => {
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    test.each([
      ['an object', { traceparent: own }],
      ['an array', ['traceparent', own]],
      ['pairs', new Map([['TRACEPARENT', own]])],
      ['an object with an array', { Traceparent: [own] }],
    ])('with the application’s traceparent in %s get no second one', async (_what, headers) => {
      await tracing.inCaller(async () => {
        const { body } = await undici.request(`${downstream.origin}/ok`, { headers: headers as never });
        await body.dump();
      });
      expect(downstream.received[0]).toMatchObject({ headers: { traceparent: own } });
      expect(downstream.received[0]?.count('traceparent')).toBe(1);
    });

    test('of http/2 carry the context too', async () => {
      const server = createSecureServer({ key: certificate, cert: certificate }, (request, response) => {
        response.end(String(request.headers.traceparent));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo; // it listens on a port
      const agent = open(new Agent({ allowH2: true, connect: { ca: certificate } }));
      const answer = await tracing.inCaller(async () => {
        const { body } = await undici.request(`https://127.0.0.1:${port}/`, { dispatcher: agent });
        return body.text();
      });
      const [span] = await tracing.calls(1);
      expect(answer).toContain(span?.spanId);
      expect(span?.attributes).toMatchObject({ 'http.response.status_code': 200, 'server.port': port });
      // undici 6 does not say on which connection it sends by HTTP/2.
      expect(span?.attributes['network.protocol.version']).toBe(major === 6 ? undefined : '2');
      await agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
  });

  test('the dns interceptor leaves the host its name', async () => {
    const dispatcher = open(new Agent().compose(interceptors.dns({ affinity: 4 })));
    await tracing.inCaller(async () => {
      const { body } = await undici.request(`http://localhost:${downstream.port}/ok`, { dispatcher });
      await body.dump();
    });
    expect((await tracing.calls(1))[0]?.attributes).toMatchObject({
      'server.address': 'localhost',
      'server.port': downstream.port,
      'url.full': `http://localhost:${downstream.port}/ok`,
      'network.peer.address': '127.0.0.1',
    });
  });

  describe('RetryAgent', () => {
    test('has a span for each attempt', async () => {
      const agent = open(new RetryAgent(open(new Agent()), { minTimeout: 1 }));
      await tracing.inCaller(async () => {
        const { body } = await undici.request(`${downstream.origin}/flaky/x?2`, { dispatcher: agent });
        await body.dump();
      });
      expect(await calls(3)).toEqual([
        'GET 503 error error.type 503',
        'GET 503 error error.type 503 resend 1',
        'GET 200 unset resend 2',
      ]);
    });

    test('has a span for each attempt that finds no server', async () => {
      const { origin } = downstream;
      await downstream.close();
      const agent = open(new RetryAgent(open(new Agent()), { minTimeout: 1, maxRetries: 2 }));
      await tracing.inCaller(async () => {
        await expect(undici.request(`${origin}/`, { dispatcher: agent })).rejects.toThrow();
      });
      const outcome = 'GET unanswered error error.type ECONNREFUSED';
      expect(await calls(3)).toEqual([outcome, `${outcome} resend 1`, `${outcome} resend 2`]);
    });

    test('keeps to the trace of each caller on a shared connection', async () => {
      const agent = open(new RetryAgent(open(new Agent({ connections: 2 })), { minTimeout: 1 }));
      await inManyCallers(20, async (caller, index) => {
        const { body } = await undici.request(`${downstream.origin}/flaky/${index}?2`, { dispatcher: agent });
        const { traceId } = readTraceparent(await body.text());
        expect(traceId).toBe(caller.traceId);
      });
      await expectCallsOfTheirCallers(20 * 3);
    });
  });

  describe('redirects', () => {
    const outcomes = ['GET 302 unset', 'GET 302 unset resend 1', 'GET 200 unset resend 2'];

    test('of the interceptor have a span for each hop', async () => {
      const agent = open(new Agent()).compose(interceptors.redirect({ maxRedirections: 5 }));
      await tracing.inCaller(async () => {
        const { body } = await undici.request(`${downstream.origin}/redirect/x`, { dispatcher: agent });
        await body.dump();
      });
      expect(await calls(3)).toEqual(outcomes);
      expect(downstream.received.map((request) => request.count('traceparent'))).toEqual([1, 1, 1]);
    });

    test('of the interceptor keep to the trace of each caller', async () => {
      const agent = open(new Agent({ connections: 2 })).compose(interceptors.redirect({ maxRedirections: 5 }));
      await inManyCallers(20, async (caller) => {
        const { body } = await undici.request(`${downstream.origin}/redirect/x`, { dispatcher: agent });
        const { traceId } = readTraceparent(await body.text());
        expect(traceId).toBe(caller.traceId);
      });
      await expectCallsOfTheirCallers(20 * 3);
    });
  });

  test('a pool with no free connection keeps to the trace of each caller', async () => {
    const pool = open(new Pool(downstream.origin, { connections: 2 }));
    await inManyCallers(50, async (caller) => {
      const { body } = await pool.request({ path: '/ok', method: 'GET' });
      expect(readTraceparent(await body.text())).toMatchObject({ traceId: caller.traceId });
    });
    await expectCallsOfTheirCallers(50);
  });

  /** Runs `fn` in `count` traces at the same time. */
  async function inManyCallers(count: number, fn: (caller: Span, index: number) => Promise<void>): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        tracing.tracer.withSpan('caller', { parent: null }, (caller) => fn(caller, index)),
      ),
    );
  }

  async function expectCallsOfTheirCallers(count: number): Promise<void> {
    const made = await tracing.calls(count);
    const callers = tracing.exporter.spans.filter(({ kind }) => kind === 'internal');
    const callerOf = new Map(callers.map(({ traceId, spanId }) => [traceId, spanId]));
    for (const { traceId, parentSpanId } of made) expect(parentSpanId).toBe(callerOf.get(traceId));
  }
}

/** Sends by `dispatch()`, with a handler of the application: in the form of undici 6, or of 8, or both in 7. */
function dispatch(dispatcher: InstanceType<Undici['Agent']>, options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const handler = {
      onConnect() {},
      onHeaders: () => true,
      onData: () => true,
      onComplete: () => resolve(),
      onError: reject,
    };
    const newer = {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: () => resolve(),
      onResponseError: (_controller: unknown, error: Error) => reject(error),
    };
    dispatcher.dispatch(options as never, { ...handler, ...newer } as never); // each version reads the methods that it knows
  });
}
