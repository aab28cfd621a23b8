import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient, createRouterTransport, type Interceptor, type Transport } from '@connectrpc/connect';
import { expressConnectMiddleware } from '@connectrpc/connect-express';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { getTracer, withSpan } from '@waymark/core';
import { connectClientTracing, connectServerTracing } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import { tracing as fastifyTracing } from '@waymark/fastify';
import express from 'express';
import Fastify from 'fastify';
import { drawSpans } from '../draw-spans.ts';
import { routes, type ShopClient, shop } from './shop.ts';

const exporter: InMemoryExporter = inMemoryExporter();
const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

const interceptors: Interceptor[] = [connectServerTracing()];
const byClient: Interceptor[] = [connectClientTracing()];
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  exporter.reset();
});

function clientOf(transport: Transport): ShopClient {
  return createClient(shop, transport) as unknown as ShopClient; // by its definition
}

async function listen(server: http.Server | http2.Http2Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Over HTTP/2, without a framework. */
async function openPlain(): Promise<string> {
  const server = http2.createServer(connectNodeAdapter({ routes, interceptors }));
  server.on('session', (session) => closing.unshift(() => session.destroy()));
  return listen(server);
}

const span = (spans: readonly SpanData[], kind: string) => spans.find((one) => one.kind === kind) as SpanData;

test.each([
  ['Connect', createConnectTransport, 'connectrpc', 'not_found'],
  ['gRPC', createGrpcTransport, 'grpc', 'NOT_FOUND'],
  ['gRPC-Web', createGrpcWebTransport, 'grpc', 'NOT_FOUND'],
])('by %s', async (_, createTransport, system, code) => {
  const baseUrl = await openPlain();
  const client = clientOf(createTransport({ baseUrl, httpVersion: '2', interceptors: byClient }));
  await withSpan('request', async () => {
    expect((await client.buy({ value: 'book' })).value).toBe('bought book');
  });
  const spans = await exporter.waitFor(4);
  expect(drawSpans(spans)).toEqual(['request', '  shop.Shop/Buy', '    shop.Shop/Buy', '      buy']);
  expect(span(spans, 'client').attributes).toMatchObject({
    'rpc.system.name': system,
    'rpc.method': 'shop.Shop/Buy',
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(baseUrl).port),
  });
  exporter.reset();

  await withSpan('request', () => expect(client.buy({ value: 'nothing' })).rejects.toThrow(/no such item/));
  const failed = await exporter.waitFor(4);
  expect(span(failed, 'client')).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': code } });
  expect(span(failed, 'server')).toMatchObject({
    status: { code: 'unset' },
    attributes: { 'rpc.response.status_code': code },
  });
  exporter.reset();

  await withSpan('request', async () => {
    for await (const { value } of client.list({ value: '' })) withSpan(`get ${value}`, () => {});
  });
  expect([...drawSpans(await exporter.waitFor(7))].sort()).toEqual(
    [
      'request',
      '  shop.Shop/List',
      '    shop.Shop/List',
      '      give one',
      '      give two',
      '  get one',
      '  get two',
    ].sort(),
  );
});

test('an error of the handler that is no ConnectError is an internal one', async () => {
  const client = clientOf(
    createConnectTransport({ baseUrl: await openPlain(), httpVersion: '2', interceptors: byClient }),
  );
  await withSpan('request', () => expect(client.buy({ value: 'broken' })).rejects.toThrow(/internal/));
  const spans = await exporter.waitFor(4);
  expect(span(spans, 'server')).toMatchObject({
    status: { code: 'error', message: 'stock is broken' },
    attributes: { 'error.type': 'internal', 'rpc.response.status_code': 'internal' },
  });
  expect(span(spans, 'client').attributes['error.type']).toBe('internal');
});

test('in Fastify, the span of the request has the facts of the call', async () => {
  const app = Fastify();
  await app.register(fastifyTracing, { tracer, outbound: false });
  await app.register(fastifyConnectPlugin, { routes, interceptors });
  await app.listen({ port: 0, host: '127.0.0.1' });
  closing.push(() => app.close());
  const baseUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const client = clientOf(createConnectTransport({ baseUrl, httpVersion: '1.1', interceptors: byClient }));
  await withSpan('request', () => expect(client.buy({ value: 'broken' })).rejects.toThrow());
  const spans = await exporter.waitFor(4);
  expect(drawSpans(spans)).toEqual([
    'request',
    '  shop.Shop/Buy ! internal',
    '    shop.Shop/Buy ! 500',
    '      buy ! stock is broken',
  ]);
  expect(span(spans, 'server').attributes).toMatchObject({
    'rpc.system.name': 'connectrpc',
    'rpc.method': 'shop.Shop/Buy',
    'rpc.response.status_code': 'internal',
    'http.response.status_code': 500,
  });
});

test('in Express, which has no route for it, the request is named for the call', async () => {
  const app = express();
  app.use(expressTracing({ tracer, outbound: false }));
  app.use(expressConnectMiddleware({ routes, interceptors }));
  const baseUrl = await listen(http.createServer(app));
  const client = clientOf(createConnectTransport({ baseUrl, httpVersion: '1.1', interceptors: byClient }));
  await withSpan('request', () => client.buy({ value: 'book' }));
  expect(drawSpans(await exporter.waitFor(4))).toEqual([
    'request',
    '  shop.Shop/Buy',
    '    shop.Shop/Buy',
    '      buy',
  ]);
});

test('within the process, a call has both spans', async () => {
  const client = clientOf(
    createRouterTransport(routes, { router: { interceptors }, transport: { interceptors: byClient } }),
  );
  await withSpan('request', () => client.buy({ value: 'book' }));
  expect(drawSpans(await exporter.waitFor(4))).toEqual([
    'request',
    '  shop.Shop/Buy',
    '    shop.Shop/Buy',
    '      buy',
  ]);
});

test('a stream that its reader leaves early ends', async () => {
  const client = clientOf(
    createConnectTransport({ baseUrl: await openPlain(), httpVersion: '2', interceptors: byClient }),
  );
  await withSpan('request', async () => {
    for await (const _ of client.list({ value: '' })) break;
  });
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  while (span(exporter.spans, 'client') === undefined) {
    collect();
    await setImmediate();
  }
  expect(span(exporter.spans, 'client')).toMatchObject({ name: 'shop.Shop/List', status: { code: 'unset' } });
});
