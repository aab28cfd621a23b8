// What `messages: false` leaves out, and what stays.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { activeSpan, getTracer, withSpan } from '@waymark/core';
import { createHttpTracing } from '@waymark/core/http';
import { traceWs } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter } from '@waymark/core/testing';
import * as ws from 'ws';
import { drawSpans } from '../draw-spans.ts';

// What another test file of this process has left behind would trace the clients.
instrumentOutbound()();

traceWs(ws);

test('without `messages`, only the request has a span, and handlers run in its context', async () => {
  const exporter = inMemoryExporter();
  const libraries = { ws: { messages: false } };
  const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {}, libraries });
  createHttpTracing({ tracer, outbound: false });
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  let seen: unknown;
  new ws.WebSocketServer({ server: http, path: '/live' }).on('connection', (socket) => {
    socket.on('message', () => {
      seen = activeSpan()?.spanContext().spanId;
      withSpan('work', () => socket.send('done'));
    });
  });
  const client = new ws.WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/live`);
  try {
    await once(client, 'open');
    const answer = once(client, 'message');
    client.send('hello');
    await answer;
    await exporter.waitFor(2);
  } finally {
    client.terminate();
    http.close();
    await once(http, 'close');
  }
  expect(drawSpans(exporter.spans)).toEqual(['GET /live', 'work']);
  const [request, work] = ['GET /live', 'work'].map((name) => exporter.spans.find((span) => span.name === name));
  expect(request?.attributes['http.response.status_code']).toBe(101);
  expect(seen).toBe(request?.spanId);
  // The request has ended by then, so its work starts a trace.
  expect(work?.links.map(({ spanId }) => spanId)).toEqual([request?.spanId]);
});
