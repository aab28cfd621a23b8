// A call that breaks, as client and service record it: the client in this process, the service in another. docs/http-spans.md has the table.
import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { createTracer, type Tracer } from '@waymark/core';
import { instrumentOutbound } from '@waymark/core/outbound';
import {
  type InMemoryExporter,
  inMemoryExporter,
  type OtlpReceiver,
  type SpanData,
  startOtlpReceiver,
} from '@waymark/core/testing';
import { type RunningScript, startScript } from './script.ts';

// Each service compiles its sources, which takes many seconds on a busy machine.
jest.setTimeout(120_000);

const ms = 30;
// Long enough for the request to reach the handler first, even on a busy machine.
const clientMs = 500;

/** Answers by path. Prints its port, and the path of each request that has reached the handler. */
const handlerCode = `
  const tracer = makeTracer({ exporter: otlpExporter({ url, batch: { scheduleDelayMs: 10 } }), logLevel: 'none' });
  const serverOptions = { connectionsCheckingInterval: 10 };
  function setLimits(server, requestTimeout) { Object.assign(server, { requestTimeout, headersTimeout: requestTimeout }); }
  function handle(request, response) {
    const { url, socket } = request;
    request.on('error', () => {}).resume();
    response.on('error', () => {});
    const writePart = (then) => response.writeHead(200, { 'content-length': 100 }).write('a part', then);
    console.log(url.slice(url.indexOf('?')));
    switch (url.slice(0, url.indexOf('?'))) {
      case '/destroy': return response.destroy();
      case '/destroy-socket': return socket.destroy();
      case '/reset': return socket.resetAndDestroy();
      case '/late-reset': return setTimeout(() => socket.resetAndDestroy(), ${ms * 3});
      case '/idle': return socket.setTimeout(${ms});
      case '/response-timeout': return response.setTimeout(${ms}, () => response.destroy());
      case '/part': return writePart();
      case '/cut': return writePart(() => response.destroy());
      case '/idle-part': return writePart(() => socket.setTimeout(${ms}));
      case '/incomplete': {
        setLimits(server, ${ms});
        return response.on('close', () => setLimits(server, 0));
      }
      case '/ok': return response.end();
    }
  }
  function listen() {
    server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port + '.'));
  }
`;

const services = {
  'node:http': `
    const { traceHandler } = require('@waymark/core/http');
    const server = require('node:http').createServer(serverOptions, traceHandler(handle, tracer));
    listen();
  `,
  express: `
    const app = require('express')().use(require('@waymark/express').tracing(tracer)).use(handle);
    const server = require('node:http').createServer(serverOptions, app);
    listen();
  `,
  fastify: `
    const app = require('fastify')({ http: serverOptions });
    const { server } = app;
    app.register(require('@waymark/fastify').tracing, { tracer });
    app.addContentTypeParser('*', (request, payload, done) => done(null));
    app.all('/*', (request, reply) => {
      reply.hijack();
      handle(request.raw, reply.raw);
    });
    app.ready().then(listen);
  `,
};

interface Call {
  readonly url: string;
  /** Resolves when the request has reached the handler. */
  readonly arrives: () => Promise<unknown>;
}

type MakeCall = (call: Call) => Promise<unknown>;

/** Sends a request by `node:http`. */
function byNode(
  options: RequestOptions = {},
  then: (request: ClientRequest, call: Call) => unknown = () => {},
): MakeCall {
  return async (call) => {
    const request = http.request(call.url, options).on('error', () => {});
    request.on('response', (response) => response.on('error', () => {}).resume());
    const closed = once(request, 'close');
    if (options.method === 'POST') request.write('a part');
    else request.end();
    then(request, call);
    await closed;
  };
}

function byFetch(makeSignal?: (call: Call) => AbortSignal): MakeCall {
  return async (call) => {
    const response = await fetch(call.url, makeSignal && { signal: makeSignal(call) });
    await response.text();
  };
}

function abortOnArrival({ arrives }: Call): AbortSignal {
  const controller = new AbortController();
  void arrives().then(() => controller.abort());
  return controller.signal;
}

