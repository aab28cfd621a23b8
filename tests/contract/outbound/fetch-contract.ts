// What only fetch does: it follows redirects, and WebSockets begin with it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { activeSpan, type Span } from '@waymark/core';
import { type Downstream, startDownstream } from './downstream.ts';
import { describeCall, readTraceparent, startTracing, type Tracing } from './tracing.ts';

export function describeFetch(fetch: typeof globalThis.fetch): void {
  let downstream: Downstream;
  let tracing: Tracing;

  beforeEach(async () => {
    downstream = await startDownstream();
    tracing = startTracing();
  });

  afterEach(async () => {
    tracing.stop();
    await downstream.close();
  });

  test('follows a redirect with a span for each hop', async () => {
    const caller = await tracing.inCaller(async (span) => {
      await (await fetch(`${downstream.origin}/redirect/x`)).text();
      return span;
    });
    const calls = await tracing.calls(3);
    expect(calls.map(describeCall)).toEqual(['GET 302 unset', 'GET 302 unset resend 1', 'GET 200 unset resend 2']);
    for (const { parentSpanId } of calls) expect(parentSpanId).toBe(caller.spanId);
    expect(downstream.received.map((request) => request.count('traceparent'))).toEqual([1, 1, 1]);
  });

  test('follows redirects of many callers, each in its own trace', async () => {
    await Promise.all(
      Array.from({ length: 50 }, () =>
        tracing.tracer.withSpan('caller', { parent: null }, async (caller: Span) => {
          const answer = await (await fetch(`${downstream.origin}/redirect/x`)).text();
          expect(readTraceparent(answer)).toMatchObject({ traceId: caller.traceId });
          expect(activeSpan()).toBe(caller);
        }),
      ),
    );
    const calls = await tracing.calls(150);
    expect(calls.filter(({ attributes }) => attributes['http.request.resend_count'] === 2)).toHaveLength(50);
  });

  test('that sends no request has no span', async () => {
    await tracing.inCaller(async () => {
      await (await fetch('data:text/plain,hello')).text();
      await expect(fetch('http://127.0.0.1:9/')).rejects.toThrow(); // a port that fetch refuses
    });
    expect(await tracing.calls(0)).toEqual([]);
  });

  test('with the Headers of the application leaves them alone', async () => {
    const headers = new Headers({ 'x-own': '1' });
    await tracing.inCaller(async () => (await fetch(`${downstream.origin}/ok`, { headers })).text());
    expect([...headers]).toEqual([['x-own', '1']]);
    expect(downstream.received[0]?.count('traceparent')).toBe(1);
  });
}

export function describeWebSocket(Socket: typeof globalThis.WebSocket): void {
  test('has a span that ends when the connection is open', async () => {
    const server = createServer();
    const sockets = new Set<Duplex>();
    server.on('upgrade', (request, socket) => {
      sockets.add(socket);
      // RFC 6455, section 4.2.2
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      const lines = [
        '101 Switching Protocols',
        'connection: upgrade',
        'upgrade: websocket',
        `sec-websocket-accept: ${accept}`,
      ];
      socket.write(`HTTP/1.1 ${lines.join('\r\n')}\r\n\r\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tracing = startTracing();
    await tracing.inCaller(async () => {
      const { port } = server.address() as AddressInfo; // it listens on a port
      const socket = new Socket(`ws://127.0.0.1:${port}/`);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
    });
    // Copies of undici from before September 2026 do not publish the answer.
    expect((await tracing.calls(1)).map(describeCall)).toEqual([expect.stringMatching(/^GET (101|unanswered) unset$/)]);
    tracing.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
}
