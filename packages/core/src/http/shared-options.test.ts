// What a second tracing() of the same tracer leaves of the first one's options.

import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTracer } from '../create-tracer.ts';
import { setBaggage } from '../current.ts';
import { internalsOf } from '../internal-tracer.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { type InMemoryExporter, inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { untraced } from '../untraced.ts';
import type { HttpOptions } from './http-options.ts';
import { traceHandler } from './trace-handler.ts';

// Calls are seen in any case: it is the options that must keep them from being traced. (And what an earlier test file has left
// behind in this process is removed.)
beforeAll(() => void instrumentOutbound());

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a server that listens on a port has one
}

interface Seen {
  /** What the service behind was sent. */
  readonly headers: IncomingHttpHeaders;
  readonly exporter: InMemoryExporter;
}

/** Sends one request through the handler that the last of several `tracing()` wraps, which calls another service. */
async function passThrough(
  optionsOfEach: readonly HttpOptions[],
  { path = '/', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Seen> {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });
  let received: IncomingHttpHeaders = {};
  const behind = await serve((request, response) => {
    received = request.headers;
    response.end();
  });
  const handler: RequestListener = async (request, response) => {
    setBaggage('tenant', 'acme');
    await (await fetch(behind + request.url)).text();
    response.end();
  };
  const handlers = optionsOfEach.map((options) => traceHandler(handler, { ...options, tracer }));
  const origin = await serve(handlers.at(-1) as RequestListener);
  await untraced(async () => (await fetch(origin + path, { headers })).text());
  await exporter.waitFor(internalsOf(tracer).tracesOutbound ? 2 : 1);
  return { headers: received, exporter };
}

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('outbound: false stays, and is undone by name only', async () => {
  const silent = await passThrough([{ outbound: false }, {}]);
  expect([silent.headers.traceparent, silent.exporter.spans.length]).toEqual([undefined, 1]);
  const tightened = await passThrough([{}, { outbound: false }, { redactQuery: ['x'] }]);
  expect([tightened.headers.traceparent, tightened.exporter.spans.length]).toEqual([undefined, 1]);
  const named = await passThrough([{ outbound: false }, { outbound: true }]);
  expect(named.exporter.spans.length).toBe(2);
  expect(named.headers.traceparent).toMatch(/^00-/);
});

/** The query as the client's and the server's span have it. */
async function redacted(optionsOfEach: readonly HttpOptions[]): Promise<unknown[]> {
  const { exporter } = await passThrough(optionsOfEach, { path: '/?a=1&b=1&c=1&token=1' });
  return (await exporter.waitFor(2)).map(
    ({ attributes }) => attributes['url.query'] ?? String(attributes['url.full']).replace(/^.*\?/, ''),
  );
}

test('redactQuery adds up, in the URLs of both kinds of spans', async () => {
  const twice = (query: string) => [query, query];
  expect(await redacted([{ redactQuery: { also: ['a'] } }, {}])).toEqual(twice('a=REDACTED&b=1&c=1&token=REDACTED'));
  expect(await redacted([{ redactQuery: { also: ['a'] } }, { redactQuery: { also: ['b'] } }])).toEqual(
    twice('a=REDACTED&b=REDACTED&c=1&token=REDACTED'),
  );
  expect(await redacted([{ redactQuery: ['a'] }, { redactQuery: { also: ['b'] } }])).toEqual(
    twice('a=REDACTED&b=REDACTED&c=1&token=REDACTED'),
  );
  // An array replaces the default list by name, and takes out nothing that was added to it.
  expect(await redacted([{ redactQuery: { also: ['a'] } }, { redactQuery: ['b'] }])).toEqual(
    twice('a=REDACTED&b=REDACTED&c=1&token=1'),
  );
});

test('propagateTo stays for what a later one leaves out', async () => {
  const none = ['*.example.com'];
  const both = await passThrough([{ propagateTo: none }, { outbound: true }]);
  expect([both.headers.traceparent, both.headers.baggage]).toEqual([undefined, undefined]);
  const half = await passThrough([{ propagateTo: none }, { propagateTo: { baggage: 'local' } }]);
  expect([half.headers.traceparent, half.headers.baggage]).toEqual([undefined, 'tenant=acme']);
  const named = await passThrough([{ propagateTo: none }, { propagateTo: '*' }]);
  expect(named.headers).toMatchObject({ traceparent: expect.any(String), baggage: 'tenant=acme' });
});

test('traceStateMember and knownMethods stay', async () => {
  const { headers, exporter } = await passThrough([
    { traceStateMember: { key: 'acme', value: '1' }, knownMethods: ['PROPFIND'] },
    { redactQuery: { also: ['x'] } },
  ]);
  expect(headers.tracestate).toBe('acme=1');
  expect(exporter.spans.map(({ name }) => name)).toEqual(['HTTP', 'HTTP']);
});

test('trust and allowBaggage stay', async () => {
  const caller = { headers: { traceparent, baggage: 'a=1,b=2' } };
  const link = await passThrough([{ trust: 'link', allowBaggage: ['a'] }, {}], caller);
  const server = link.exporter.spans.find(({ kind }) => kind === 'server');
  expect(server?.parentSpanId).toBeUndefined();
  expect(server?.links).toHaveLength(1);
  expect(link.headers.baggage).toBe('a=1,tenant=acme');

  const named = await passThrough([{ trust: 'link' }, { trust: 'continue' }], caller);
  expect(named.exporter.spans.at(-1)?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
});

test('what concerns one app alone is not handed on', async () => {
  const { exporter } = await passThrough([{ ignore: '/', captureHeaders: { request: ['host'] } }, {}]);
  const server = exporter.spans.find(({ kind }) => kind === 'server');
  expect(server?.attributes).not.toHaveProperty(['http.request.header.host']);
});

test('a wrong option changes nothing of what is in force', async () => {
  const tracer = createTracer({ exporter: [], env: {}, logLevel: 'none', flushOnExit: false });
  traceHandler(() => {}, { tracer, outbound: false });
  expect(() => traceHandler(() => {}, { tracer, outbound: true, propagateTo: 5 as never })).toThrow('propagateTo');
  traceHandler(() => {}, { tracer });
  expect(internalsOf(tracer).tracesOutbound).toBe(false);
});
