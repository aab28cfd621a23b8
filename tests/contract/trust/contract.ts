// The parts of a caller's context that each policy accepts. The same for each framework.
import { getAllBaggage, type TracerOptions, traceIdRatioSampler, withSpan } from '@waymark/core';
import { type Trust, type TrustPolicy, trustHeader, trustMember, trustPeers } from '@waymark/core/http';
import type { AdapterUnderTest, Handler, TracingOptions } from '../server/adapter-under-test.ts';
import { callerOf, closeAll, startDownstream, startTraced } from '../server/traced-app.ts';

const caller = callerOf(1);
const callerHeaders: readonly (readonly [string, string])[] = [
  ['traceparent', caller.traceparent],
  ['tracestate', 'acme=1,ot=th:8'],
  ['baggage', 'tenant=acme,admin=true'],
];

type Rule = Trust<{ readonly url?: string | undefined }>;

const everyFormat: TracerOptions['propagators'] = ['tracecontext', 'baggage', 'b3multi', 'jaeger'];

export function describeTrust(adapter: AdapterUnderTest): void {
  afterEach(closeAll);

  describe('a caller', () => {
    test.each<[string, TracingOptions]>([
      ['by default', {}],
      ['by continue', { trust: 'continue' }],
    ])('is continued %s', async (_how, tracing) => {
      const { server, downstreamHeaders, baggage } = await ask(tracing);
      expect(server).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId, parentIsRemote: true });
      expect(server.links).toEqual([]);
      expect(baggage).toEqual({ tenant: 'acme', admin: 'true' });
      expect(downstreamHeaders.traceparent).toMatch(new RegExp(`^00-${caller.traceId}-`));
      expect(downstreamHeaders).toMatchObject({ tracestate: 'acme=1,ot=th:8', baggage: 'tenant=acme,admin=true' });
    });

    test('is linked from a new trace by link', async () => {
      const { server, downstreamHeaders, baggage } = await ask({ trust: 'link' });
      expect(server.traceId).not.toBe(caller.traceId);
      expect(server).not.toHaveProperty('parentSpanId');
      expect(server).not.toHaveProperty('traceState');
      expect(server.links).toEqual([{ traceId: caller.traceId, spanId: caller.spanId, attributes: {} }]);
      expect(baggage).toEqual({});
      expect(downstreamHeaders.traceparent).toMatch(new RegExp(`^00-${server.traceId}-[0-9a-f]{16}-03$`));
      expect(downstreamHeaders).not.toHaveProperty('tracestate');
      expect(downstreamHeaders).not.toHaveProperty('baggage');
    });

    test('is continued without baggage by ids', async () => {
      const { server, downstreamHeaders, baggage } = await ask({ trust: 'ids' });
      expect(server).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId, parentIsRemote: true });
      expect(server.traceState).toBe('acme=1'); // without ot, which holds the caller's sampling decision
      expect(baggage).toEqual({});
      expect(downstreamHeaders.traceparent).toMatch(new RegExp(`^00-${caller.traceId}-`));
    });

    test('is ignored by ignore', async () => {
      const { server, downstreamHeaders, baggage } = await ask({ trust: 'ignore' });
      expect(server.traceId).not.toBe(caller.traceId);
      expect(server).not.toHaveProperty('parentSpanId');
      expect(server.links).toEqual([]);
      expect(baggage).toEqual({});
      expect(downstreamHeaders).not.toHaveProperty('tracestate');
    });
  });

  describe('the sampling decision', () => {
    const never = { sampler: traceIdRatioSampler(0) };

    test.each<[string, TrustPolicy, string, TracerOptions, number]>([
      ['the caller’s by continue', 'continue', '00', {}, 0],
      ['ours by ids, where the caller said no', 'ids', '00', {}, 1],
      ['ours by ids, where the caller said yes', 'ids', '01', never, 0],
      ['ours by link, where the caller said no', 'link', '00', {}, 1],
      ['ours by ignore, where the caller said yes', 'ignore', '01', never, 0],
    ])('is %s', async (_decision, trust, flags, options, count) => {
      const app = await startTraced(adapter, {
        routes: [route(({ send }) => send(200))],
        tracing: { trust, ...options },
      });
      await app.request('/', { headers: [['traceparent', callerOf(1, flags).traceparent]] });
      // With this sampler the marker request of spans() has no span either.
      if (options.sampler) expect(app.exporter.spans).toEqual([]);
      else expect(await app.spans(count)).toHaveLength(count);
    });

    const ids: readonly (readonly [string, string])[] = [
      ['x-b3-traceid', caller.traceId],
      ['x-b3-spanid', caller.spanId],
    ];
    test.each<[string, readonly (readonly [string, string])[]]>([
      ['B3’s debug flag', [...ids, ['x-b3-flags', '1']]],
      ['B3’s debug flag alone', [['x-b3-flags', '1']]],
      ['Jaeger’s debug flag', [['uber-trace-id', `${caller.traceId}:${caller.spanId}:0:3`]]],
      ['Jaeger’s debug id', [['jaeger-debug-id', 'why-slow']]],
    ])('is not the caller’s by %s, unless it is trusted', async (_what, headers) => {
      const recorded: Record<string, number> = {};
      for (const trust of ['continue', 'link', 'ids', 'ignore'] as const) {
        const app = await startTraced(adapter, {
          routes: [route(({ send }) => send(200))],
          tracing: { trust, propagators: everyFormat, ...never },
        });
        await app.request('/', { headers });
        // A second trace, so that the first has ended.
        await app.request('/', { headers: [['x-b3-flags', '1']] });
        recorded[trust] = app.exporter.spans.length;
      }
      expect(recorded).toEqual({ continue: 2, link: 0, ids: 0, ignore: 0 });
    });
  });

  describe('baggage of an untrusted caller', () => {
    test.each<TrustPolicy>(['link', 'ids', 'ignore'])('is kept if its name is allowed, by %s', async (trust) => {
      const { downstreamHeaders, baggage } = await ask({ trust, allowBaggage: ['tenant', 'other'] });
      expect(baggage).toEqual({ tenant: 'acme' });
      expect(downstreamHeaders.baggage).toBe('tenant=acme');
    });

    test('is dropped also if it comes without a trace', async () => {
      const { baggage } = await ask({ trust: 'link' }, [['baggage', 'tenant=acme']]);
      expect(baggage).toEqual({});
    });
  });

  describe('an ignored request', () => {
    test.each<[TrustPolicy, string | undefined, string | undefined]>([
      ['continue', caller.traceparent, 'tenant=acme,admin=true'],
      ['ids', callerOf(1, '00').traceparent, undefined],
      ['link', undefined, undefined],
      ['ignore', undefined, undefined],
    ])('sends on what the policy %s keeps', async (trust, traceparent, baggage) => {
      const { app, downstream } = await start({ trust, ignore: '/' });
      await app.request('/', { headers: callerHeaders });
      expect(await app.spans(0)).toEqual([]);
      expect(downstream.calls).toHaveLength(1);
      expect(downstream.calls[0]?.traceparent).toBe(traceparent);
      expect(downstream.calls[0]?.baggage).toBe(baggage);
    });
  });

  describe('a function', () => {
    test('is called for each request, with the framework’s request and the caller', async () => {
      const seen: unknown[] = [];
      const trust: Rule = (request, { peerAddress, clientAddress, headers, traceState }) => {
        seen.push([request.url, peerAddress, clientAddress, headers.via, traceState?.get('acme')]);
        return headers.via === 'gateway' ? 'continue' : 'ignore';
      };
      const trusted = await ask({ trust }, [...callerHeaders, ['via', 'gateway']]);
      const other = await ask({ trust });
      expect(seen).toEqual([
        ['/', '127.0.0.1', '127.0.0.1', 'gateway', '1'],
        ['/', '127.0.0.1', '127.0.0.1', undefined, '1'],
      ]);
      expect(trusted.server.traceId).toBe(caller.traceId);
      expect(other.server.traceId).not.toBe(caller.traceId);
    });

    test('is not called for a request without trace headers', async () => {
      const trust = jest.fn((): TrustPolicy => 'continue');
      await ask({ trust }, []);
      expect(trust).not.toHaveBeenCalled();
    });

    test.each<[string, Rule]>([
      [
        'throws',
        () => {
          throw new Error('broken');
        },
      ],
      ['returns another value', (() => Promise.resolve('continue')) as never],
    ])('that %s is counted, and its caller ignored', async (_what, trust) => {
      const { server, app } = await ask({ trust });
      expect(server.traceId).not.toBe(caller.traceId);
      expect(server.links).toEqual([]);
      expect(app.exporter.spans).not.toEqual([]);
    });
  });

  describe('ready-made rules', () => {
    const secret = 'correct horse battery';

    test.each<[string, Rule, boolean]>([
      ['a peer on this machine', trustPeers(), true],
      ['a peer in a network', trustPeers(['10.0.0.0/8', '127.0.0.0/16']), true],
      ['a peer by its address', trustPeers(['127.0.0.1']), true],
      ['no peer from elsewhere', trustPeers(['private', '2001:db8::/32']), false],
      ['a caller with the member', trustMember('acme'), true],
      ['a caller with the member and its value', trustMember('acme', { value: '1' }), true],
      ['no caller with another value', trustMember('acme', { value: '2' }), false],
      ['no caller without the member', trustMember('other'), false],
      ['a caller with the secret', trustHeader('X-Internal', secret), true],
      ['a caller with one of several secrets', trustHeader('x-internal', ['another secret of ours', secret]), true],
      ['no caller with another secret', trustHeader('x-internal', `${secret}!`), false],
      ['no caller without the header', trustHeader('x-other', secret), false],
      ['a caller by the rule given as otherwise', trustMember('other', { otherwise: trustPeers() }), true],
    ])('trust %s', async (_caller, trust, isTrusted) => {
      const { server } = await ask({ trust }, [...callerHeaders, ['x-internal', secret]]);
      if (isTrusted) expect(server).toMatchObject({ traceId: caller.traceId, links: [] });
      else expect(server.links).toEqual([{ traceId: caller.traceId, spanId: caller.spanId, attributes: {} }]);
    });

    test('apply the policy given as otherwise to other callers', async () => {
      const { server } = await ask({ trust: trustMember('other', { otherwise: 'ids' }) });
      expect(server).toMatchObject({ traceId: caller.traceId, links: [] });
    });

    test('recognize our services by the member that they add', async () => {
      const traceStateMember = { key: 'acme', value: '7f3a' };
      const trust = trustMember('acme', { value: '7f3a' });
      const behind = await startTraced(adapter, { routes: [route(({ send }) => send(200))], tracing: { trust } });
      const handler: Handler = async ({ send }) => {
        await (await fetch(`http://127.0.0.1:${behind.port}/`)).arrayBuffer();
        send(200);
      };
      const front = await startTraced(adapter, { routes: [route(handler)], tracing: { traceStateMember, trust } });
      await front.request('/', { headers: callerHeaders });
      const [call, server] = await front.spans(2);
      // The caller's member has another value than ours.
      expect(server?.links).toEqual([{ traceId: caller.traceId, spanId: caller.spanId, attributes: {} }]);
      expect(await behind.spans(1)).toMatchObject([
        { traceId: server?.traceId, parentSpanId: call?.spanId, links: [] },
      ]);
    });

    if (adapter.kind === 'framework') {
      test('use the client behind a proxy that the app trusts', async () => {
        const { app, spans } = await start({ trust: trustPeers() }, { trustProxy: true });
        for (const client of ['203.0.113.7', '10.1.2.3']) {
          await app.request('/', { headers: [...callerHeaders, ['x-forwarded-for', client]] });
        }
        const servers = (await spans(2)).filter(({ kind }) => kind === 'server');
        expect(servers.map(({ traceId }) => traceId === caller.traceId)).toEqual([false, true]);
      });
    }
  });

  test.each<[string, object]>([
    ['trust', { trust: 'yes' }],
    ['allowBaggage', { allowBaggage: 'tenant' }],
    ['propagateTo', { propagateTo: 5 }],
    ['traceStateMember', { traceStateMember: { key: 'Acme', value: '1' } }],
    ['redactQuery', { redactQuery: 'token' }],
  ])('a wrong %s is refused at set-up', async (_name, tracing) => {
    await expect(adapter.start({ routes: [], tracing: { env: {}, ...tracing } })).rejects.toMatchObject({
      code: 'WAYMARK_INVALID_OPTION',
    });
  });

  /** Sends one request, and returns its span and the headers that the called service received. */
  async function ask(tracing: TracingOptions, headers = callerHeaders) {
    const { app, downstream, spans, baggage } = await start(tracing);
    await app.request('/', { headers });
    const [server] = (await spans(1)).filter(({ kind }) => kind === 'server');
    if (server === undefined) throw new Error('The request made no server span.');
    return { app, server, downstreamHeaders: downstream.calls[0] ?? {}, baggage: baggage[0] };
  }

  /** Starts an application whose handler calls another service. */
  async function start(tracing: TracingOptions, description: { readonly trustProxy?: boolean } = {}) {
    const downstream = await startDownstream();
    const baggage: Record<string, string>[] = [];
    const app = await startTraced(adapter, {
      routes: [
        route(async ({ send }) => {
          baggage.push(Object.fromEntries([...getAllBaggage().entries()].map(([key, { value }]) => [key, value])));
          await withSpan('own', async () => (await fetch(downstream.url)).arrayBuffer());
          send(200);
        }),
      ],
      tracing,
      ...description,
    });
    /** The spans of `requests` requests: each has a server span, one for the handler's step, and one for its call. */
    const spans = (requests: number) => app.spans(requests * 3);
    return { app, downstream, spans, baggage };
  }
}

function route(handler: Handler) {
  return { method: 'GET', path: '/', handler };
}
