// The code of docs/propagation.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Baggage, contextWith, createTracer as makeTracer, type Propagator, remoteSpan } from '@waymark/core';
import { traceHandler } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';

/** `x-acme-trace: <trace id>/<span id>/<1 if it is recorded, or 0>` */
const acmePropagator: Propagator = {
  name: 'acme',
  fields: ['x-acme-trace'],
  extract(context, carrier, getter) {
    const [traceId = '', spanId = '', isRecorded] = String(getter.get(carrier, 'x-acme-trace')).split('/');
    const span = remoteSpan({ traceId, spanId, traceFlags: isRecorded === '1' ? 1 : 0 });
    // No span: the header is missing or malformed.
    return span === undefined ? context : contextWith(span, context.baggage ?? Baggage.empty);
  },
  inject({ span }, carrier, setter) {
    if (span === undefined) return;
    const { traceId, spanId, isSampled } = span.spanContext();
    if (/^0+$/.test(traceId)) return; // an ignored request that came without a trace
    setter.set(carrier, 'x-acme-trace', `${traceId}/${spanId}/${isSampled ? 1 : 0}`);
  },
};

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const exporter = inMemoryExporter();
const createTracer = (options: object) => makeTracer({ exporter, env: {}, flushOnExit: false, ...options });

beforeEach(() => exporter.reset());

function makeOrders() {
  const tracer = createTracer({ serviceName: 'orders', propagators: ['tracecontext', 'baggage', acmePropagator] });
  return tracer;
}

test('your own format carries a trace through a service', async () => {
  const received: IncomingHttpHeaders[] = [];
  const listen = async (server: ReturnType<typeof createServer>): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // a server that listens on a port has one
  };
  const behind = createServer((request, response) => {
    received.push(request.headers);
    response.end();
  });
  const behindUrl = await listen(behind);
  const tracer = makeOrders();
  const front = createServer(
    traceHandler(
      async (_request, response) => {
        await (await fetch(behindUrl)).text();
        response.end();
      },
      { tracer },
    ),
  );
  const frontUrl = await listen(front);
  // Without a client of this process, which would start a trace.
  const socket = connect(Number(new URL(frontUrl).port), '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-acme-trace: ${traceId}/${spanId}/1\r\n\r\n`);
  const spans = await exporter.waitFor(2);
  const [client, server] = ['client', 'server'].map((kind) => spans.find((span) => span.kind === kind));
  socket.destroy();
  for (const each of [front, behind]) {
    each.closeAllConnections();
    each.close();
  }
  expect(server).toMatchObject({ kind: 'server', traceId, parentSpanId: spanId, parentIsRemote: true });
  expect(received[0]?.['x-acme-trace']).toBe(`${traceId}/${client?.spanId}/1`);
});

test('a malformed header is ignored, and nothing is written without a trace', () => {
  const tracer = makeOrders();
  for (const header of [
    '',
    'x',
    `${traceId}`,
    `${traceId.toUpperCase()}/${spanId}/1`,
    `${'0'.repeat(32)}/${spanId}/1`,
  ]) {
    expect(tracer.extract({ 'x-acme-trace': header }).span).toBeUndefined();
  }
  expect(tracer.extract({}).span).toBeUndefined();
  const carrier = {};
  tracer.inject(carrier);
  expect(carrier).toEqual({});
  expect(tracer.stats().diagnostics).toEqual({});
});
