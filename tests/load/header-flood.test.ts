// Requests whose headers reach Node's limit are answered like any other, and the headers of their calls are within limits.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { createTracer, type TracerOptions } from '@waymark/core';
import { traceHandler } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import { floods, maxHeaderSize, requestWith } from './header-floods.ts';

const everyFormat: TracerOptions['propagators'] = ['tracecontext', 'baggage', 'b3multi', 'b3', 'jaeger', 'xray'];

const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections();
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // a listening server has a port
}

test.each(Object.keys(floods))('%s: answered, traced, and passed on within limits', async (name) => {
  const passedOn: IncomingHttpHeaders[] = [];
  // Node's limit for all headers of a call.
  const downstream = await listen(
    createServer((request, response) => {
      passedOn.push(request.headers);
      response.end();
    }),
  );
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, propagators: everyFormat, env: {}, logLevel: 'none', flushOnExit: false });
  const handler = traceHandler(async (_request, response) => {
    await (await fetch(`http://127.0.0.1:${downstream}/`)).text();
    response.end('answered');
  }, tracer);
  const socket = connect(await listen(createServer({ maxHeaderSize }, handler)), '127.0.0.1');
  try {
    for (const headers of [floods[name] ?? [], []]) {
      socket.write(requestWith(headers));
      expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*answered/s);
    }
  } finally {
    socket.destroy();
  }
  await exporter.waitFor(4);
  expect(tracer.stats().diagnostics).toEqual({});
  expect(passedOn).toHaveLength(2);
  for (const headers of passedOn) {
    expect(String(headers.tracestate ?? '').length).toBeLessThanOrEqual(512);
    expect(String(headers.baggage ?? '').length).toBeLessThanOrEqual(8192);
  }
});

async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  while (!text.includes('answered')) {
    const [part] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    if (!Buffer.isBuffer(part)) return text;
    text += part;
  }
  return text;
}
