/**
 * A process whose `Object.prototype` is polluted with one name after the other, as a library does that merges JSON without checks. Each
 * service answers a request with and without tracing. What fails only with tracing is written to stdout.
 *
 * Arguments: when to pollute (`before-loading`, `before-set-up`, `while-serving`), and the names.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

const [, , when = '', ...names] = process.argv;

const values: readonly unknown[] = ['polluted', true, { polluted: true }, () => 'polluted'];

function pollute(name: string, value: unknown): void {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
}

function clean(name: string): void {
  Reflect.deleteProperty(Object.prototype, name);
}

interface Fault {
  readonly name: string;
  readonly value: string;
  readonly service: string;
  readonly traced: string;
  readonly untraced: string;
}

const faults: Fault[] = [];
function report(fault: Fault): void {
  faults.push(fault);
  process.stderr.write(`${JSON.stringify(fault)}\n`);
}

/** How many services answered as they should. */
let sound = 0;

/** Pollutes the prototype while `run` runs, if the moment is the chosen one. */
async function duringPollution<Result>(isNow: boolean, name: string, value: unknown, run: () => Promise<Result>) {
  if (isNow) pollute(name, value);
  try {
    return await run();
  } finally {
    if (isNow) clean(name);
  }
}

/** The status line and the body, read from a socket, since a client would be polluted too. */
async function get(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /users/7?a=1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-a: b\r\n\r\n');
  let text = '';
  socket.on('data', (part) => {
    text += part.toString();
  });
  await once(socket, 'close');
  return `${text.slice(9, 12)} ${text.slice(text.indexOf('\r\n\r\n') + 4)}`;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // a listening server has a port
}

