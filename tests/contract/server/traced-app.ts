// Starts what a test of the contract needs, shows its spans, and puts everything away afterwards.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import type { AdapterUnderTest, AppDescription, Route, RunningApp, TracingOptions } from './adapter-under-test.ts';
import { listen } from './listening-server.ts';
import { type RawRequest, type RawResponse, request } from './raw-client.ts';

export interface TracedApp extends RunningApp {
  readonly exporter: InMemoryExporter;
  request(target: string, options?: RawRequest): Promise<RawResponse & { readonly localPort: number }>;
  /**
   * The spans, once there are `count`, in the order in which they ended. Throws if there are more, also if they come late:
   * it sends a request of its own and waits for its span first.
   */
  spans(count: number): Promise<readonly SpanData[]>;
}

/** A server that a handler calls, untraced, and what it was sent. */
export interface Downstream {
  readonly url: string;
  readonly calls: readonly IncomingHttpHeaders[];
}

const open = new Set<{ close(): Promise<void> }>();

export async function closeAll(): Promise<void> {
  const closing = [...open].map((it) => it.close());
  open.clear();
  await Promise.all(closing);
}

// Shorter than a test's own time limit, so that the test can say what came and what did not.
const waiting = { timeoutMs: 3000 };

const markerPath = '/marker';
const marker: Route = { method: 'GET', path: markerPath, handler: ({ send }) => send(200, 'marker') };

/** An application whose spans can be looked at. Tracing takes nothing from the environment, and says nothing. */
export async function startTraced(
  adapter: AdapterUnderTest,
  { tracing, routes, ...description }: Omit<AppDescription, 'tracing'> & { readonly tracing?: TracingOptions },
): Promise<TracedApp> {
  const exporter = inMemoryExporter();
  const app = await adapter.start({
    ...description,
    routes: [...routes, marker],
    tracing: tracing?.tracer ? tracing : { serviceName: 'contract', exporter, env: {}, logLevel: 'none', ...tracing },
  });
  open.add(app);
  let markers = 0;
  return {
    ...app,
    exporter,
    request: (target, options) => request(app.port, target, options),
    async spans(count) {
      await exporter.waitFor(count + markers, waiting);
      await request(app.port, markerPath, { tls: description.certificate !== undefined });
      markers++;
      const all = await exporter.waitFor(count + markers, waiting);
      const spans = all.filter(({ attributes }) => attributes['url.path'] !== markerPath);
      if (spans.length === count) return spans;
      throw new Error(`Expected exactly ${count} spans, got ${spans.map(({ name }) => name).join(', ')}.`);
    },
  };
}

/** The same application without tracing, to compare with. */
export async function startBare(
  adapter: AdapterUnderTest,
  description: Omit<AppDescription, 'tracing'>,
): Promise<RunningApp> {
  const app = await adapter.start({ ...description, routes: [...description.routes, marker], tracing: undefined });
  open.add(app);
  return app;
}

export async function startDownstream(): Promise<Downstream> {
  const calls: IncomingHttpHeaders[] = [];
  const server = await listen(
    createServer((incoming, response) => {
      calls.push(incoming.headers);
      response.end();
    }),
  );
  open.add(server);
  return { url: `http://127.0.0.1:${server.port}/`, calls };
}

/** What became of a request, in a line. */
export function outcomeOf({ name, status, attributes, events }: SpanData): string {
  const errorType = attributes['error.type'];
  const exceptions = events.filter((event) => event.name === 'exception');
  return [
    `${name}: ${attributes['http.response.status_code'] ?? 'no status code'}`,
    status.code + (status.message === undefined ? '' : ` "${status.message}"`),
    ...(errorType === undefined ? [] : [`error.type ${errorType}`]),
    ...exceptions.map((event) => `exception ${event.attributes['exception.message']}`),
  ].join(', ');
}

/** Something that a handler waits for, or that a test waits for in a handler. */
export function signal<Value = void>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/** Waits until something is so; the test's own time limit ends the wait. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** `00-` ids and flags of a caller: a different one for each number. */
export function callerOf(
  number: number,
  flags = '01',
): { readonly traceId: string; readonly spanId: string; readonly traceparent: string } {
  const traceId = `4bf92f3577b34da6a3ce929d${number.toString(16).padStart(8, '0')}`;
  const spanId = `00f067aa${(number + 1).toString(16).padStart(8, '0')}`;
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}
