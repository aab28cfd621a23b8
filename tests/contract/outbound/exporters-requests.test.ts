// The requests of an exporter are never traced, also where the tracing is of another realm and cannot see that they are untraced: in
// Jest, an exporter of an earlier test file may still be sending when the next file counts its spans.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTracer, setDefaultTracer } from '@waymark/core';
import { instrumentOutbound } from '@waymark/core/outbound';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import { loadInAnotherRealm, type Waymark } from './other-realm.ts';

const servers: Server[] = [];
const received: IncomingMessage[] = [];
let exporter: InMemoryExporter;
let stop: () => void;
let other: Waymark;

beforeEach(() => {
  other = loadInAnotherRealm();
  exporter = inMemoryExporter();
  setDefaultTracer(createTracer({ exporter, env: {}, logLevel: 'none' }));
  stop = instrumentOutbound();
});

afterEach(() => {
  stop();
  received.length = 0;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer((request, response) => {
    received.push(request);
    answer(request, response);
  });
  servers.push(server);
  server.on('connect', (request: IncomingMessage, client) => {
    received.push(request);
    client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const accept: RequestListener = (_, response) => response.end();

/** Sends a span from the other realm, and returns what the tracing of this one saw. */
async function send(url: string, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const tracer = other.createTracer({
    exporter: other.otlpExporter({ url, env }),
    env: {},
    logLevel: 'none',
  });
  tracer.startSpan('of the other realm').end();
  await tracer.flush({ timeoutMs: 1000 }).catch(() => {});
  await tracer.healthCheck({ timeoutMs: 5000 });
  return exporter.spans.map(({ name }) => name);
}

test('have no span and no headers of ours', async () => {
  const port = await listen(accept);
  expect(await send(`http://127.0.0.1:${port}/v1/traces`)).toEqual([]);
  expect(received.map(({ method, headers }) => [method, headers.traceparent])).toEqual([
    ['POST', undefined],
    ['POST', undefined],
  ]);
});

test('through a proxy that does not tunnel, neither', async () => {
  const port = await listen(accept);
  expect(await send('http://receiver.test/v1/traces', { http_proxy: `http://127.0.0.1:${port}` })).toEqual([]);
  expect(received.map(({ url, headers }) => [url, headers.traceparent])).toEqual([
    ['http://receiver.test/v1/traces', undefined],
    ['http://receiver.test/v1/traces', undefined],
  ]);
});

test('nor the CONNECT request for a tunnel', async () => {
  const port = await listen(accept);
  expect(await send('https://receiver.test/v1/traces', { https_proxy: `http://127.0.0.1:${port}` })).toEqual([]);
  // A refused tunnel is asked for again.
  const asked = received.map(({ method, headers }) => `${method} ${headers.traceparent}`);
  expect([...new Set(asked)]).toEqual(['CONNECT undefined']);
});
