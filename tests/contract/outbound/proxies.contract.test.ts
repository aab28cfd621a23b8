// Proxies forward the headers that they received. Ours replace those that name the caller's span. Those that the application set stay.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxyPlugin from '@fastify/http-proxy';
import replyFrom from '@fastify/reply-from';
import { createTracer, type Tracer } from '@waymark/core';
import type { HttpTracingOptions } from '@waymark/core/http';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import * as expressTracing from '@waymark/express';
import * as fastifyTracing from '@waymark/fastify';
import express from 'express';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import httpProxy from 'http-proxy';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { type Downstream, startDownstream } from './downstream.ts';
import { loadUndici, type Undici } from './undici-versions.ts';

interface Gateway {
  readonly origin: string;
  close(): Promise<unknown>;
}

type Start = (target: string, options: HttpTracingOptions) => Promise<Gateway>;

type Forward = (target: string, request: IncomingMessage, response: ServerResponse) => unknown;

/** An Express app with one handler, which forwards. */
function expressGateway(forward: Forward): Start {
  return async (target, options) => {
    const app = express();
    app.use(expressTracing.tracing(options as expressTracing.TracingOptions));
    app.use((request, response) => forward(target, request, response));
    const server = http.createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
      close: () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      },
    };
  };
}

function fastifyGateway(register: (app: ReturnType<typeof fastify>, target: string) => unknown): Start {
  return async (target, options) => {
    const app = fastify({ forceCloseConnections: true });
    await app.register(fastifyTracing.tracing, options as never);
    await register(app, target);
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
  };
}

/** The headers that a handler forwards: without those of the connection, which fetch refuses. */
function forwardable({ headers }: IncomingMessage): Record<string, string> {
  const { host, connection, 'content-length': length, 'transfer-encoding': encoding, ...rest } = headers;
  return rest as Record<string, string>;
}

const gateways: [name: string, start: Start][] = [
  [
    'http-proxy',
    expressGateway((target, request, response) => httpProxy.createProxyServer().web(request, response, { target })),
  ],
  ['http-proxy-middleware', expressGateway((target, ...args) => createProxyMiddleware({ target })(...args, () => {}))],
  [
    '@fastify/http-proxy',
    fastifyGateway((app, upstream) => app.register(httpProxyPlugin, { upstream, undici: {} as never })),
  ],
  [
    '@fastify/http-proxy by node:http',
    fastifyGateway((app, upstream) => app.register(httpProxyPlugin, { upstream, http: {} as never })),
  ],
  [
    '@fastify/reply-from',
    fastifyGateway(async (app, base) => {
      await app.register(replyFrom, { base });
      app.get('/*', (request: FastifyRequest, reply: FastifyReply) => reply.from(request.url) as never);
    }),
  ],
  [
    'fetch with the headers of the request',
    expressGateway(async (target, request, response) => {
      response.end(await (await fetch(target + request.url, { headers: forwardable(request) })).text());
    }),
  ],
  [
    'node:http with the headers of the request',
    expressGateway((target, request, response) => {
      http.get(target + request.url, { headers: request.headers }, (answer) => answer.pipe(response));
    }),
  ],
  [
    'node:http with the raw headers of the request',
    expressGateway((target, request, response) => {
      http.get(target + request.url, { headers: request.rawHeaders as never }, (answer) => answer.pipe(response));
    }),
  ],
];

for (const major of [6, 7, 8] as const) {
  const undici = loadUndici(major);
  if (undici) gateways.push(...undiciGateways(undici, major));
}

function undiciGateways(undici: Undici, major: number): [string, Start][] {
  return [
    [
      `undici ${major} fetch() with Headers`,
      expressGateway(async (target, request, response) => {
        const headers = new undici.Headers(forwardable(request));
        response.end(await (await undici.fetch(target + request.url, { headers })).text());
      }),
    ],
    [
      `undici ${major} request()`,
      expressGateway(async (target, request, response) => {
        const { body } = await undici.request(target + request.url, { headers: forwardable(request) });
        response.end(await body.text());
      }),
    ],
    [
      `undici ${major} stream() with a flat array`,
      expressGateway((target, request, response) => {
        const headers = Object.entries(forwardable(request)).flat();
        return undici.stream(target + request.url, { method: 'GET', headers }, () => response);
      }),
    ],
    [
      `undici ${major} pipeline()`,
      expressGateway((target, request, response) => {
        const options = { method: 'GET' as const, headers: forwardable(request) };
        undici
          .pipeline(target + request.url, options, ({ body }) => body)
          .end()
          .pipe(response);
      }),
    ],
  ];
}