async function main(): Promise<void> {
  const first = when === 'before-loading' ? names[0] : undefined;
  if (first !== undefined) pollute(first, 'polluted');
  const core: typeof import('@waymark/core') = require('@waymark/core');
  const http: typeof import('@waymark/core/http') = require('@waymark/core/http');
  const outbound: typeof import('@waymark/core/outbound') = require('@waymark/core/outbound');
  const otlp: typeof import('@waymark/core/otlp') = require('@waymark/core/otlp');
  const zipkin: typeof import('@waymark/core/zipkin') = require('@waymark/core/zipkin');
  const testing: typeof import('@waymark/core/testing') = require('@waymark/core/testing');
  const forExpress: typeof import('@waymark/express') = require('@waymark/express');
  const forFastify: typeof import('@waymark/fastify') = require('@waymark/fastify');
  if (first !== undefined) clean(first);
  const express5: typeof import('express') = require('express');
  const express4: typeof express5 = require('express4'); // equal as far as it is used here
  const fastify5: typeof import('fastify').fastify = require('fastify');
  const fastify4: typeof fastify5 = require('fastify4'); // equal as far as it is used here
  outbound.instrumentOutbound();

  const makeTracing = () => {
    const exporter = testing.inMemoryExporter();
    const tracer = core.createTracer({
      serviceName: 'orders',
      exporter,
      env: {},
      logLevel: 'none',
      flushOnExit: false,
    });
    return { exporter, tracer };
  };
  type Tracing = ReturnType<typeof makeTracing>;

  /** The work of an application's handler, and its answer. */
  const work = (tracing: Tracing | undefined): string => {
    if (tracing === undefined) return 'ok';
    const headers: Record<string, string> = {};
    tracing.tracer.withSpan('work', (span) => {
      span.setAttribute('a', 1).addEvent('e', { b: 1 });
      core.setBaggage('k', 'v');
      core.inject(headers);
      core.startSpan('plain').end();
      core.startSpan('given', { attributes: { c: 1 } }).end();
    });
    return core.extract(headers).span === undefined ? 'no context' : 'ok';
  };

  /** Runs our part of the set-up. The framework's part may fail by itself, or never end. */
  type SetUp = <Result>(run: () => Result) => Result;
  type Start = (tracing: Tracing | undefined, setUp: SetUp) => Promise<{ port: number; close(): Promise<unknown> }>;

  const listen = async (listener: RequestListener) => {
    const server = createServer(listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { port: portOf(server), close: () => new Promise((resolve) => server.close(resolve)) };
  };
  const startExpress =
    (express: typeof import('express')): Start =>
    (tracing, setUp) => {
      const app = express();
      if (tracing) app.use(setUp(() => forExpress.tracing({ tracer: tracing.tracer })));
      app.get('/users/:id', (_request, response) => void response.send(work(tracing)));
      return listen(app);
    };
  const startFastify =
    (fastify: typeof fastify5): Start =>
    async (tracing) => {
      const app = fastify();
      if (tracing) await app.register(forFastify.tracing, { tracer: tracing.tracer });
      app.get('/users/:id', async () => work(tracing));
      await app.listen({ port: 0, host: '127.0.0.1' });
      return { port: portOf(app.server), close: () => app.close() };
    };
  const services: Readonly<Record<string, Start>> = {
    node: (tracing, setUp) => {
      const listener: RequestListener = (_request, response) => void response.end(work(tracing));
      return listen(tracing ? setUp(() => http.traceHandler(listener, { tracer: tracing.tracer })) : listener);
    },
    express4: startExpress(express4),
    express5: startExpress(express5),
    fastify4: startFastify(fastify4),
    fastify5: startFastify(fastify5),
  };

  /** The result of a request, with its spans. */
  async function outcomeOf(start: Start, isTraced: boolean, name: string, value: unknown): Promise<string> {
    const isAtSetUp = when !== 'while-serving';
    try {
      const tracing = isTraced ? await duringPollution(isAtSetUp, name, value, async () => makeTracing()) : undefined;
      const setUp: SetUp = (run) => {
        if (isAtSetUp) pollute(name, value);
        try {
          return run();
        } finally {
          clean(name);
        }
      };
      const service = await start(tracing, setUp);
      const answer = await duringPollution(true, name, value, () => get(service.port));
      await service.close();
      if (tracing === undefined) return answer;
      await tracing.exporter.waitFor(4, { timeoutMs: 1000 }).catch(() => {});
      const spans = tracing.exporter.spans.map(({ name: called, kind, attributes, status, resource }) => [
        called,
        kind,
        Object.keys(attributes).length,
        status.code,
        resource.attributes['service.name'],
      ]);
      const isIntact = new Set(tracing.exporter.spans.map(({ traceId }) => traceId)).size === 1;
      return `${answer} ${isIntact ? '' : 'torn '}${JSON.stringify(spans)}`;
    } catch (error) {
      return `threw ${error}`;
    }
  }

  /** Everything except services: settings, exporters, and requests. */
  async function settingsOf(name: string, value: unknown): Promise<string> {
    const isAtSetUp = when !== 'while-serving';
    const received = await testing.startOtlpReceiver();
    try {
      const tracer = await duringPollution(isAtSetUp, name, value, async () => {
        http.traceHandler(() => {}, { exporter: [], env: {}, logLevel: 'none', flushOnExit: false });
        return core.createTracer({
          serviceName: 'orders',
          exporter: [
            otlp.otlpExporter({ url: received.url, env: {} }),
            zipkin.zipkinExporter({ url: 'http://127.0.0.1:9', env: {} }),
          ],
          env: {},
          logLevel: 'none',
          flushOnExit: false,
        });
      });
      const described = tracer.describeSettings();
      if (when !== 'before-loading') pollute(name, value);
      tracer.startSpan('sent', { attributes: { a: 1 } }).end();
      clean(name);
      void tracer.flush({ timeoutMs: 100 }); // Zipkin's exporter has no receiver
      await received.waitFor(1).catch(() => {});
      return `${described.replaceAll(received.url, 'the receiver')}${JSON.stringify(received.spans.map((span) => [span.name, { ...span.attributes }]))}`;
    } catch (error) {
      return `threw ${error}`;
    } finally {
      clean(name);
      await received.close();
    }
  }

  const expected = new Map<string, string>();
  const clear = 'never read by anybody';
  for (const [service, start] of Object.entries(services))
    expected.set(service, await outcomeOf(start, true, clear, 1));
  const settings = await settingsOf(clear, 1);
  process.stderr.write(`${JSON.stringify([...expected, settings], null, 1)}\n`);

  for (const name of names) {
    process.stderr.write(`NAME ${name}\n`);
    for (const value of values) {
      for (const [service, start] of Object.entries(services)) {
        const traced = await outcomeOf(start, true, name, value);
        if (traced === expected.get(service)) {
          sound++;
          continue;
        }
        const untraced = await outcomeOf(start, false, name, value);
        // A name that breaks the framework itself is not our fault.
        if (untraced.startsWith('200')) report({ name, value: String(value), service, traced, untraced });
      }
      const found = await settingsOf(name, value);
      if (found === settings) sound++;
      else report({ name, value: String(value), service: 'settings', traced: found, untraced: settings });
    }
  }
  process.stdout.write(JSON.stringify({ sound, faults }));
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stdout.write(JSON.stringify({ sound: -1, faults: [String(error?.stack)] }));
    process.exit(1);
  },
);
