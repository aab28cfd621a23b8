// The published form of the packages on Bun and Deno, in a service on each framework.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type OtlpReceiver, type SpanData, startOtlpReceiver } from '@waymark/core/testing';
import { findRuntime, type Runtime } from './find-runtime.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe.each<[Runtime, 'express' | 'fastify']>([
  ['bun', 'express'],
  ['bun', 'fastify'],
  ['deno', 'express'],
  ['deno', 'fastify'],
])('%s, %s', (runtime, framework) => {
  let receiver: OtlpReceiver;
  let next: Server;
  let received: Received[];
  let url: string;
  let child: ReturnType<typeof spawn>;

  beforeEach(async () => {
    receiver = await startOtlpReceiver();
    received = [];
    next = createServer(async (request, response) => {
      const { method, url: path, headers } = request;
      if (path === '/never') return;
      received.push({ method, url: path, headers, body: await text(request) });
      if (path === '/moved') response.writeHead(302, { location: '/here' });
      if (path === '/not-found') response.writeHead(404);
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await once(next, 'listening');
    const nextUrl = `http://127.0.0.1:${(next.address() as AddressInfo).port}`; // it listens on a port
    const [command, ...args] = findRuntime(runtime);
    child = spawn(command, [...args, join(__dirname, 'service.cjs'), framework, receiver.url, nextUrl], {
      cwd: join(__dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('no pipe');
    const [port] = await once(createInterface(child.stdout), 'line');
    url = `http://127.0.0.1:${port}`;
  });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    next.closeAllConnections();
    next.close();
    await receiver.close();
  });

  function call(name: string): Promise<string> {
    return new Promise((resolve, reject) => {
      get(`${url}/calls/${name}`, { headers: { traceparent } }, (response) => resolve(text(response))).on(
        'error',
        reject,
      );
    });
  }

  /** The spans that the service sends when SIGTERM ends it. None are sent before, as the batch waits for a minute. */
  async function spansAtEnd(): Promise<readonly SpanData[]> {
    child.kill('SIGTERM');
    await once(child, 'close');
    return receiver.spans;
  }

  test('the spans of requests and of calls by fetch, node:http and undici make one trace', async () => {
    expect([await call('fetch'), await call('node'), await call('undici')]).toEqual(['ok', 'ok', 'ok']);
    const spans = await spansAtEnd();
    const servers = spans.filter(({ kind }) => kind === 'server');
    const clients = spans.filter(({ kind }) => kind === 'client');
    expect(servers).toMatchObject(
      [1, 2, 3].map(() => ({ name: 'GET /calls/:call', traceId, parentSpanId: '00f067aa0ba902b7' })),
    );
    expect(clients.map(({ parentSpanId }) => parentSpanId)).toEqual(servers.map(({ spanId }) => spanId));
    expect(clients).toMatchObject(
      [1, 2, 3].map(() => ({ name: 'GET', attributes: { 'http.response.status_code': 200 } })),
    );
    expect(received.map(({ url: path, headers }) => [path, headers.traceparent])).toEqual(
      ['/fetch', '/node', '/undici'].map((path, index) => [path, `00-${traceId}-${clients[index]?.spanId}-01`]),
    );
    expect(spans[0]?.resource.attributes).toMatchObject({ 'process.runtime.name': runtime });
  });

  test('fetch sends its arguments in each form, with our header', async () => {
    expect([await call('url'), await call('request'), await call('options')]).toEqual(['ok', 'ok', 'ok']);
    const clients = (await spansAtEnd()).filter(({ kind }) => kind === 'client');
    const header = (index: number) => `00-${traceId}-${clients[index]?.spanId}-01`;
    expect(received).toMatchObject([
      { method: 'GET', headers: { 'x-own': '1', traceparent: header(0) }, body: '' },
      { method: 'POST', headers: { 'content-type': 'text/own', traceparent: header(1) }, body: '{"a":1}' },
      { method: 'PUT', headers: { 'x-other': '2', traceparent: header(2) }, body: 'text' },
    ]);
    expect(received[2]?.headers).not.toHaveProperty('x-own');
    expect(clients.map(({ name }) => name)).toEqual(['GET', 'POST', 'PUT']);
  });

  test('fetch keeps the traceparent of the application, and follows redirects within one span', async () => {
    await call('own');
    await call('moved');
    expect(received.map(({ url: path }) => path)).toEqual(['/own', '/moved', '/here']);
    expect(received[0]?.headers.traceparent).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    const clients = (await spansAtEnd()).filter(({ kind }) => kind === 'client');
    expect(clients.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([200, 200]);
  });

  test('a failing call fails as it does untraced, and its span has failed', async () => {
    expect(await call('not-found')).toBe('answered 404');
    expect(await call('refused')).toMatch(/^(Error ConnectionRefused|TypeError|Error ECONNREFUSED)/);
    expect(await call('aborted')).toMatch(/^AbortError/);
    expect(await call('no-url')).toMatch(/Error/);
    expect(await call('data')).toBe('here');
    expect(await call('unhandled')).toBe('reported');
    const clients = (await spansAtEnd()).filter(({ kind }) => kind === 'client');
    const outcomes = clients.map(({ status, attributes, events }) => [
      status.code,
      attributes['error.type'] !== undefined,
      ...events.map(({ name }) => name),
    ]);
    expect(outcomes).toEqual([
      ['error', true],
      ['error', true],
      ['unset', false, 'cancelled'],
      ['error', true],
    ]);
  });
});
