// The context that a request brings, and the context that calls send to the next service. https://www.w3.org/TR/trace-context-2/
import { activeSpan, createTracer, getAllBaggage, getBaggage, setBaggage, withSpan } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import type { AdapterUnderTest, Handler, Route } from './adapter-under-test.ts';
import { openConnection, requestText } from './raw-client.ts';
import { callerOf, startDownstream, startTraced } from './traced-app.ts';

const user: Route = { method: 'GET', path: '/users/:id', handler: ({ send }) => send(200, 'user') };
const caller = callerOf(1);
const newTrace = /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/;

export function describeParents(adapter: AdapterUnderTest): void {
  describe('incoming context', () => {
    test('makes the span a child of the caller’s', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', { headers: [['traceparent', caller.traceparent]] });
      const [span] = await app.spans(1);
      expect(span).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId, parentIsRemote: true });
      expect(span?.spanId).not.toBe(caller.spanId);
    });

    test.each([
      ['is all zeros in the trace id', `00-${'0'.repeat(32)}-${caller.spanId}-01`],
      ['is all zeros in the parent id', `00-${caller.traceId}-${'0'.repeat(16)}-01`],
      ['is in upper case', caller.traceparent.toUpperCase()],
      ['is of version ff', caller.traceparent.replace(/^00/, 'ff')],
      ['is too short', caller.traceparent.slice(0, -1)],
      ['goes on after version 00', `${caller.traceparent}-00`],
      ['is no hex', caller.traceparent.replace('4bf9', 'xyzw')],
      ['is empty', ''],
    ])('starts a new trace for a traceparent that %s', async (_what, traceparent) => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', {
        headers: [
          ['traceparent', traceparent],
          ['tracestate', 'vendor=1'],
        ],
      });
      const [span] = await app.spans(1);
      expect(span?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(span?.traceId).not.toBe(caller.traceId);
      expect(span).toMatchObject({ parentIsRemote: false });
      expect(span).not.toHaveProperty('parentSpanId');
      expect(span).not.toHaveProperty('traceState');
    });

    test('starts a new trace for two traceparents, also if they are the same', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      for (const second of [callerOf(2), caller]) {
        await app.request('/users/7', {
          headers: [
            ['traceparent', caller.traceparent],
            ['traceparent', second.traceparent],
          ],
        });
      }
      const spans = await app.spans(2);
      for (const span of spans) {
        expect(span).not.toHaveProperty('parentSpanId');
        expect(span.traceId).not.toBe(caller.traceId);
      }
    });

    test('reads headers in upper and lower case', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', { headers: [['TraceParent', caller.traceparent]] });
      const [span] = await app.spans(1);
      expect(span).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
    });

    test('keeps tracestate, joined from several headers', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      await app.request('/users/7', {
        headers: [
          ['traceparent', caller.traceparent],
          ['tracestate', 'one=1,two=2'],
          ['tracestate', 'three=3'],
        ],
      });
      const [span] = await app.spans(1);
      expect(span?.traceState).toBe('one=1,two=2,three=3');
    });

    test('does not make one request the parent of the next on its connection', async () => {
      const app = await startTraced(adapter, { routes: [user] });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/users/1', { headers: [['traceparent', caller.traceparent]] }));
      await connection.receive();
      await connection.send(requestText('/users/2'));
      await connection.receive();
      connection.destroy();
      const [first, second] = await app.spans(2);
      expect(first).toMatchObject({ parentSpanId: caller.spanId });
      expect(second).not.toHaveProperty('parentSpanId');
      expect(second?.traceId).not.toBe(first?.traceId);
    });

    test('is the only parent: not the span that the server was started in', async () => {
      const exporter = inMemoryExporter();
      const tracer = createTracer({ exporter, env: {} });
      const app = await tracer.withSpan('start', () => startTraced(adapter, { routes: [user], tracing: { tracer } }));
      await app.request('/users/7');
      const [start, span] = await exporter.waitFor(2);
      expect(start?.name).toBe('start');
      expect(span).not.toHaveProperty('parentSpanId');
      expect(span?.traceId).not.toBe(start?.traceId);
    });

    test('has its baggage in the handler', async () => {
      const seen: unknown[] = [];
      const handler: Handler = async ({ send }) => {
        seen.push(getBaggage('tenant'), getAllBaggage().size);
        await null;
        seen.push(getBaggage('user'));
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      await app.request('/users/7', { headers: [['baggage', 'tenant=acme,user=J%C3%B6rg;secret']] });
      expect(seen).toEqual(['acme', 2, 'Jörg']);
    });

    test('does not show the baggage of one request to the next on its connection', async () => {
      const seen: unknown[] = [];
      const handler: Handler = ({ send }) => {
        seen.push(getAllBaggage().size);
        setBaggage('left', 'behind');
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      const connection = await openConnection(app.port);
      for (const headers of [[['baggage', 'tenant=acme'] as const], []]) {
        await connection.send(requestText('/users/7', { headers }));
        await connection.receive();
      }
      connection.destroy();
      expect(seen).toEqual([1, 0]);
    });
  });

  describe('outbound calls', () => {
    test('are children of the span, and send its context to the next service', async () => {
      const { app, downstream } = await startCalling();
      await app.request('/users/7', { headers: [['traceparent', caller.traceparent]] });
      const [client, server] = await app.spans(2);
      expect(client).toMatchObject({
        name: 'GET',
        kind: 'client',
        traceId: caller.traceId,
        parentSpanId: server?.spanId,
        parentIsRemote: false,
      });
      expect(server).toMatchObject({ name: 'GET /users/:id', kind: 'server', parentSpanId: caller.spanId });
      expect(downstream.calls).toHaveLength(1);
      expect(downstream.calls[0]?.traceparent).toBe(`00-${caller.traceId}-${client?.spanId}-01`);
    });

    test('are children of the handler’s own span where there is one', async () => {
      const downstream = await startDownstream();
      const handler: Handler = async ({ send }) => {
        await withSpan('load', () => call(downstream.url));
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      await app.request('/users/7');
      const [client, own, server] = await app.spans(3);
      expect(client).toMatchObject({ kind: 'client', parentSpanId: own?.spanId });
      expect(own).toMatchObject({ name: 'load', kind: 'internal', parentSpanId: server?.spanId });
    });

    test('carry tracestate and baggage onward', async () => {
      const { app, downstream } = await startCalling();
      await app.request('/users/7', {
        headers: [
          ['traceparent', caller.traceparent],
          ['tracestate', 'vendor=1'],
          ['baggage', 'tenant=acme'],
        ],
      });
      await app.spans(2);
      expect(downstream.calls).toMatchObject([{ tracestate: 'vendor=1', baggage: 'tenant=acme' }]);
    });

    test.each(['01', '03'])('carry the flags %s onward', async (flags) => {
      const { app, downstream } = await startCalling();
      await app.request('/users/7', { headers: [['traceparent', callerOf(1, flags).traceparent]] });
      const [client] = await app.spans(2);
      expect(downstream.calls[0]?.traceparent).toBe(`00-${caller.traceId}-${client?.spanId}-${flags}`);
    });

    test.each(['00', '02'])('carry the flags %s onward, with no span made', async (flags) => {
      const { app, downstream } = await startCalling();
      await app.request('/users/7', { headers: [['traceparent', callerOf(1, flags).traceparent]] });
      expect(await app.spans(0)).toEqual([]);
      const [sent = {}] = downstream.calls;
      expect(sent.traceparent).toMatch(new RegExp(`^00-${caller.traceId}-[0-9a-f]{16}-${flags}$`));
      // Level 2, section 3.2.2.4: a separate id for each outgoing request, sampled or not.
      expect(sent.traceparent).not.toContain(caller.spanId);
    });

    test('carry tracestate and baggage of an unsampled request onward', async () => {
      const { app, downstream } = await startCalling();
      await app.request('/users/7', {
        headers: [
          ['traceparent', callerOf(1, '00').traceparent],
          ['tracestate', 'vendor=1'],
          ['baggage', 'tenant=acme'],
        ],
      });
      expect(downstream.calls).toMatchObject([{ tracestate: 'vendor=1', baggage: 'tenant=acme' }]);
    });

    test('carry a new trace onward as sampled and random', async () => {
      const { app, downstream } = await startCalling();
      await app.request('/users/7');
      const [client] = await app.spans(2);
      expect(downstream.calls[0]?.traceparent).toMatch(newTrace);
      expect(downstream.calls[0]?.traceparent).toContain(`${client?.traceId}-${client?.spanId}`);
    });

    test('are left alone with outbound: false', async () => {
      const { app, downstream } = await startCalling({ outbound: false });
      await app.request('/users/7', { headers: [['traceparent', caller.traceparent]] });
      const [server] = await app.spans(1);
      expect(server?.kind).toBe('server');
      expect(downstream.calls).toHaveLength(1);
      expect(downstream.calls[0]).not.toHaveProperty('traceparent');
    });
  });

  describe('a request that its caller did not sample', () => {
    test('has a non-recording span, which is active as usual', async () => {
      const seen: unknown[] = [];
      const handler: Handler = async ({ span, send }) => {
        seen.push(span?.traceId, span?.isRecording(), activeSpan() === span);
        await withSpan('inner', async (inner) => seen.push(inner.isRecording(), inner.traceId));
        send(200);
      };
      const app = await startTraced(adapter, { routes: [{ ...user, handler }] });
      await app.request('/users/7', { headers: [['traceparent', callerOf(1, '00').traceparent]] });
      expect(await app.spans(0)).toEqual([]);
      expect(seen).toEqual([caller.traceId, false, true, false, caller.traceId]);
    });
  });

  async function startCalling(tracing: { outbound?: boolean } = {}) {
    const downstream = await startDownstream();
    const handler: Handler = async ({ send }) => {
      await call(downstream.url);
      send(200);
    };
    return { downstream, app: await startTraced(adapter, { routes: [{ ...user, handler }], tracing }) };
  }
}

async function call(url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
}