const caller = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';
const incoming = {
  traceparent: `00-${caller}-${span}-01`,
  tracestate: 'congo=t61',
  baggage: 'user=7',
  'x-b3-traceid': caller,
  'x-b3-spanid': span,
  'x-b3-parentspanid': '00000000000000aa',
  'x-b3-sampled': '1',
  'uber-trace-id': `${caller}:${span}:0:1`,
  'uberctx-user': '7',
  'x-amzn-trace-id': `Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=${span};Sampled=1`,
};

describe.each(gateways)('outbound proxies: %s', (_name, start) => {
  let downstream: Downstream;
  let exporter: InMemoryExporter;
  let gateway: Gateway | undefined;

  beforeEach(async () => {
    downstream = await startDownstream();
    exporter = inMemoryExporter();
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await downstream.close();
  });

  function newTracer(propagators: readonly string[] = ['tracecontext', 'baggage']): Tracer {
    return createTracer({ exporter, env: {}, logLevel: 'none', propagators: propagators as never });
  }

  /** The spans of one request through the gateway, and the headers that arrived behind it. */
  async function pass(options: HttpTracingOptions, headers: Record<string, string>) {
    gateway = await start(downstream.origin, options);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      // Without a span around it, which would add headers.
      const agent = new http.Agent();
      const call = http.request(`${gateway?.origin}/ok`, { agent, headers: { ...headers, 'x-client': '1' } }, resolve);
      call.on('error', reject).end();
    });
    answer.resume();
    const spans = await exporter.waitFor(2);
    const server = spans.find(({ kind }) => kind === 'server');
    const client = spans.find(({ kind }) => kind === 'client');
    const received = downstream.received[0];
    return { server, client, received, headers: received?.headers ?? {} };
  }

  test('the next service is below the call, in every format', async () => {
    const tracer = newTracer(['tracecontext', 'baggage', 'b3multi', 'jaeger', 'xray']);
    const { server, client, received, headers } = await pass({ tracer }, incoming);
    expect(server).toMatchObject({ traceId: caller, parentSpanId: span });
    expect(client).toMatchObject({ traceId: caller, parentSpanId: server?.spanId });
    expect(headers).toMatchObject({
      traceparent: `00-${caller}-${client?.spanId}-01`,
      tracestate: 'congo=t61',
      baggage: 'user=7',
      'x-b3-traceid': caller,
      'x-b3-spanid': client?.spanId,
      'x-b3-sampled': '1',
      'uber-trace-id': `${caller}:${client?.spanId}:0:1`,
      'uberctx-user': '7',
      'x-amzn-trace-id': `Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=${client?.spanId};Sampled=1`,
      'x-client': '1',
    });
    expect(headers).not.toHaveProperty('x-b3-parentspanid');
    for (const name of Object.keys(incoming)) expect(received?.count(name)).toBeLessThanOrEqual(1);
  });

  test('a format that is not configured passes as it came', async () => {
    const { headers } = await pass({ tracer: newTracer(['tracecontext']) }, incoming);
    expect(headers).toMatchObject({ 'uber-trace-id': incoming['uber-trace-id'], baggage: 'user=7' });
  });

  test('the trace headers of an untrusted caller are not forwarded', async () => {
    const { server, client, headers } = await pass({ tracer: newTracer(), trust: 'link' }, incoming);
    expect(server?.traceId).not.toBe(caller);
    expect(headers.traceparent).toBe(`00-${server?.traceId}-${client?.spanId}-03`);
    expect(headers).not.toHaveProperty('tracestate');
    expect(headers).not.toHaveProperty('baggage');
  });

  test('a malformed traceparent is replaced by ours', async () => {
    const { client, received, headers } = await pass({ tracer: newTracer() }, { traceparent: 'not-a-traceparent' });
    expect(headers.traceparent).toContain(client?.spanId);
    expect(received?.count('traceparent')).toBe(1);
  });

  test('for hosts that do not get ours, the caller’s are forwarded as they were', async () => {
    const { headers } = await pass({ tracer: newTracer(), propagateTo: [] }, incoming);
    expect(headers).toMatchObject({ traceparent: incoming.traceparent, tracestate: 'congo=t61', baggage: 'user=7' });
  });
});
