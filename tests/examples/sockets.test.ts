// The code of docs/sockets.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTracer, getTracer, withSpan } from '@waymark/core';
import { createHttpTracing } from '@waymark/core/http';
import type { LibrariesOption } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { io as connect } from 'socket.io-client';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const exporter = inMemoryExporter();
createHttpTracing({
  tracer: getTracer({ serviceName: 'restaurant', exporter, flushOnExit: false, logLevel: 'none' }),
  outbound: false,
});

import { traceSocketIo, traceWs } from '@waymark/core/libraries';
import * as socketio from 'socket.io';
import * as ws from 'ws';

traceSocketIo(socketio);
traceWs(ws);

test('an event and its request', async () => {
  const { Server } = socketio;
  const http = createServer();
  const orders: unknown[] = [];

  const io = new Server(http);

  io.on('connection', (socket) => {
    socket.join('kitchen');
    socket.on('order', async (order, done) => {
      await withSpan('save order', () => orders.push(order));
      io.to('kitchen').emit('cook', order);
      done('accepted');
    });
  });

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const client = connect(url, { transports: ['websocket'] });
  expect(await new Promise((resolve) => client.emit('order', { dish: 'soup' }, resolve))).toBe('accepted');
  await exporter.waitFor(4);
  client.disconnect();
  await io.close();
  const drawn = withoutNumbers(renderTrace(exporter.spans, { width: 120 }));
  const [picture] = readCodeBlocks('docs/sockets.md').filter(({ language }) => language === 'text');
  expect(drawn).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
});

test('the options', () => {
  const inForce: (string | undefined)[] = [];
  function tracing(options: { libraries: LibrariesOption }): void {
    const lines = createTracer({ ...options, env: {} }).describeSettings();
    inForce.push(/^libraries +(.*?) {2}/m.exec(lines)?.[1]);
  }
  tracing({ libraries: { ws: { messages: false } } }); // many messages a second
  tracing({ libraries: { 'socket.io': { rooms: false } } }); // rooms name users
  tracing({ libraries: { 'socket.io': false } }); // not at all
  expect(inForce.slice(0, 2)).toEqual(['all', 'all']);
  expect(inForce[2]).toContain(', ws');
  expect(inForce[2]).not.toContain('socket.io');
});
