// Counts the work of one framework's tracing for each request, in a process that does nothing else: `count.ts fastify`.
// Prints JSON. Every figure is the difference to the same service without tracing, which runs too.
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import {
  alwaysOffSampler,
  contextWith,
  createTracer,
  parentBasedSampler,
  type Tracer,
  withContext,
} from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { tracing as expressTracing } from '@waymark/express';
import { tracing as fastifyTracing } from '@waymark/fastify';
import express from 'express';
import fastify from 'fastify';
import { calls } from './count-calls.ts';
import type { Counts } from './limits.ts';

const warmUpRequests = 10_000;
const countedRequests = 500;
const tries = 9;

async function main(framework: string): Promise<void> {
  const serve = framework === 'express' ? serveExpress : serveFastify;
  const bare = await serve(undefined);

  const sink = createServer((request, response) => request.resume().on('end', () => response.end()));
  const exporter = otlpExporter({ url: `http://127.0.0.1:${await listen(sink)}/v1/traces` });
  const shared = { serviceName: 'counted', env: {}, logLevel: 'none' } as const;
  const tracer = createTracer({ ...shared, exporter });
  const sampler = parentBasedSampler({ root: alwaysOffSampler() });
  const silent = createTracer({ ...shared, exporter: [], sampler });
  const sampled = await serve(tracer);
  const unsampled = await serve(silent);

  for (const port of [bare, sampled, unsampled]) await sendAll(port, warmUpRequests);
  await tracer.flush();
  const [ofBare, ofSampled, ofUnsampled] = await measureInTurns([bare, sampled, unsampled]);

  const unsampledSpan = silent.startSpan('parent', { parent: null });
  const startAndEnd = (): void =>
    tracer.startSpan('GET /users/:id', { kind: 'server', attributes, parent: null }).end();
  const droppedOptions = { attributes };
  const startDropped = (): void => silent.startSpan('step', droppedOptions).end();
  const bytesPerDroppedSpan = withContext(contextWith(unsampledSpan), () => bytesOf(startDropped));
  const counts: Counts = {
    bytesPerRequest: ofSampled.bytes - ofBare.bytes,
    bytesPerUnsampledRequest: ofUnsampled.bytes - ofBare.bytes,
    bytesPerSpan: bytesOf(startAndEnd),
    bytesPerDroppedSpan,
    listenersPerRequest: ofSampled.listeners - ofBare.listeners,
    contextRunsPerRequest: ofSampled.contextRuns - ofBare.contextRuns,
    contexts: calls.contextsOfWaymark,
  };
  console.log(JSON.stringify(counts));
  process.exit();
}

async function serveFastify(tracer: Tracer | undefined): Promise<number> {
  const app = fastify();
  if (tracer) await app.register(fastifyTracing, tracer);
  app.get<{ Params: { id: string } }>('/users/:id', async ({ params }) => ({ id: params.id }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port; // it listens
}

async function serveExpress(tracer: Tracer | undefined): Promise<number> {
  const app = express();
  if (tracer) app.use(expressTracing({ tracer }));
  app.get('/users/:id', (request, response) => {
    response.json({ id: request.params.id });
  });
  return listen(createServer(app));
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)); // it listens
  });
}

const requestText = 'GET /users/42 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: counter\r\n\r\n';

/** One request after the other on one connection: with no timing, each run allocates the same. */
function sendAll(port: number, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count;
    const socket = connect(port, '127.0.0.1', () => socket.write(requestText));
    socket.on('error', reject);
    socket.on('data', () => {
      if (--left > 0) {
        socket.write(requestText);
        return;
      }
      socket.destroy();
      resolve();
    });
  });
}

interface PerRequest {
  readonly bytes: number;
  readonly listeners: number;
  readonly contextRuns: number;
}

async function measureInTurns(
  ports: readonly [number, number, number],
): Promise<readonly PerRequest[] & [PerRequest, PerRequest, PerRequest]> {
  const measured: PerRequest[][] = ports.map(() => []);
  for (let attempt = 0; attempt < tries; attempt++) {
    for (const [index, port] of ports.entries()) measured[index]?.push(await measure(port));
  }
  return measured.map((all) => ({
    bytes: Math.min(...all.map(({ bytes }) => bytes)), // as in bytesOf(): the compiler allocates, too
    listeners: Math.round(median(all.map((one) => one.listeners))),
    contextRuns: Math.round(median(all.map((one) => one.contextRuns))),
  })) as [PerRequest, PerRequest, PerRequest]; // one for each port
}

async function measure(port: number): Promise<PerRequest> {
  await sendAll(port, 20);
  gc?.();
  const before = { bytes: process.memoryUsage().heapUsed, ...calls };
  await sendAll(port, countedRequests);
  return {
    bytes: (process.memoryUsage().heapUsed - before.bytes) / countedRequests,
    listeners: (calls.listeners - before.listeners) / countedRequests,
    contextRuns: (calls.contextRuns - before.contextRuns) / countedRequests,
  };
}

const attributes = {
  'http.request.method': 'GET',
  'url.path': '/users/42',
  'url.scheme': 'https',
  'server.address': 'shop.example.com',
  'server.port': 443,
  'client.address': '203.0.113.9',
  'network.peer.address': '203.0.113.9',
  'network.peer.port': 51_234,
  'network.protocol.version': '1.1',
  'user_agent.original': 'counter',
  'http.route': '/users/:id',
  'http.response.status_code': 200,
};

function bytesOf(operation: () => void): number {
  const operations = 1000;
  const bytes: number[] = [];
  for (let attempt = 0; attempt < 60; attempt++) {
    gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < operations; index++) operation();
    bytes.push((process.memoryUsage().heapUsed - before) / operations);
  }
  // The least: every attempt includes the operation's allocations, and only some include those of the compiler.
  return Math.min(...bytes);
}

function median(numbers: number[]): number {
  return numbers.sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}

void main(process.argv[2] ?? '');