async function fetchAndCancel({ url }: Call): Promise<void> {
  const response = await fetch(url);
  await response.body?.cancel();
}

async function destroyAnswer(request: ClientRequest): Promise<void> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]; // Node emits it with a response
  response.destroy();
}

const incomplete = { method: 'POST', headers: { 'content-length': 100, 'content-type': 'application/octet-stream' } };

const breaks: readonly [what: string, path: string, make: MakeCall, client: string, server: string][] = [
  [
    'the client runs out of time: setTimeout(ms, destroy)',
    '/hang',
    byNode({}, (request) => request.setTimeout(clientMs, () => request.destroy())),
    'error timeout',
    'error aborted',
  ],
  [
    'the client runs out of time: AbortSignal.timeout()',
    '/hang',
    byFetch(() => AbortSignal.timeout(clientMs)),
    'error timeout',
    'error aborted',
  ],
  [
    'the client gives up: destroy()',
    '/hang',
    byNode({}, (request, { arrives }) => arrives().then(() => request.destroy())),
    'unset cancelled',
    'error aborted',
  ],
  ['the client gives up: abort()', '/hang', byFetch(abortOnArrival), 'unset cancelled', 'error aborted'],
  [
    'the client gives up while it sends',
    '/hang',
    byNode(incomplete, (request, { arrives }) => arrives().then(() => request.destroy())),
    'unset cancelled',
    'error aborted',
  ],
  ['the client leaves the body: destroy()', '/part', byNode({}, destroyAnswer), '200 unset', '200 error aborted'],
  ['the client leaves the body: cancel()', '/part', fetchAndCancel, '200 unset', '200 error aborted'],
  [
    'the client runs out of time in the body',
    '/part',
    byFetch(() => AbortSignal.timeout(clientMs)),
    '200 unset',
    '200 error aborted',
  ],
  ['the server sets a time limit, by node:http', '/idle', byNode(), 'error ECONNRESET', 'error timeout'],
  ['the server sets a time limit, by fetch', '/idle', byFetch(), 'error UND_ERR_SOCKET', 'error timeout'],
  [
    'the server sets a time limit that is shorter than the one of the client',
    '/idle',
    byNode({ timeout: 60_000 }, (request) => request.on('timeout', () => request.destroy())),
    'error ECONNRESET',
    'error timeout',
  ],
  ['the server sets a time limit on the response', '/response-timeout', byNode(), 'error ECONNRESET', 'error timeout'],
  ['the server sets a time limit within the body', '/idle-part', byFetch(), '200 unset', '200 error timeout'],
  ['the server has a requestTimeout', '/incomplete', byNode(incomplete), '408 error 408', 'error timeout'],
  ['the server destroys the response, by node:http', '/destroy', byNode(), 'error ECONNRESET', 'error aborted'],
  ['the server destroys the response, by fetch', '/destroy', byFetch(), 'error UND_ERR_SOCKET', 'error aborted'],
  ['the server destroys the socket', '/destroy-socket', byNode(), 'error ECONNRESET', 'error aborted'],
  ['the server resets the connection, by node:http', '/reset', byNode(), 'error ECONNRESET', 'error aborted'],
  ['the server resets the connection, by fetch', '/reset', byFetch(), 'error ECONNRESET', 'error aborted'],
  [
    'the server resets the connection after a timeout that the client let pass',
    '/late-reset',
    byNode({ timeout: ms }, (request) => request.on('timeout', () => {})),
    'error ECONNRESET',
    'error aborted',
  ],
  ['the server cuts its answer off, by node:http', '/cut', byNode(), '200 unset', '200 error aborted'],
  ['the server cuts its answer off, by fetch', '/cut', byFetch(), '200 unset', '200 error aborted'],
];

let exporter: InMemoryExporter;
let tracer: Tracer;
let stopTracing: () => void;
let receiver: OtlpReceiver;
let calls = 0;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  exporter = inMemoryExporter();
  tracer = createTracer({ serviceName: 'client', exporter, env: {}, logLevel: 'none' });
  stopTracing = instrumentOutbound();
});
afterAll(async () => {
  stopTracing();
  await tracer.shutdown();
  await receiver.close();
});

