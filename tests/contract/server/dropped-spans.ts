// Spans that the hooks `onStart` and `onEnding` drop, with a real request and a real call to another service.
import {
  activeSpan,
  createTracer,
  getBaggage,
  type HookedSpan,
  type Tracer,
  type TracerOptions,
  withSpan,
} from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import type { AdapterUnderTest, Handler, Route } from './adapter-under-test.ts';
import { openConnection, requestText } from './raw-client.ts';
import { callerOf, startDownstream, startTraced } from './traced-app.ts';

const user: Route = { method: 'GET', path: '/users/:id', handler: ({ send }) => send(200, 'user') };
const caller = callerOf(1);
const markerPath = '/marker';

const isOfMarker = (span: HookedSpan) => span.getAttribute('url.path') === markerPath;

function drop(kind: string) {
  return (span: HookedSpan) => {
    if (span.kind === kind && !isOfMarker(span)) span.drop();
  };
}

export function describeDroppedSpans(adapter: AdapterUnderTest): void {
  describe('hooks', () => {
    test('see the attributes of a server span as it starts, and their changes stay', async () => {
      const seen: unknown[] = [];
      const { app } = await start({
        onStart(span) {
          if (span.kind !== 'server' || isOfMarker(span)) return;
          seen.push([span.name, span.getAttribute('http.request.method'), span.getAttribute('url.path')]);
          span.removeAttribute('client.address').setAttribute('url.path', '/REDACTED').setAttribute('team', 'shop');
        },
      });
      await app.request('/users/7');
      const [server] = await app.spans(1);
      expect(seen).toEqual([['GET', 'GET', '/users/7']]);
      expect(server).toMatchObject({
        name: 'GET /users/:id',
        attributes: { team: 'shop', 'url.path': '/REDACTED', 'http.request.method': 'GET', 'http.route': '/users/:id' },
      });
      expect(server?.attributes).not.toHaveProperty(['client.address']);
    });

    test('on the start of a server span see the baggage of the caller', async () => {
      const seen: unknown[] = [];
      const { app } = await start({
        onStart(span) {
          if (!isOfMarker(span)) seen.push([getBaggage('tenant'), activeSpan()?.spanId]);
        },
      });
      await app.request('/users/7', {
        headers: [
          ['traceparent', caller.traceparent],
          ['baggage', 'tenant=acme'],
        ],
      });
      await app.spans(1);
      expect(seen).toEqual([['acme', caller.spanId]]);
    });

    test.each([
      ['start', { onStart: drop('server') }],
      ['end', { onEnding: drop('server') }],
    ])('that drop a server span at its %s leave its children to the caller', async (_when, hooks) => {
      const { app, tracer, downstream } = await startCalling(hooks);
      const { status } = await app.request('/users/7', { headers: [['traceparent', caller.traceparent]] });
      expect(status).toBe(200);
      const [client, own] = await app.spans(2);
      expect(client).toMatchObject({ kind: 'client', traceId: caller.traceId, parentSpanId: own?.spanId });
      expect(own).toMatchObject({
        name: 'load',
        traceId: caller.traceId,
        parentSpanId: caller.spanId,
        parentIsRemote: true,
      });
      expect(downstream.calls[0]?.traceparent).toBe(`00-${caller.traceId}-${client?.spanId}-01`);
      const { started, ended, droppedByHook, diagnostics } = tracer.stats();
      expect({ running: started - ended - droppedByHook, droppedByHook, diagnostics }).toEqual({
        running: 0,
        droppedByHook: 1,
        diagnostics: {},
      });
    });

    test.each([
      ['start', { onStart: drop('server') }],
      ['end', { onEnding: drop('server') }],
    ])('that drop a server span without a caller at its %s leave roots', async (_when, hooks) => {
      const { app, downstream } = await startCalling(hooks);
      await app.request('/users/7');
      const [client, own] = await app.spans(2);
      expect(own).not.toHaveProperty('parentSpanId');
      expect(downstream.calls[0]?.traceparent).toBe(`00-${own?.traceId}-${client?.spanId}-03`);
    });

    test('that drop a client span at its start send the nearest span that is kept', async () => {
      const { app, downstream } = await startCalling({ onStart: drop('client') });
      await app.request('/users/7', { headers: [['traceparent', caller.traceparent]] });
      const [own, server] = await app.spans(2);
      expect([own?.name, server?.kind]).toEqual(['load', 'server']);
      expect(downstream.calls).toHaveLength(1);
      expect(downstream.calls[0]?.traceparent).toBe(`00-${caller.traceId}-${own?.spanId}-01`);
    });

    test('that drop all spans of a request at their start pass the caller’s context on', async () => {
      const { app, downstream } = await startCalling({
        onStart: (span) => {
          if (!isOfMarker(span)) span.drop();
        },
      });
      await app.request('/users/7', {
        headers: [
          ['traceparent', caller.traceparent],
          ['tracestate', 'vendor=1'],
          ['baggage', 'tenant=acme'],
        ],
      });
      expect(await app.spans(0)).toEqual([]);
      expect(downstream.calls[0]).toMatchObject({
        traceparent: caller.traceparent,
        tracestate: 'vendor=1',
        baggage: 'tenant=acme',
      });
    });

    test('cannot drop a client span at its end, since the next service has its id', async () => {
      const { app, tracer, downstream } = await startCalling({ onEnding: drop('client') });
      await app.request('/users/7', { headers: [['traceparent', caller.traceparent]] });
      const [client] = await app.spans(3);
      expect(downstream.calls[0]?.traceparent).toBe(`00-${caller.traceId}-${client?.spanId}-01`);
      expect(tracer.stats().diagnostics).toEqual({ 'drop-too-late': 1 });
    });

    test.each([
      ['start', { onStart: drop('server') }],
      ['end', { onEnding: drop('server') }],
    ])('that drop a server span at its %s do so for a request that is broken off', async (_when, hooks) => {
      let started = () => {};
      const isStarted = new Promise<void>((resolve) => {
        started = resolve;
      });
      const { app, tracer } = await start(hooks, async ({ takeOver }) => {
        const response = takeOver();
        response.write('first');
        started();
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/7'));
      await isStarted;
      connection.destroy();
      expect(await app.spans(0)).toEqual([]);
      while (tracer.stats().droppedByHook === 0) await new Promise(setImmediate);
      expect(tracer.stats()).toMatchObject({ droppedByHook: 1 });
    });

    test('that throw leave the response as it is', async () => {
      const broken = () => {
        throw new Error('broken');
      };
      const { app, tracer } = await start({ onStart: broken, onEnding: broken });
      const { status, body } = await app.request('/users/7');
      expect([status, body.toString()]).toEqual([200, 'user']);
      await app.spans(1);
      expect(tracer.stats().diagnostics['hook-failed']).toBeGreaterThanOrEqual(2);
    });
  });

  async function start(hooks: TracerOptions, handler: Handler = user.handler) {
    const exporter = inMemoryExporter();
    const tracer: Tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false, ...hooks });
    const app = await startTraced(adapter, { routes: [{ ...user, handler }], tracing: { tracer } }, exporter);
    return { app, tracer };
  }

  async function startCalling(hooks: TracerOptions) {
    const downstream = await startDownstream();
    const started = await start(hooks, async ({ send }) => {
      await withSpan('load', async () => (await fetch(downstream.url)).arrayBuffer());
      send(200);
    });
    return { ...started, downstream };
  }
}
