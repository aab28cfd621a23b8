// What only node:http and node:https have: many forms of a call, events, agents, upgrades.
import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import http, { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { activeSpan } from '@waymark/core';
import { bundleWaymark } from './bundled-waymark.ts';
import { sendByNode } from './clients.ts';
import { certificate, type Downstream, startDownstream, startSecureDownstream } from './downstream.ts';
import { describeCall, readTraceparent, startTracing, type Tracing } from './tracing.ts';

/** The body of the answer to the request that `make` makes. */
type Make = (onResponse: (response: IncomingMessage) => void) => ClientRequest;

export function describeNodeHttp(): void {
  let downstream: Downstream;
  let tracing: Tracing;

  beforeEach(async () => {
    downstream = await startDownstream();
    tracing = startTracing();
  });

  afterEach(async () => {
    tracing.stop();
    await downstream.close();
  });

  async function calls(count: number): Promise<string[]> {
    return (await tracing.calls(count)).map(describeCall);
  }

  async function answerTo(make: Make): Promise<string> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      make(resolve).on('error', reject).end();
    });
    return text(response);
  }

  describe('forms of a call', () => {
    const forms: readonly (readonly [
      string,
      (to: URL, onResponse: (response: IncomingMessage) => void) => ClientRequest,
    ])[] = [
      ['request(string)', (to, onResponse) => http.request(to.href).on('response', onResponse)],
      ['request(string, callback)', (to, onResponse) => http.request(to.href, onResponse)],
      ['request(string, options, callback)', (to, onResponse) => http.request(to.href, { agent: false }, onResponse)],
      ['request(URL)', (to, onResponse) => http.request(to).on('response', onResponse)],
      ['request(URL, callback)', (to, onResponse) => http.request(to, onResponse)],
      ['request(URL, options, callback)', (to, onResponse) => http.request(to, { headers: {} }, onResponse)],
      ['request(options)', (to, onResponse) => http.request(optionsOf(to)).on('response', onResponse)],
      ['request(options, callback)', (to, onResponse) => http.request(optionsOf(to), onResponse)],
      ['get(string)', (to, onResponse) => http.get(to.href).on('response', onResponse)],
      ['get(string, callback)', (to, onResponse) => http.get(to.href, onResponse)],
      ['get(string, options, callback)', (to, onResponse) => http.get(to.href, { agent: false }, onResponse)],
      ['get(URL)', (to, onResponse) => http.get(to).on('response', onResponse)],
      ['get(URL, options, callback)', (to, onResponse) => http.get(to, { headers: {} }, onResponse)],
      ['get(options, callback)', (to, onResponse) => http.get(optionsOf(to), onResponse)],
    ];

    test.each(forms)('%s', async (_form, make) => {
      const answer = await tracing.inCaller(() =>
        answerTo((onResponse) => make(new URL(`${downstream.origin}/ok?a=1`), onResponse)),
      );
      const [span] = await tracing.calls(1);
      expect(answer).toContain(span?.spanId);
      expect(span?.attributes['url.full']).toBe(`${downstream.origin}/ok?a=1`);
      expect(downstream.received[0]?.count('traceparent')).toBe(1);
    });

    test.each(['request', 'get'] as const)('https.%s() with a trusted certificate', async (name) => {
      const secure = await startSecureDownstream();
      const answer = await tracing.inCaller(() =>
        answerTo((onResponse) => https[name](`${secure.origin}/ok`, { ca: certificate }, onResponse)),
      );
      const [span] = await tracing.calls(1);
      expect(answer).toContain(span?.spanId);
      expect(span?.attributes).toMatchObject({ 'url.full': `${secure.origin}/ok`, 'server.port': secure.port });
      await secure.close();
    });

    test('functions keep the name and length of Node’s', () => {
      const shapeOf = ({ request, get }: Pick<typeof http, 'request' | 'get'>) =>
        [request, get].map(({ name, length }) => [name, length]);
      const traced = [shapeOf(http), shapeOf(https as never)];
      const { request } = http;
      tracing.stop();
      expect([shapeOf(http), shapeOf(https as never)]).toEqual(traced);
      // Node versions with a channel for calls need no replaced function.
      expect(http.request === request).toBe(String(http.ClientRequest).includes('onClientRequestCreatedChannel'));
    });

    test('wrong arguments throw the same errors as without tracing', async () => {
      await tracing.inCaller(async () => {
        expect(() => http.request('no url')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URL' }));
        expect(() => http.get({ path: 'a b' })).toThrow(expect.objectContaining({ code: 'ERR_UNESCAPED_CHARACTERS' }));
      });
      expect(await calls(0)).toEqual([]);
    });
  });

  // syncBuiltinESMExports() updates the names that ES modules have imported.
  test('named imports that an ES module made before tracing are traced', async () => {
    const program = require.resolve('./fixtures/named-imports.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [program, bundleWaymark(), downstream.origin]);
    expect(JSON.parse(stdout)).toEqual(['GET 200', 'GET 200', 'GET 200', 'caller']);
    expect(downstream.received.map((received) => received.count('traceparent'))).toEqual([1, 1, 1]);
  });

  test('a frozen module is left alone, which is counted', async () => {
    const program = require.resolve('./fixtures/frozen-http.cjs');
    const { stdout } = await promisify(execFile)(process.execPath, [program, bundleWaymark(), downstream.origin]);
    // The channel for calls shows neither timeouts nor headers that are set later.
    const isPatched = !String(http.ClientRequest).includes('onClientRequestCreatedChannel');
    expect(JSON.parse(stdout)).toEqual([200, { 'not-instrumented': isPatched ? 3 : 2 }]);
    expect(downstream.received[0]?.count('traceparent')).toBe(isPatched ? 0 : 1);
  });

  test.each(['127.0.0.1', '127.0.0.1:1'])(
    'the port is that of the connection, with the Host header %s',
    async (host) => {
      await tracing.inCaller(() =>
        answerTo((onResponse) => http.request(`${downstream.origin}/ok`, { headers: { host } }, onResponse)),
      );
      expect((await tracing.calls(1))[0]?.attributes).toMatchObject({
        'server.address': '127.0.0.1',
        'server.port': downstream.port,
        'url.full': `${downstream.origin}/ok`,
      });
    },
  );

  describe('the context of the application', () => {
    test('is there in every event', async () => {
      const seen: unknown[] = [];
      const caller = await tracing.inCaller(async (span) => {
        const note = () => seen.push(activeSpan()?.spanId);
        const call = http.get(`${downstream.origin}/ok`).on('socket', note);
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        note();
        response.on('data', note).on('end', note);
        await once(response, 'close');
        return span;
      });
      expect(new Set(seen)).toEqual(new Set([caller.spanId]));
    });

    test('is that of each caller with few connections', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 2 });
      await Promise.all(
        Array.from({ length: 50 }, () =>
          tracing.tracer.withSpan('caller', { parent: null }, async (caller) => {
            const answer = await (await sendByNode(`${downstream.origin}/ok`, { agent })).text();
            expect(readTraceparent(answer)).toMatchObject({ traceId: caller.traceId });
          }),
        ),
      );
      agent.destroy();
      await tracing.calls(50);
    });
  });

  describe('headers', () => {
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    // Node renders these when the request is made, where setHeader() throws for them.
    test.each<[string, http.RequestOptions]>([
      ['a flat array', { headers: ['host', 'shop.example', 'x-own', '1'] as never }],
      [
        'an array of pairs',
        {
          headers: [
            ['host', 'shop.example'],
            ['x-own', '1'],
          ] as never,
        },
      ],
      ['a request with Expect', { method: 'POST', headers: { expect: '100-continue', 'x-own': '1' } }],
      [
        'an array with Expect',
        { method: 'POST', headers: ['host', 'shop.example', 'expect', '100-continue', 'x-own', '1'] as never },
      ],
    ])(
      'that are rendered at once, as those of %s, carry the context, and the caller’s object stays as it is',
      async (_what, options) => {
        const before = structuredClone(options);
        const answer = await tracing.inCaller(() =>
          answerTo((onResponse) => http.request(`${downstream.origin}/ok`, deepFreeze(options), onResponse)),
        );
        const [span] = await tracing.calls(1);
        expect(answer).toContain(span?.spanId);
        expect(downstream.received[0]?.headers).toMatchObject({ 'x-own': '1' });
        expect(downstream.received[0]?.count('traceparent')).toBe(1);
        expect(span?.attributes).toMatchObject({
          'url.full': `${downstream.origin}/ok`,
          'http.response.status_code': 200,
        });
        expect(options).toEqual(before);
        expect(tracing.tracer.stats().diagnostics).toEqual({});
      },
    );

    test('of a call that waits for 100 Continue are sent, and so is its body', async () => {
      const received = await tracing.inCaller(async () => {
        const call = http.request(`${downstream.origin}/ok`, { method: 'POST', headers: { expect: '100-continue' } });
        await once(call, 'continue');
        call.end('some body');
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        return text(response);
      });
      expect(received).toContain((await tracing.calls(1))[0]?.spanId);
    });

    test('of the application, given in an array, are the only ones too', async () => {
      await tracing.inCaller(() =>
        answerTo((onResponse) =>
          http.request(
            `${downstream.origin}/ok`,
            { headers: ['host', 'shop.example', 'traceparent', own] as never },
            onResponse,
          ),
        ),
      );
      expect(downstream.received[0]).toMatchObject({ headers: { traceparent: own } });
      expect(downstream.received[0]?.count('traceparent')).toBe(1);
    });

    test('that the application sets later replace ours', async () => {
      await tracing.inCaller(() =>
        answerTo((onResponse) => http.request(`${downstream.origin}/ok`, onResponse).setHeader('TraceParent', own)),
      );
      expect(downstream.received[0]).toMatchObject({ headers: { traceparent: own } });
      expect(downstream.received[0]?.count('traceparent')).toBe(1);
    });

    test('with another Host leave the port that was called', async () => {
      await tracing.inCaller(() =>
        answerTo((onResponse) =>
          http.get(`${downstream.origin}/ok`, { headers: { host: 'shop.example' } }, onResponse),
        ),
      );
      expect((await tracing.calls(1))[0]?.attributes).toMatchObject({
        'url.full': `${downstream.origin}/ok`,
        'server.address': '127.0.0.1',
        'server.port': downstream.port,
      });
    });
  });

  test('through a proxy names the server behind the proxy', async () => {
    await tracing.inCaller(() =>
      answerTo((onResponse) => http.get(downstream.origin, { path: 'http://shop.example/ok?sig=s3cret' }, onResponse)),
    );
    expect((await tracing.calls(1))[0]?.attributes).toMatchObject({
      'url.full': 'http://shop.example/ok?sig=REDACTED',
      'server.address': 'shop.example',
      'server.port': 80,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': downstream.port,
    });
  });

  test('to an IPv6 address has the address without brackets', async () => {
    await tracing.inCaller(async () => {
      const call = http.get('http://[::1]:1/ok');
      await expect(once(call, 'response')).rejects.toThrow();
    });
    expect((await tracing.calls(1))[0]?.attributes).toMatchObject({
      'url.full': 'http://[::1]:1/ok',
      'server.address': '::1',
      'server.port': 1,
    });
  });

  describe('the end', () => {
    test.each([
      ['destroy()', (call: ClientRequest) => call.destroy()],
      ['abort()', (call: ClientRequest) => call.abort()],
      ['agent.destroy()', (call: ClientRequest) => (call as ClientRequest & { agent: Agent }).agent.destroy()],
    ])('by %s is no error', async (_what, giveUp) => {
      const agent = new Agent();
      await tracing.inCaller(async () => {
        const call = http.get(`${downstream.origin}/hang`, { agent });
        const failed = once(call, 'error');
        await downstream.waitForRequests(1);
        giveUp(call);
        await failed;
      });
      expect(await calls(1)).toEqual(['GET unanswered unset cancelled']);
    });

    test('by destroy() before there is a socket is no error', async () => {
      await tracing.inCaller(async () => {
        const call = http.get(`${downstream.origin}/hang`);
        call.destroy();
        await expect(once(call, 'response')).rejects.toThrow('socket hang up');
      });
      expect(await calls(1)).toEqual(['GET unanswered unset cancelled']);
    });

    test('by destroy(error) on a timeout says so', async () => {
      await tracing.inCaller(async () => {
        const call = http.get(`${downstream.origin}/hang`, { timeout: 1 });
        call.on('timeout', () => call.destroy(Object.assign(new Error('time is up'), { code: 'ETIMEDOUT' })));
        await once(call, 'error');
      });
      const [span] = await tracing.calls(1);
      expect(describeCall(span as never)).toBe('GET unanswered error error.type timeout');
      expect(span?.status.message).toBe('time is up');
    });

    test('comes without a listener for the response', async () => {
      await tracing.inCaller(async () => {
        http.get(`${downstream.origin}/ok`);
        await tracing.calls(1);
      });
      expect(await calls(1)).toEqual(['GET 200 unset']);
    });

    test('is not an error that comes after the response', async () => {
      await tracing.inCaller(async () => {
        const call = http.get(`${downstream.origin}/slow`);
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        const failed = once(call, 'error');
        response.on('error', () => {});
        call.destroy(new Error('too late'));
        await failed.catch(() => {});
      });
      expect(await calls(1)).toEqual(['GET 200 unset']);
    });

    test('of an upgrade is its answer', async () => {
      await tracing.inCaller(async () => {
        const call = http.get(`${downstream.origin}/ok`, { headers: { connection: 'upgrade', upgrade: 'chat' } });
        const [, socket] = await once(call, 'upgrade');
        socket.destroy();
      });
      expect(await calls(1)).toEqual(['GET 101 unset']);
      expect(downstream.received[0]?.count('traceparent')).toBe(1);
    });

    test('of an upgrade without a listener is its answer', async () => {
      await tracing.inCaller(async () => {
        const call = http.get(`${downstream.origin}/ok`, { headers: { connection: 'upgrade', upgrade: 'chat' } });
        await once(call, 'close');
      });
      expect(await calls(1)).toEqual(['GET 101 unset']);
    });

    test('of CONNECT is its answer', async () => {
      await tracing.inCaller(async () => {
        const call = http.request(downstream.origin, { method: 'CONNECT', path: 'example.com:443' }).end();
        const [, socket] = await once(call, 'connect');
        socket.destroy();
      });
      const [span] = await tracing.calls(1);
      expect(describeCall(span as never)).toBe('CONNECT 200 unset');
      expect(span?.attributes).toMatchObject({ 'url.full': downstream.origin, 'server.port': downstream.port });
    });

    test('adds no listener that changes how a request behaves', async () => {
      await tracing.inCaller(async () => {
        const call = http.request(`${downstream.origin}/ok`);
        const events = [
          'response',
          'error',
          'upgrade',
          'connect',
          'information',
          'continue',
          'timeout',
          'abort',
          'socket',
        ];
        expect(events.map((event) => call.listenerCount(event))).toEqual(events.map(() => 0));
        call.destroy();
        await once(call, 'error');
      });
    });
  });

  // nock and others replace Node's functions. The objects that theirs return are not requests of Node.
  describe('functions that were replaced', () => {
    test.each(['request', 'get'] as const)('before, as %s(), are called as they were', async (name) => {
      tracing.stop();
      const original = http[name]; // not ours, which would stay for the test files that follow
      const fake = new EventEmitter();
      http[name] = (() => fake) as never;
      tracing = startTracing();
      await tracing.inCaller(async () => expect(http[name]('http://fake.invalid/')).toBe(fake));
      expect(tracing.tracer.stats()).toMatchObject({ started: 1, diagnostics: {} });
      tracing.stop();
      http[name] = original;
    });

    test('later stay when tracing stops', () => {
      tracing.stop();
      const original = http.request;
      tracing = startTracing();
      const replacement = (() => new EventEmitter()) as never;
      http.request = replacement;
      tracing.stop();
      expect(http.request).toBe(replacement);
      http.request = original;
    });

    test('that hold ours still work when tracing has stopped', async () => {
      const { request: held } = http;
      tracing.stop();
      await tracing.inCaller(() => answerTo((onResponse) => held(`${downstream.origin}/ok`, onResponse)));
      expect(downstream.received[0]?.headers).not.toHaveProperty('traceparent');
    });
  });
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

function optionsOf({ hostname, port, pathname, search }: URL): http.RequestOptions {
  return { hostname, port, path: pathname + search };
}
