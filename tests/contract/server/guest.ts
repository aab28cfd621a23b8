// The application comes first: faults in tracing and hostile requests do not change how requests are served.
import { Readable } from 'node:stream';
import { createTracer, type Span } from '@waymark/core';
import type { AdapterUnderTest, Handler, Route, TracingOptions } from './adapter-under-test.ts';
import { openConnection, type RawRequest, request, requestBytes, requestText } from './raw-client.ts';
import { callerOf, outcomeOf, startBare, startTraced } from './traced-app.ts';

const user: Route = { method: 'GET', path: '/users/:id', handler: ({ send }) => send(200, { id: '7' }) };

function fail(): never {
  throw new Error('a fault of ours');
}

export function describeGuest(adapter: AdapterUnderTest): void {
  describe('a fault of ours', () => {
    test.each<[string, TracingOptions, string]>([
      ['an exporter that throws', { exporter: { name: 'broken', export: fail, stats: noStats } }, 'exporter-failed'],
      ['a sampler that throws', { sampler: fail }, 'sampler-failed'],
      ['a sampler that answers nonsense', { sampler: () => 'yes' as never }, 'sampler-failed'],
      [
        'a propagator that throws',
        { propagators: [{ name: 'broken', fields: [], extract: fail, inject: fail }] },
        'propagator-failed',
      ],
    ])('%s is counted, and the request is served', async (_what, options, reason) => {
      const tracer = createTracer({ exporter: [], env: {}, logLevel: 'none', ...options });
      const app = await startTraced(adapter, { routes: [user], tracing: { tracer } });
      for (let round = 1; round <= 2; round++) {
        expect(await app.request('/users/7')).toMatchObject({ status: 200, body: '{"id":"7"}' });
        expect(tracer.stats().diagnostics[reason]).toBe(round);
      }
    });

    test('an ignore function that throws ignores nothing', async () => {
      const tracer = createTracer({ exporter: [], env: {}, logLevel: 'none' });
      const app = await startTraced(adapter, { routes: [user], tracing: { tracer, ignore: fail } });
      expect(await app.request('/users/7')).toMatchObject({ status: 200, body: '{"id":"7"}' });
      expect(tracer.stats()).toMatchObject({ started: 1, diagnostics: { 'hook-failed': 1 } });
    });

    test('an ignore function that throws leaves the other rules in force', async () => {
      const app = await startTraced(adapter, {
        routes: [user],
        tracing: { ignore: [fail, '/users/7', /^\/users\/8$/] },
      });
      for (const id of [7, 8, 9]) await app.request(`/users/${id}`);
      const [span] = await app.spans(1);
      expect(span?.attributes['url.path']).toBe('/users/9');
    });

    test('a span that the handler ends itself is not ended again', async () => {
      const handler: Handler = ({ span, send }) => {
        span?.end();
        span?.setAttribute('too', 'late');
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      expect((await app.request('/users/7')).status).toBe(200);
      const [span] = await app.spans(1);
      expect(span?.attributes).not.toHaveProperty('too');
    });
  });

  describe('what the handler sets', () => {
    test('is kept together with what the adapter sets', async () => {
      const handler: Handler = ({ span, send }) => {
        span?.setAttributes({ 'user.id': '7', 'user.roles': ['admin'] }).addEvent('found');
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      await app.request('/users/7');
      const [span] = await app.spans(1);
      expect(span?.attributes).toMatchObject({
        'user.id': '7',
        'user.roles': ['admin'],
        'http.route': '/users/:id',
        'http.response.status_code': 200,
      });
      expect(span?.events.map(({ name }) => name)).toEqual(['found']);
    });

    test('is not replaced: its status stays', async () => {
      const set: ((span: Span) => void)[] = [
        (span) => span.setStatus({ code: 'ok' }),
        (span) => span.setStatus({ code: 'error', message: 'nothing in stock' }),
      ];
      const handler: Handler = ({ span, send }) => {
        if (span) set.shift()?.(span);
        send(set.length === 1 ? 500 : 200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      await app.request('/users/7');
      await app.request('/users/7');
      const spans = await app.spans(2);
      expect(spans.map(outcomeOf)).toEqual([
        'GET /users/:id: 500, ok, error.type 500',
        'GET /users/:id: 200, error "nothing in stock"',
      ]);
    });

    test('is not replaced: its span name stays', async () => {
      const handler: Handler = ({ span, send }) => {
        span?.updateName('findUser');
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      await app.request('/users/7');
      const [span] = await app.spans(1);
      expect(span).toMatchObject({ name: 'findUser', attributes: { 'http.route': '/users/:id' } });
    });
  });

  describe('hostile headers', () => {
    const limit = 128 * 1024;
    const { traceparent } = callerOf(1);
    const many = (count: number, make: (number: number) => string) => Array.from({ length: count }, (_, n) => make(n));

    test.each<[string, RawRequest['headers']]>([
      ['a traceparent of 64 kB', [['traceparent', `${traceparent}${'-'.repeat(65_000)}`]]],
      [
        'a tracestate of 64 kB',
        [
          ['traceparent', traceparent],
          ['tracestate', many(6000, (n) => `k${n}=v`).join(',')],
        ],
      ],
      ['a baggage of 64 kB', [['baggage', many(6000, (n) => `k${n}=%zz`).join(',')]]],
      [
        'hundreds of baggage headers',
        Array.from({ length: 900 }, (_, n) => ['baggage', `k${n}=${'v'.repeat(40)}`] as const),
      ],
      [
        'only commas',
        [
          ['traceparent', ',,,,'],
          ['tracestate', ','.repeat(60_000)],
          ['baggage', ','.repeat(60_000)],
        ],
      ],
      [
        'keys that objects know',
        [
          ['baggage', '__proto__=1,constructor=2,toString=3'],
          ['__proto__', 'x'],
          ['constructor', 'y'],
        ],
      ],
      [
        'bytes beyond ASCII',
        [
          ['traceparent', '\xff\xfe'],
          ['tracestate', '\xe4=\xf6'],
          ['baggage', '\xe4=\xf6'],
          ['user-agent', '\xe4\xff'],
          ['host', '\xe4\xff'],
        ],
      ],
      [
        'a Host that is none',
        [
          ['host', 'a b:c]d[:99999999999999'],
          ['x-forwarded-for', ',,,'],
          ['x-forwarded-host', ':::'],
        ],
      ],
      ['a Host of 64 kB', [['host', `${'['.repeat(32_000)}${':'.repeat(32_000)}`]]],
      ['a user agent of 64 kB', [['user-agent', 'x'.repeat(65_000)]]],
    ])('with %s get the answer that they get without tracing', async (_what, headers = []) => {
      const description = { routes: [user], serverOptions: { maxHeaderSize: limit } };
      const bare = await startBare(adapter, description);
      const app = await startTraced(adapter, description);
      const { status, body } = await app.request('/users/7', { headers });
      const expected = await request(bare.port, '/users/7', { headers });
      expect({ status, body }).toEqual({ status: expected.status, body: expected.body });
      expect(status).toBe(200);
      expect(await app.spans(1)).toHaveLength(1);
    });

    test('a target of 64 kB gets the answer that it gets without tracing', async () => {
      const description = { routes: [user], serverOptions: { maxHeaderSize: limit } };
      const app = await startTraced(adapter, description);
      const query = `${'sig=1&'.repeat(5000)}${'%'.repeat(30_000)}`;
      expect((await app.request(`/users/7?${query}`)).status).toBe(200);
      const [span] = await app.spans(1);
      expect(span?.attributes['url.query']).toBe(`${'sig=REDACTED&'.repeat(5000)}${'%'.repeat(30_000)}`);
    });
  });

  describe('responses', () => {
    const failing = (): never => {
      const error = new Error('broken');
      error.stack = 'Error: broken'; // frameworks show the stack, and tracing adds lines to it
      throw error;
    };
    const routes: readonly Route[] = [
      { method: 'GET', path: '/json', handler: ({ send }) => send(200, { id: '7' }) },
      { method: 'GET', path: '/text', handler: ({ send }) => send(200, 'text') },
      { method: 'GET', path: '/empty', handler: ({ send }) => send(204) },
      { method: 'GET', path: '/same', handler: ({ send }) => send(304) },
      { method: 'GET', path: '/stream', handler: ({ send }) => send(200, Readable.from(['a', 'b', 'c'])) },
      {
        method: 'GET',
        path: '/raw',
        handler: ({ takeOver }) => takeOver().writeHead(202, { 'X-Case': 'Kept' }).end('raw'),
      },
      { method: 'GET', path: '/later', handler: ({ send }) => setImmediate(() => send(200, 'later')) },
      { method: 'GET', path: '/broken', handler: failing },
      { method: 'GET', path: '/rejected', handler: async () => failing() },
      { method: 'POST', path: '/body', handler: ({ body, send }) => send(201, { body }) },
    ];
    const requests: [what: string, target: string, options: RawRequest][] = [
      ['of an object', '/json', {}],
      ['to a HEAD', '/json', { method: 'HEAD' }],
      ['of a text', '/text', {}],
      ['with 204', '/empty', {}],
      ['with 304', '/same', {}],
      ['by a stream', '/stream', {}],
      ['as Node has it', '/raw', {}],
      ['that takes time', '/later', {}],
      ['of a handler that throws', '/broken', {}],
      ['of a handler that rejects', '/rejected', {}],
      ['to no route', '/nothing', {}],
      ['to no method of a route', '/json', { method: 'DELETE' }],
      [
        'to a JSON body',
        '/body',
        { method: 'POST', headers: [['content-type', 'application/json']], body: '{"a":[1]}' },
      ],
      [
        'to a request with all trace headers',
        '/text',
        {
          headers: [
            ['traceparent', callerOf(1).traceparent],
            ['baggage', 'a=1'],
            ['tracestate', 'a=1'],
          ],
        },
      ],
      ['to a request that is not sampled', '/text', { headers: [['traceparent', callerOf(1, '00').traceparent]] }],
    ];

    test.each(requests)('%s are the same to the byte as without tracing', async (_what, target, options) => {
      const bare = await startBare(adapter, { routes });
      const app = await startTraced(adapter, { routes });
      const read = async (port: number) => withoutDate(await requestBytes(port, target, options));
      expect(await read(app.port)).toBe(await read(bare.port));
    });

    test('to ignored requests are the same to the byte as without tracing', async () => {
      const bare = await startBare(adapter, { routes });
      const app = await startTraced(adapter, { routes, tracing: { ignore: /./ } });
      const read = async (port: number) => withoutDate(await requestBytes(port, '/json'));
      expect(await read(app.port)).toBe(await read(bare.port));
    });
  });

  describe('listeners', () => {
    test.each(['text', 'parsed'])('one is added to a response to %s, and none stays', async (kind) => {
      const counts: Record<string, number>[] = [];
      const handler: Handler = ({ request, response, send }) => {
        counts.push({
          request: listenersOf(request),
          response: listenersOf(response),
          socket: listenersOf(request.socket),
        });
        send(200);
      };
      const description = { routes: [{ ...user, method: 'POST', handler }] };
      const type = kind === 'parsed' ? 'application/json' : 'application/octet-stream';
      const options: RawRequest = { method: 'POST', headers: [['content-type', type]], body: '{}' };
      await request((await startBare(adapter, description)).port, '/users/7', options);
      const app = await startTraced(adapter, description);
      const connection = await openConnection(app.port);
      for (let round = 0; round < 2; round++) {
        await connection.send(requestText('/users/7', options));
        await connection.receive();
      }
      connection.destroy();
      const [bare = {}, first = {}, second = {}] = counts;
      expect((first.response ?? 0) - (bare.response ?? 0)).toBeLessThanOrEqual(1);
      expect(first.request).toBe(bare.request);
      expect(first.socket).toBe(bare.socket);
      expect(second).toEqual(first);
    });

    test('many requests on one connection cause no warning', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on('warning', onWarning);
      const app = await startTraced(adapter, { routes: [user] });
      const connection = await openConnection(app.port);
      for (let round = 0; round < 30; round++) {
        await connection.send(requestText('/users/7'));
        await connection.receive();
      }
      connection.destroy();
      await app.spans(30);
      // Node emits warnings on the next tick.
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', onWarning);
      expect(warnings).toEqual([]);
    });
  });
}

function noStats() {
  return { exported: 0, waiting: 0, dropped: {} };
}

function withoutDate(response: string): string {
  return response.replace(/^date: .*$/im, 'date: now');
}

function listenersOf(emitter: NodeJS.EventEmitter): number {
  return emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0);
}
