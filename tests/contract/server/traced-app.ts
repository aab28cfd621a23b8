// Starts the servers that a test of the contract needs, returns their spans, and closes them afterwards.
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
   * it first sends another request and waits for its span.
   */
  spans(count: number): Promise<readonly SpanData[]>;
}

/** A server without tracing, which a handler calls, and the headers that it received. */
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

// Shorter than the time limit of a test, so that the error can list the spans that came.
const waiting = { timeoutMs: 3000 };

const markerPath = '/marker';
const marker: Route = { method: 'GET', path: markerPath, handler: ({ send }) => send(200, 'marker') };

/**
 * An application whose spans the test can read. Tracing reads nothing from the environment, and logs nothing.
 *
 * @param exporter That of the tracer, if the test makes the tracer.
 */
export async function startTraced(
  adapter: AdapterUnderTest,
  { tracing, routes, ...description }: Omit<AppDescription, 'tracing'> & { readonly tracing?: TracingOptions },
  exporter: InMemoryExporter = inMemoryExporter(),
): Promise<TracedApp> {
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

/** The outcome of a request, on one line. */
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

/** A signal between a test and a handler. */
export function signal<Value = void>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/** Waits until the condition holds. The time limit of the test ends the wait. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** The ids and `traceparent` of a caller: different ones for each number. */
export function callerOf(
  number: number,
  flags = '01',
): { readonly traceId: string; readonly spanId: string; readonly traceparent: string } {
  const traceId = `4bf92f3577b34da6a3ce929d${number.toString(16).padStart(8, '0')}`;
  const spanId = `00f067aa${(number + 1).toString(16).padStart(8, '0')}`;
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}
