// What the options of Socket.IO leave out, and what stays.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { activeSpan, getTracer, type LibrariesOption, withSpan } from '@waymark/core';
import { createHttpTracing } from '@waymark/core/http';
import { traceSocketIo } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import * as socketio from 'socket.io';
import { io as connect } from 'socket.io-client';
import { drawSpans } from '../draw-spans.ts';

// What another test file of this process has left behind would trace the clients.
instrumentOutbound()();

traceSocketIo(socketio);

/** The spans of one client, whose event the server answers by another; and the span that the handler saw. */
async function exchange(
  options: LibrariesOption,
  count: number,
): Promise<{ spans: readonly SpanData[]; seen: unknown }> {
  const exporter = inMemoryExporter();
  const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {}, libraries: options });
  createHttpTracing({ tracer, outbound: false });
  const http = createServer();
  const io = new socketio.Server(http);
  let seen: unknown;
  io.on('connection', (socket) => {
    socket.join('kitchen');
    socket.on('order', async (done: () => void) => {
      await new Promise(setImmediate);
      seen = activeSpan()?.spanContext().spanId;
      await withSpan('work', async () => io.to('kitchen').emit('cook'));
      done();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const client = connect(`http://127.0.0.1:${port}`, { forceNew: true, transports: ['websocket'] });
  try {
    await new Promise<void>((resolve) => client.emit('order', resolve));
    await exporter.waitFor(count);
  } finally {
    client.disconnect();
    await new Promise<void>((resolve) => void io.close(() => resolve()));
  }
  await tracer.shutdown(); // so that the next call makes one with other options
  return { spans: exporter.spans, seen };
}

const attributesOf = (spans: readonly SpanData[], name: string) => spans.find((span) => span.name === name)?.attributes;

test('without `messages`, events have no spans, and handlers run in the context of the request', async () => {
  const { spans, seen } = await exchange({ 'socket.io': { messages: false } }, 2);
  expect(drawSpans(spans)).toEqual(['GET /socket.io/', 'work']);
  const [request, work] = [spans.find(({ kind }) => kind === 'server'), spans.find(({ name }) => name === 'work')];
  expect(request?.attributes['http.response.status_code']).toBe(101);
  expect(seen).toBe(request?.spanId);
  // The request has ended by then, so its work starts a trace.
  expect(work?.links.map(({ spanId }) => spanId)).toEqual([request?.spanId]);
});

test('without `rooms`, spans have all but their names', async () => {
  const { spans } = await exchange({ 'socket.io': { rooms: false } }, 4);
  expect(drawSpans(spans)).toEqual(['GET /socket.io/', 'process order', '  work', '    send cook']);
  expect(attributesOf(spans, 'process order')).toMatchObject({ 'messaging.socket.io.event_name': 'order' });
  expect(attributesOf(spans, 'send cook')).toMatchObject({ 'messaging.socket.io.event_name': 'cook' });
  expect(JSON.stringify(spans)).not.toContain('kitchen');
});

test('with neither changed, both are there', async () => {
  const { spans } = await exchange({}, 4);
  expect(drawSpans(spans)).toEqual(['GET /socket.io/', 'process order', '  work', '    send cook']);
  expect(attributesOf(spans, 'process order')?.['messaging.socket.io.rooms']).toEqual(['kitchen']);
  expect(attributesOf(spans, 'send cook')?.['messaging.socket.io.rooms']).toEqual(['kitchen']);
});
