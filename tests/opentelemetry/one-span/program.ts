// A service on Express that queries PostgreSQL and Redis and calls another service, traced by Waymark and by OpenTelemetry's
// instrumentations. The steps of its set-up come in the order that the test gives. It sends back what one request has left.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import * as api from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { createTracer, setDefaultTracer } from '@waymark/core';
import { type BridgeOptions, bridgeOpenTelemetry } from '@waymark/core/opentelemetry';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import type { RequestHandler } from 'express';

/** A step of the set-up. */
export type Step = 'bridge' | 'instrument' | 'require' | 'trace';

export interface Task {
  readonly order: readonly Step[];
  readonly prefer: BridgeOptions['prefer'];
  readonly postgres: string;
  readonly redis: string;
  /** Whether Waymark makes client spans. Default `true`. */
  readonly outbound?: boolean;
  /** Of Waymark. Default: all. */
  readonly libraries?: boolean;
  /** Headers of the request, a line for each. */
  readonly headers?: string;
  /** Which callers Waymark trusts. */
  readonly trust?: 'continue' | 'ignore';
}

export interface Result {
  /** The spans of the second request, a line for each: indented by depth, with kind and scope. */
  readonly tree: readonly string[];
  /** The `traceparent` headers of each call, and the name of the span that they name. */
  readonly headers: readonly string[];
  readonly log: readonly string[];
  /** Whether the active span in the handler is a recorded span of the same trace for both APIs. */
  readonly active: string;
  /** The entries of the active baggage in the handler, as JSON. */
  readonly baggage: string;
}

/** The name of an instrumentation of OpenTelemetry, or `waymark`. */
function sideOf(scope: string): string {
  return scope.startsWith('@waymark/') ? 'waymark' : scope.replace('@opentelemetry/instrumentation-', '');
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
const exporter = inMemoryExporter();
const log: string[] = [];
const tracer = createTracer({
  exporter,
  serviceName: 'orders',
  env: {},
  log: (line) => log.push(line),
  libraries: task.libraries ?? true,
});
setDefaultTracer(tracer);

let middleware: RequestHandler | undefined;
const steps: Readonly<Record<Step, () => void>> = {
  bridge: () => void bridgeOpenTelemetry(api, { prefer: task.prefer }),
  instrument() {
    const instrumentations = [
      ['http', 'HttpInstrumentation'],
      ['undici', 'UndiciInstrumentation'],
      ['express', 'ExpressInstrumentation'],
      ['pg', 'PgInstrumentation'],
      ['ioredis', 'IORedisInstrumentation'],
    ].map(([name, type = '']) => new (require(`@opentelemetry/instrumentation-${name}`)[type])());
    registerInstrumentations({ instrumentations });
  },
  require() {
    for (const name of ['express', 'pg', 'ioredis', 'http']) require(name);
  },
  trace() {
    middleware = tracing({ tracer, outbound: task.outbound ?? true, trust: task.trust ?? 'continue' });
  },
};

async function run(): Promise<Result> {
  for (const step of task.order) steps[step]();
  // Once more: an instrumentation that was registered late patches a module that is required again.
  steps.require();
  const http = require('node:http') as typeof import('node:http');
  const express = require('express') as typeof import('express');
  const pg = require('pg') as typeof import('pg');
  const { Redis } = require('ioredis') as typeof import('ioredis');

  const received: { path: string; traceparents: string[] }[] = [];
  const next = http.createServer((request, response) => {
    const { rawHeaders, url = '' } = request;
    const traceparents = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === 'traceparent');
    received.push({ path: url, traceparents });
    response.end('done');
  });
  await once(next.listen(0, '127.0.0.1'), 'listening');
  const nextUrl = `http://127.0.0.1:${(next.address() as AddressInfo).port}`;

  const pool = new pg.Pool({ connectionString: task.postgres, max: 1 });
  const redis = new Redis(task.redis);
  await once(redis, 'ready');

  let active = '';
  let baggage = '';
  const app = express();
  if (middleware !== undefined) app.use(middleware);
  app.get('/orders/:id', async (_request, response) => {
    const span = api.trace.getActiveSpan();
    span?.setAttribute('seen', true);
    active = `${span?.isRecording()} ${(span as unknown as { name?: string })?.name}`;
    baggage = JSON.stringify(api.propagation.getActiveBaggage()?.getAllEntries() ?? []);
    await pool.query('SELECT 1 AS one');
    await redis.get('key');
    await (await fetch(`${nextUrl}/fetch`)).text();
    await new Promise<void>((resolve, reject) => {
      http.get(`${nextUrl}/get`, (answer) => answer.resume().on('end', resolve)).on('error', reject);
    });
    await new Promise<void>((resolve, reject) => {
      const request = http.request(`${nextUrl}/request`, (answer) => answer.resume().on('end', resolve));
      request.on('error', reject).end();
    });
    response.send('done');
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');

  // By a plain socket, which none of the instrumentations traces. The first request warms up: Waymark looks for libraries at it.
  for (let request = 0; request < 2; request++) {
    exporter.reset();
    received.length = 0;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET /orders/7 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${task.headers ?? ''}\r\n`);
    socket.resume();
    await once(socket, 'close');
    await waitUntilEnded();
  }

  const spans = exporter.spans;
  const tree: string[] = [];
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const draw = (parentId: string | undefined, depth: number): void => {
    for (const span of spans) {
      const parent = span.parentSpanId !== undefined && ids.has(span.parentSpanId) ? span.parentSpanId : undefined;
      if (parent !== parentId) continue;
      tree.push(`${'  '.repeat(depth)}${span.kind} ${span.name} (${sideOf(span.scope.name)})`);
      draw(span.spanId, depth + 1);
    }
  };
  draw(undefined, 0);
  const headers = received.map(({ path, traceparents }) => {
    const named = traceparents.map((header) => {
      const span = spans.find(({ spanId }) => spanId === header.split('-')[2]);
      return span === undefined ? 'unknown' : `${span.kind} (${sideOf(span.scope.name)})`;
    });
    return `${path}: ${named.join(', ')}`;
  });
  return { tree, headers, log, active, baggage };

  async function waitUntilEnded(): Promise<void> {
    while (tracer.stats().started > tracer.stats().ended) await new Promise((resolve) => setImmediate(resolve));
  }
}

run().then(
  (result) => process.send?.(result, () => process.exit(0)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
