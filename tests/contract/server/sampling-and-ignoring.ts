import { activeSpan, createTracer, type SamplingInput, type TracerOptions, withSpan } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import type { AdapterUnderTest, Handler, IgnoreRule, Route, TracingOptions } from './adapter-under-test.ts';
import { callerOf, startDownstream, startTraced } from './traced-app.ts';

const caller = callerOf(1);
const health: Route = { method: 'GET', path: '/health', handler: ({ send }) => send(200) };

export function describeSamplingAndIgnoring(adapter: AdapterUnderTest): void {
  describe('sampler', () => {
    test('is called once, with the attributes that are known at the start', async () => {
      const inputs: SamplingInput[] = [];
      const sampler = (input: SamplingInput): boolean => {
        inputs.push(input);
        return true;
      };
      const app = await startTraced(adapter, { routes: [health], tracing: { sampler } });
      await app.request('/health?deep=1', {
        headers: [
          ['host', 'users.test:8080'],
          ['user-agent', 'contract/1'],
          ['traceparent', caller.traceparent],
          ['tracestate', 'vendor=1'],
        ],
      });
      expect(inputs).toHaveLength(1);
      const [input] = inputs;
      expect(input).toMatchObject({
        name: 'GET',
        kind: 'server',
        traceId: caller.traceId,
        parent: { spanId: caller.spanId, isSampled: true, isRemote: true },
      });
      expect(input?.traceState?.serialize()).toBe('vendor=1');
      // The attributes that the conventions list for samplers.
      expect(input?.attributes).toMatchObject({
        'http.request.method': 'GET',
        'url.path': '/health',
        'url.query': 'deep=1',
        'url.scheme': 'http',
        'server.address': 'users.test',
        'server.port': 8080,
        'client.address': '127.0.0.1',
        'user_agent.original': 'contract/1',
      });
    });

    test('that declines leaves only the context', async () => {
      const exporter = inMemoryExporter();
      const tracer = createTracer({ exporter, env: {}, logLevel: 'none', sampler: () => false });
      const { app, downstream, seen } = await startCalling({ tracing: { tracer } });
      await app.request('/health');
      expect(exporter.spans).toEqual([]);
      expect(seen).toEqual([{ isRecording: false, isActive: true }]);
      expect(downstream.calls).toHaveLength(1);
      expect(downstream.calls[0]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-02$/);
      expect(tracer.stats()).toMatchObject({ started: 0, ended: 0, exported: 0 });
    });

    test('adds attributes to those of the conventions', async () => {
      const sampler = () => ({ sampled: true, attributes: { 'sampled.by': 'contract' } });
      const app = await startTraced(adapter, { routes: [health], tracing: { sampler } });
      await app.request('/health');
      const [span] = await app.spans(1);
      expect(span?.attributes).toMatchObject({ 'sampled.by': 'contract', 'http.route': '/health' });
    });
  });

  describe('ignore', () => {
    test.each<[string, IgnoreRule | readonly IgnoreRule[]]>([
      ['a path', '/health'],
      ['a pattern', /^\/he/],
      ['a pattern that remembers where it stopped', /^\/health$/g],
      ['a function', ({ url }) => url?.startsWith('/health') === true],
      ['one of several', ['/other', /nothing/, () => false, '/health']],
    ])('makes no span for a request that matches %s', async (_what, ignore) => {
      const { app } = await startCalling({ tracing: { ignore } });
      for (const target of ['/health', '/health?deep=1', '/health']) {
        expect((await app.request(target)).status).toBe(200);
      }
      expect(await app.spans(0)).toEqual([]);
    });

    test('matches a path whole and as it is written', async () => {
      const route: Route = { method: 'GET', path: '/users/:id', handler: ({ send }) => send(200) };
      const app = await startTraced(adapter, {
        routes: [route],
        tracing: { ignore: ['/users', '/users/1', '/USERS/2'] },
      });
      for (const target of ['/users/1', '/users/2', '/users/11', '/users/3?path=/users/1']) await app.request(target);
      const spans = await app.spans(3);
      expect(spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/users/2', '/users/11', '/users/3']);
    });

    test('lets the caller’s context through unchanged', async () => {
      const { app, downstream, seen } = await startCalling({ tracing: { ignore: '/health' } });
      await app.request('/health', {
        headers: [
          ['traceparent', callerOf(1, '03').traceparent],
          ['tracestate', 'vendor=1'],
          ['baggage', 'tenant=acme'],
        ],
      });
      expect(await app.spans(0)).toEqual([]);
      expect(downstream.calls).toHaveLength(1);
      expect(downstream.calls[0]).toMatchObject({
        traceparent: callerOf(1, '03').traceparent,
        tracestate: 'vendor=1',
        baggage: 'tenant=acme',
      });
      expect(seen).toEqual([{ isRecording: false, isActive: true }]);
    });

    test('sends no context if none came in', async () => {
      const { app, downstream } = await startCalling({ tracing: { ignore: '/health' } });
      await app.request('/health');
      expect(await app.spans(0)).toEqual([]);
      expect(downstream.calls).toHaveLength(1);
      expect(Object.keys(downstream.calls[0] ?? {})).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(traceparent|tracestate|baggage)$/)]),
      );
    });

    test('keeps ignored requests out of the traced ones on a connection', async () => {
      const app = await startTraced(adapter, { routes: [health], tracing: { ignore: '/health' } });
      await app.request('/health', { headers: [['traceparent', caller.traceparent]] });
      await app.request('/elsewhere');
      const [span] = await app.spans(1);
      expect(span?.name).toBe('GET');
      expect(span).not.toHaveProperty('parentSpanId');
    });
  });

  describe('a tracer', () => {
    test.each<[string, (tracing: TracerOptions) => Promise<TracingOptions>]>([
      ['disabled', async (tracing) => ({ ...tracing, disabled: true })],
      [
        'shut down',
        async (tracing) => {
          const tracer = createTracer(tracing);
          await tracer.shutdown();
          return { tracer };
        },
      ],
    ])('that is %s makes no span, and lets the caller’s context through', async (_what, make) => {
      const exporter = inMemoryExporter();
      const tracing = await make({ exporter, env: {}, logLevel: 'none' });
      const { app, downstream, seen } = await startCalling({ tracing });
      expect((await app.request('/health', { headers: [['traceparent', caller.traceparent]] })).status).toBe(200);
      expect((await app.request('/health')).status).toBe(200);
      expect(exporter.spans).toEqual([]);
      expect(seen).toEqual(Array(2).fill({ isRecording: false, isActive: true }));
      expect(downstream.calls.map(({ traceparent }) => traceparent)).toEqual([caller.traceparent, undefined]);
    });

    test('uses the given clock and service name', async () => {
      let monotonicMs = 5000;
      const clock = { wallMs: () => 1_700_000_000_000 + monotonicMs, monotonicMs: () => monotonicMs };
      const handler: Handler = ({ send }) => {
        monotonicMs += 250;
        send(200);
      };
      const app = await startTraced(adapter, {
        routes: [{ ...health, handler }],
        tracing: { clock, serviceName: 'users' },
      });
      await app.request('/health');
      const [span] = await app.spans(1);
      expect(span).toMatchObject({ startMs: 1_700_000_005_000, endMs: 1_700_000_005_250 });
      expect(span?.resource.attributes).toMatchObject({ 'service.name': 'users' });
    });

    test.each<[string, object]>([
      ['ignore', { ignore: 5 }],
      ['outbound', { outbound: 'yes' }],
      ['knownMethods', { knownMethods: 'GET' }],
      ['tracer', { tracer: {} }],
      ['serviceName', { serviceName: '' }],
    ])('with a wrong %s is refused at set-up', async (_name, tracing) => {
      await expect(adapter.start({ routes: [], tracing: { env: {}, ...tracing } })).rejects.toMatchObject({
        code: 'WAYMARK_INVALID_OPTION',
      });
    });

    test('is refused together with an option that makes a tracer, unless that is undefined', async () => {
      const tracer = createTracer({ exporter: inMemoryExporter(), env: {}, logLevel: 'none' });
      const wrong = { tracer, serviceName: 'users' } as never; // does not compile
      await expect(adapter.start({ routes: [], tracing: wrong })).rejects.toMatchObject({
        code: 'WAYMARK_INVALID_OPTION',
        message: expect.stringContaining('serviceName must be left out when tracer is given, got "users".'),
      });
      const app = await startTraced(adapter, { routes: [health], tracing: { tracer, serviceName: undefined } });
      expect((await app.request('/health')).status).toBe(200);
    });

    test('with an unknown option is refused at set-up', async () => {
      const tracing = { env: {}, servicename: 'users' } as object;
      await expect(adapter.start({ routes: [], tracing })).rejects.toMatchObject({ code: 'WAYMARK_UNKNOWN_OPTION' });
    });
  });

  /** Its handler calls another service in a separate span. */
  async function startCalling({ tracing }: { tracing: TracingOptions }) {
    const downstream = await startDownstream();
    const seen: { isRecording: boolean | undefined; isActive: boolean }[] = [];
    const handler: Handler = async ({ span, send }) => {
      seen.push({ isRecording: span?.isRecording(), isActive: activeSpan() === span });
      await withSpan('own', async () => (await fetch(downstream.url)).arrayBuffer());
      send(200);
    };
    const app = await startTraced(adapter, { routes: [{ method: 'GET', path: '/health', handler }], tracing });
    return { app, downstream, seen };
  }
}