describe.each(Object.entries(services))('a call of %s', (_name, serviceCode) => {
  let service: RunningScript;
  let origin: string;

  beforeAll(async () => {
    ({ service, origin } = await startService(serviceCode));
  });
  afterAll(async () => {
    service.kill('SIGKILL');
    await service.ended;
  });

  test.each(breaks)('ends on both sides with what broke it: %s', async (_what, path, make, client, server) => {
    const span = await clientSpanOf(service, origin, path, make);
    const serverSpan = await serverSpanBelow(span);
    expect([outcomeOf(span), outcomeOf(serverSpan)]).toEqual([client, server]);
  });
});

test.each<[string, string, (call: Call, kill: () => void) => Promise<unknown>, string]>([
  [
    'before its answer, by node:http',
    '/hang',
    (call, kill) => byNode({}, () => call.arrives().then(kill))(call),
    'error ECONNRESET',
  ],
  [
    'before its answer, by fetch',
    '/hang',
    (call, kill) => Promise.all([byFetch()(call), call.arrives().then(kill)]),
    'error UND_ERR_SOCKET',
  ],
  [
    'in its answer',
    '/part',
    async ({ url }, kill) => {
      const response = await fetch(url);
      kill();
      await response.text();
    },
    '200 unset',
  ],
])('a service that is killed %s leaves no span, and its client leaves one', async (_what, path, make, client) => {
  const { service, origin } = await startService(services['node:http']);
  const span = await clientSpanOf(service, origin, path, (call) => make(call, () => service.kill('SIGKILL')));
  await service.ended;
  expect(outcomeOf(span)).toBe(client);
  expect(receiver.spans.filter(({ traceId }) => traceId === span.traceId)).toEqual([]);
});

test('a client that is killed leaves no span, and its service leaves an aborted one', async () => {
  const { service, origin } = await startService(services['node:http']);
  const id = `?${calls++}.`;
  const client = startScript(`fetch('${origin}/hang${id}')`, receiver.url);
  await service.says(id);
  const before = receiver.spans.length;
  client.kill('SIGKILL');
  const spans = await receiver.waitFor(before + 1);
  expect(outcomeOf(spans.at(-1))).toBe('error aborted');
  service.kill('SIGKILL');
  await Promise.all([client.ended, service.ended]);
});

async function startService(code: string): Promise<{ service: RunningScript; origin: string }> {
  const service = startScript(handlerCode + code, receiver.url);
  const [, port] = /port (\d+)\./.exec(await service.says('.')) ?? [];
  const origin = `http://127.0.0.1:${port}`;
  await (await fetch(`${origin}/ok?warm-up`)).text();
  return { service, origin };
}

async function clientSpanOf(service: RunningScript, origin: string, path: string, make: MakeCall): Promise<SpanData> {
  const id = `?${calls++}.`;
  exporter.reset();
  await tracer.withSpan('caller', async () => {
    try {
      await make({ url: `${origin}${path}${id}`, arrives: () => service.says(id) });
    } catch {
      // that the call broke
    }
  });
  const spans = (await exporter.waitFor(2)).filter(({ kind }) => kind === 'client');
  expect(spans).toHaveLength(1);
  return spans[0] as SpanData; // just checked
}

async function serverSpanBelow({ traceId, spanId }: SpanData): Promise<SpanData> {
  for (;;) {
    const { spans } = receiver;
    const found = spans.filter((span) => span.traceId === traceId && span.parentSpanId === spanId);
    if (found[0] !== undefined) return found[0];
    await receiver.waitFor(spans.length + 1, { timeoutMs: 20_000 });
  }
}

/** How a span describes its end: the status code, the status, and error.type. */
function outcomeOf(span: SpanData | undefined): string {
  const { attributes = {}, status, events = [] } = span ?? {};
  const parts = [attributes['http.response.status_code'], status?.code, attributes['error.type']];
  const given = events.filter(({ name }) => name === 'cancelled').map(({ name }) => name);
  return [...parts, ...given].filter((part) => part !== undefined).join(' ');
}
