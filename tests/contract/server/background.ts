// Work that goes on after the response, or that starts after it.
import { once } from 'node:events';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { getBaggage, withSpan } from '@waymark/core';
import type { SpanData } from '@waymark/core/testing';
import type { AdapterUnderTest, Handler, TracingOptions } from './adapter-under-test.ts';
import { openConnection, requestText } from './raw-client.ts';
import { callerOf, signal, startDownstream, startTraced } from './traced-app.ts';

const caller = callerOf(1);

export function describeBackground(adapter: AdapterUnderTest): void {
  describe('work after the response', () => {
    test('is a trace by itself, with a link to the request', async () => {
      const goOn = signal();
      const app = await start(async ({ send }) => {
        send(202);
        await goOn.promise;
        await withSpan('afterwards', async () => withSpan('inner', () => nextTurn()));
      });
      await app.request('/');
      await app.exporter.waitFor(1);
      goOn.resolve();
      const [server, inner, afterwards] = await app.spans(3);
      expect(afterwards).toMatchObject({
        name: 'afterwards',
        attributes: { 'waymark.background': true },
        links: [{ traceId: server?.traceId, spanId: server?.spanId, attributes: { 'waymark.background': true } }],
      });
      expect(afterwards?.parentSpanId).toBeUndefined();
      expect(afterwards?.traceId).not.toBe(server?.traceId);
      expect(inner).toMatchObject({ traceId: afterwards?.traceId, parentSpanId: afterwards?.spanId });
      expect([server, inner].map(isMarked)).toEqual([false, false]);
    });

    test('is a trace for each timer', async () => {
      const app = await start(({ response, send }) => {
        response.on('close', () => {
          for (let count = 0; count < 5; count++) setImmediate(() => withSpan('timer', () => {}));
        });
        send(200);
      });
      await app.request('/', { headers: [['traceparent', caller.traceparent]] });
      const [server, ...timers] = await app.spans(6);
      expect(server?.traceId).toBe(caller.traceId);
      expect(new Set(timers.map(({ traceId }) => traceId)).size).toBe(5);
      for (const { links } of timers) expect(links).toMatchObject([{ spanId: server?.spanId }]);
    });

    test('carries its trace in the headers of its calls, in place of what came with the request', async () => {
      const downstream = await startDownstream();
      const baggage: unknown[] = [];
      const app = await start(async ({ request, response, send }) => {
        const closed = once(response, 'close');
        send(200);
        await closed;
        await nextTurn();
        baggage.push(getBaggage('tenant'));
        // As a proxy forwards them.
        await fetch(downstream.url, { headers: { traceparent: String(headersOf(request).traceparent) } });
      });
      await app.request('/', {
        headers: [
          ['traceparent', caller.traceparent],
          ['baggage', 'tenant=acme'],
        ],
      });
      const [server, call] = await app.spans(2);
      expect(call?.links).toMatchObject([{ spanId: server?.spanId }]);
      expect(call?.traceId).not.toBe(caller.traceId);
      expect(downstream.calls[0]?.traceparent).toBe(`00-${call?.traceId}-${call?.spanId}-03`);
      expect(baggage).toEqual(['acme']);
    });

    test('is not recorded if the request is not', async () => {
      const downstream = await startDownstream();
      const done = signal();
      const app = await start(async ({ response, send }) => {
        const closed = once(response, 'close');
        send(200);
        await closed;
        await fetch(downstream.url);
        done.resolve();
      });
      await app.request('/', { headers: [['traceparent', callerOf(1, '00').traceparent]] });
      await done.promise;
      expect(await app.spans(0)).toEqual([]);
      expect(downstream.calls[0]?.traceparent).toMatch(new RegExp(`^00-${caller.traceId}-[0-9a-f]{16}-00$`));
    });
  });

  describe('work during the response', () => {
    test('belongs to the request while a stream is open', async () => {
      const goOn = signal();
      const app = await start(async ({ takeOver }) => {
        const response = takeOver().writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
        await goOn.promise;
        await withSpan('event', () => nextTurn());
        response.end('data: 2\n\n');
      });
      const connection = await openConnection(app.port);
      await connection.send(requestText('/'));
      await connection.receiveText('data: 1');
      goOn.resolve();
      await connection.receive();
      connection.destroy();
      const [event, server] = await app.spans(2);
      expect(event).toMatchObject({ name: 'event', traceId: server?.traceId, parentSpanId: server?.spanId });
      expect([event, server].map(isMarked)).toEqual([false, false]);
    });

    test('that is awaited until the response has ended has no mark', async () => {
      const handler: Handler = ({ takeOver }) =>
        withSpan('send', async () => {
          const response = takeOver();
          response.end('all');
          await once(response, 'finish');
        });
      // The handler goes on at once. By a clock that stands still, a slow machine does not make that a wait.
      const app = await start(handler, { clock: { wallMs: () => 1_700_000_000_000, monotonicMs: () => 1 } });
      await app.request('/');
      const spans = await app.spans(2);
      expect(spans.map(isMarked)).toEqual([false, false]);
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    });

    test('and not awaited has the mark, and stays in the trace with all that it does', async () => {
      const goOn = signal();
      const app = await start(({ send }) => {
        void withSpan('job', async () => {
          await goOn.promise;
          await delay(5);
          await withSpan('step', () => nextTurn());
        });
        send(200);
      });
      await app.request('/');
      await app.exporter.waitFor(1);
      goOn.resolve();
      const [server, step, job] = await app.spans(3);
      expect([server, step, job].map(isMarked)).toEqual([false, false, true]);
      expect(job).toMatchObject({ name: 'job', traceId: server?.traceId, parentSpanId: server?.spanId });
      expect(step).toMatchObject({ name: 'step', traceId: server?.traceId, parentSpanId: job?.spanId });
    });
  });

  const start = (handler: Handler, tracing: TracingOptions = {}) =>
    startTraced(adapter, { routes: [{ method: 'GET', path: '/', handler }], tracing });
}

function isMarked(span: SpanData | undefined): boolean {
  return span?.attributes['waymark.background'] === true;
}

/** Of the framework's request, or Node's. */
function headersOf(request: unknown): Readonly<Record<string, unknown>> {
  return (request as { readonly headers: Record<string, unknown> }).headers;
}
