// A process with an SDK of OpenTelemetry that Waymark has joined. It sends back the spans of both, as each side would export them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { activeSpan, createTracer, getBaggage, setBaggage, setDefaultTracer, withSpan } from '@waymark/core';
import { bridgeOpenTelemetry } from '@waymark/core/opentelemetry';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import type { RequestHandler } from 'express';
import { setUpSdk } from '../set-ups/sdk.ts';

type Api = typeof import('@opentelemetry/api');

export interface Task {
  readonly generation: 'sdk-1' | 'sdk-2' | 'sdk-3';
  readonly scenario: keyof typeof scenarios;
  readonly join?: boolean;
}

export interface Result {
  /** Indented by depth. `W` for Waymark's spans, `O` for those of the SDK. Roots with another trace id are separate. */
  readonly tree: readonly string[];
  readonly traces: number;
  readonly seen: Readonly<Record<string, unknown>>;
  readonly log: readonly string[];
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
const folder = task.generation === 'sdk-3' ? '..' : `../${task.generation}`;
const load = createRequire(join(__dirname, folder, 'package.json'));
const api = load('@opentelemetry/api') as Api;
const sdk = setUpSdk(task.generation, load, api);
const exporter = inMemoryExporter();
const log: string[] = [];
const tracer = createTracer({ exporter, serviceName: 'orders', env: {}, log: (line) => log.push(line) });
setDefaultTracer(tracer);
const bridge = bridgeOpenTelemetry(api, { join: task.join ?? true });
const otel = api.trace.getTracer('theirs');
const seen: Record<string, unknown> = {
  isRegistered: bridge.isRegistered,
  isJoined: bridge.isJoined,
  owner: bridge.owner?.split(',')[0],
};

function inTheirs<Value>(name: string, fn: () => Value): Value {
  return otel.startActiveSpan(name, (span) => {
    const value = fn();
    if (value instanceof Promise) void value.finally(() => span.end());
    else span.end();
    return value;
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const scenarios = {
  /** Spans of both sides in any order, across `await`, timers and bound functions. */
  async nested(): Promise<void> {
    await inTheirs('a', async () => {
      await turn();
      await withSpan('b', async (ours) => {
        await turn();
        seen.activeIsOurs = api.trace.getActiveSpan() === ours;
        await inTheirs('c', async () => {
          await turn();
          seen.activeIsTheirs = activeSpan()?.spanId === api.trace.getActiveSpan()?.spanContext().spanId;
          withSpan('d', () => inTheirs('e', () => {}));
        });
        const bound = api.context.bind(api.context.active(), () => inTheirs('f', () => withSpan('g', () => {})));
        setImmediate(bound);
        await turn();
        seen.afterwards = api.trace.getActiveSpan() === ours;
      });
    });
    await withSpan('h', async () => {
      await turn();
      inTheirs('i', () => {});
      api.context.with(api.ROOT_CONTEXT, () => withSpan('own trace', () => {}));
      api.context.with(api.trace.deleteSpan(api.context.active()), () => inTheirs('own trace too', () => {}));
    });
  },
  async baggage(): Promise<void> {
    const theirs = api.propagation.createBaggage({ tenant: { value: 'acme' } });
    api.context.with(api.propagation.setBaggage(api.context.active(), theirs), () => {
      withSpan('a', () => {
        seen.ours = getBaggage('tenant');
        setBaggage('plan', 'pro');
        seen.theirs = api.propagation.getActiveBaggage()?.getEntry('plan')?.value;
        const headers: Record<string, string> = {};
        api.propagation.inject(api.context.active(), headers);
        seen.header = headers.baggage;
        seen.isOursInHeader = headers.traceparent?.includes(activeSpan()?.spanId ?? 'none');
      });
    });
  },
  /** The side that starts the trace decides. */
  async unsampled(): Promise<void> {
    const notSampled = api.trace.wrapSpanContext({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      traceFlags: 0,
    });
    api.context.with(api.trace.setSpan(api.ROOT_CONTEXT, notSampled), () => {
      withSpan('ours', (span) => {
        seen.ours = span.isRecording();
        seen.trace = span.traceId;
        otel.startActiveSpan('theirs', (inner) => {
          seen.theirs = inner.isRecording();
          seen.flags = inner.spanContext().traceFlags;
          inner.end();
        });
      });
    });
  },
  async suppressed(): Promise<void> {
    await inTheirs('a', async () => {
      const suppressed = api.context
        .active()
        .setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
      api.context.with(suppressed, () => withSpan('ours in suppressed', () => {}));
    });
  },
  async unregistered(): Promise<void> {
    bridge.unregister();
    seen.isJoinedAfterwards = bridge.isJoined;
    inTheirs('a', () => withSpan('b', () => {}));
    seen.again = bridgeOpenTelemetry(api, { join: true }).isJoined;
    inTheirs('c', () => withSpan('d', () => {}));
  },
  /** Nothing is changed. */
  async beside(): Promise<void> {
    inTheirs('a', () => withSpan('b', () => {}));
    const byHand = bridge.tracerProvider.getTracer('by hand');
    withSpan('c', () => byHand.startSpan('d').end());
  },
  /** Both trace a request that comes in. */
  async request(): Promise<void> {
    load('@opentelemetry/instrumentation').registerInstrumentations({
      instrumentations: [
        'http:HttpInstrumentation',
        'express:ExpressInstrumentation',
        'undici:UndiciInstrumentation',
      ].map((name) => {
        const [library, type = ''] = name.split(':');
        return new (load(`@opentelemetry/instrumentation-${library}`)[type])();
      }),
    });
    require('node:http');
    const express = load('express') as typeof import('express');
    const traceparents: string[][] = [];
    const next = createServer((request, response) => {
      traceparents.push(
        request.rawHeaders.filter((_, at) => request.rawHeaders[at - 1]?.toLowerCase() === 'traceparent'),
      );
      response.end();
    });
    await once(next.listen(0, '127.0.0.1'), 'listening');
    const app = express();
    app.use(tracing({ tracer }) as RequestHandler);
    app.get('/orders/:id', async (_request, response) => {
      await withSpan('handler', async () => {
        await (await fetch(`http://127.0.0.1:${(next.address() as AddressInfo).port}`)).text();
      });
      response.send('done');
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET /orders/7 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
    await once(socket.resume(), 'close');
    seen.traceparents = traceparents.map((values) => values.length);
    server.close();
    next.close();
  },
};

async function run(): Promise<Result> {
  await scenarios[task.scenario]();
  while (sdk.running() > 0 || tracer.stats().started > tracer.stats().ended) await turn();
  const all = [
    ...exporter.spans.map(({ name, kind, spanId, parentSpanId, traceId }) => ({
      text: `W ${name}${kind === 'internal' ? '' : ` ${kind}`}`,
      spanId,
      parentSpanId,
      traceId,
    })),
    ...sdk.take().map(({ name, kind, spanId, parentSpanId, traceId }) => ({
      text: `O ${name}${kind === 'internal' ? '' : ` ${kind}`}`,
      spanId,
      parentSpanId,
      traceId,
    })),
  ];
  const tree: string[] = [];
  const ids = new Set(all.map(({ spanId }) => spanId));
  const draw = (parent: (typeof all)[number] | undefined, depth: number): void => {
    for (const span of all) {
      const isChild =
        parent === undefined
          ? span.parentSpanId === undefined || !ids.has(span.parentSpanId)
          : span.parentSpanId === parent.spanId && span.traceId === parent.traceId;
      if (!isChild) continue;
      tree.push(`${'  '.repeat(depth)}${span.text}`);
      draw(span, depth + 1);
    }
  };
  draw(undefined, 0);
  return { tree, traces: new Set(all.map(({ traceId }) => traceId)).size, seen, log };
}

run().then(
  (result) => process.send?.(result, () => process.exit(0)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
