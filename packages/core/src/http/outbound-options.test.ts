// Options of tracing() that reach what its handlers call.
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTracer } from '../create-tracer.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { untraced } from '../untraced.ts';
import type { HttpTracingOptions } from './http-options.ts';
import { traceHandler } from './trace-handler.ts';

const quiet = { env: {}, logLevel: 'none', flushOnExit: false } as const;
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a server that listens on a port has one
}

/** Sends a request as a client without tracing does. */
function get(url: string, headers: Record<string, string> = {}): Promise<string> {
  return untraced(async () => (await fetch(url, { headers })).text());
}

/** Serves a handler that calls `target` of another server, and shows what that was sent. */
async function serveCaller(options: HttpTracingOptions, target: string, init?: RequestInit) {
  const received: IncomingHttpHeaders[] = [];
  const downstream = await serve((request, response) => {
    received.push(request.headers);
    response.end();
  });
  const exporter = inMemoryExporter();
  const traced = traceHandler(
    async (_request, response) => {
      await (await fetch(downstream + target, init)).text();
      response.end();
    },
    options.tracer ? options : { exporter, ...quiet, ...options },
  );
  return { origin: await serve(traced), exporter, received };
}

test('knownMethods reaches outbound calls', async () => {
  const { origin, exporter } = await serveCaller({ knownMethods: ['GET', 'PROPFIND'] }, '/', { method: 'PROPFIND' });
  await get(origin);
  const spans = await exporter.waitFor(2);
  expect(spans.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['client PROPFIND', 'server GET']);
});

test('redactQuery reaches outbound calls', async () => {
  const { origin, exporter } = await serveCaller({ redactQuery: { also: ['voucher'] } }, '/?voucher=1&a=2&token=3');
  await get(`${origin}/?voucher=4&a=5`);
  const spans = await exporter.waitFor(2);
  expect(spans.map(({ attributes }) => attributes['url.query'] ?? attributes['url.full'])).toEqual([
    expect.stringMatching(/\/\?voucher=REDACTED&a=2&token=REDACTED$/),
    'voucher=REDACTED&a=5',
  ]);
});

test('what was said of outbound calls stays, where the tracer is used again without a word on them', async () => {
  const tracer = createTracer({ exporter: [], ...quiet });
  const init = { headers: { 'x-call': '1' } };
  const { origin, received } = await serveCaller({ tracer, propagateTo: ['*.example.com'] }, '/', init);
  const again = await serveCaller({ tracer }, '/', init);
  for (const caller of [origin, again.origin]) await get(caller);
  expect([...received, ...again.received].map(({ traceparent }) => traceparent)).toEqual([undefined, undefined]);
});

test('the propagators of its tracer carry on the context of an ignored request', async () => {
  const { origin, received } = await serveCaller({ ignore: '/', propagators: ['b3'] }, '/');
  const b3 = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1';
  await get(origin, { b3 });
  expect(received[0]).toMatchObject({ b3 });
  expect(received[0]).not.toHaveProperty('traceparent');
});
