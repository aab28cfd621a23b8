// Trace headers that OpenTelemetry's propagator writes into a call, as its instrumentations do, in the same process.
import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { TraceState, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Span } from '@waymark/core';
import { createHttpTracing } from '@waymark/core/http';
import { startTracing, type Tracing } from './tracing.ts';

const theirSpanId = 'b7ad6b7169203331';
let tracing: Tracing;
let server: http.Server;
let url: string;
let received: IncomingHttpHeaders;

beforeEach(async () => {
  server = http.createServer((request, response) => {
    received = request.headers;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  tracing = startTracing();
});

afterEach(async () => {
  tracing.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function headersOf(traceId: string, state: string): Record<string, string> {
  const headers = {};
  const spanContext = { traceId, spanId: theirSpanId, traceFlags: 1, traceState: new TraceState(state) };
  const context = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  new W3CTraceContextPropagator().inject(context, headers, defaultTextMapSetter);
  return { ...headers, baggage: 'theirs=1' };
}

type Call = (headers: Record<string, string>) => Promise<unknown>;

const clients: readonly (readonly [name: string, call: Call])[] = [
  ['fetch', async (headers) => (await fetch(url, { headers })).text()],
  [
    'node:http',
    async (headers) => {
      const request = http.request(url, { headers }).end();
      const [response] = await once(request, 'response');
      response.resume();
      await once(response, 'end');
    },
  ],
];

/** Makes the call in a span of a trace whose tracestate is `incoming`. */
async function callFrom(call: Call, headers: (caller: Span) => Record<string, string>, incoming = '') {
  const { tracer } = tracing;
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const parent = tracer.extract({ traceparent, ...(incoming && { tracestate: incoming }) });
  await tracer.withSpan('caller', { parent }, (caller) => call(headers(caller)));
  const [span] = await tracing.calls(1);
  return span;
}

describe.each(clients)('%s', (_, call) => {
  test('keeps headers of another tracer by default', async () => {
    const span = await callFrom(call, ({ traceId }) => headersOf(traceId, 'dd=p:1'));
    expect(span).toBeDefined();
    expect(received).toMatchObject({
      traceparent: `00-${span?.traceId}-${theirSpanId}-01`,
      tracestate: 'dd=p:1',
      baggage: 'theirs=1',
    });
  });

  test('replaces them by ours, with the members of their tracestate', async () => {
    createHttpTracing({ tracer: tracing.tracer, existingTraceHeaders: 'replace' });
    const span = await callFrom(call, ({ traceId }) => headersOf(traceId, 'dd=p:2,rojo=1'), 'congo=3,dd=p:1,rojo=1');
    expect(received).toMatchObject({
      traceparent: `00-${span?.traceId}-${span?.spanId}-01`,
      tracestate: 'congo=3,dd=p:2,rojo=1',
      baggage: 'theirs=1',
    });
  });

  test('leaves out their tracestate if it belongs to another trace', async () => {
    createHttpTracing({ tracer: tracing.tracer, existingTraceHeaders: 'replace' });
    const span = await callFrom(call, () => headersOf('0af7651916cd43dd8448eb211c80319c', 'dd=p:2'));
    expect(received.traceparent).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    expect(received).not.toHaveProperty('tracestate');
  });

  test('does not replace them for hosts that do not get ours', async () => {
    createHttpTracing({ tracer: tracing.tracer, existingTraceHeaders: 'replace', propagateTo: [] });
    const span = await callFrom(call, ({ traceId }) => headersOf(traceId, 'dd=p:1'));
    expect(received).toMatchObject({ traceparent: `00-${span?.traceId}-${theirSpanId}-01`, tracestate: 'dd=p:1' });
  });

  test('a later tracing() of the same tracer keeps the choice', async () => {
    createHttpTracing({ tracer: tracing.tracer, existingTraceHeaders: 'replace' });
    createHttpTracing({ tracer: tracing.tracer });
    const span = await callFrom(call, ({ traceId }) => headersOf(traceId, ''));
    expect(received.traceparent).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
  });
});
