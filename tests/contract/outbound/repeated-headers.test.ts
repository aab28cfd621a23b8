// superagent follows a redirect with the headers of Node's request, which include ours.
import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { activeSpan, getBaggage, inject, withBaggage } from '@waymark/core';
import { createHttpTracing } from '@waymark/core/http';
import superagent from 'superagent';
import { startTracing, type Tracing } from './tracing.ts';

let tracing: Tracing;
let origin: string;
let server: http.Server;
const received: IncomingHttpHeaders[] = [];

beforeEach(async () => {
  received.length = 0;
  server = http.createServer((request, response) => {
    received.push(request.headers);
    const { port } = server.address() as AddressInfo; // it listens on a port
    if (request.url === '/moved') response.writeHead(302, { location: `http://localhost:${port}/here` }).end();
    else if (request.url === '/signed') response.writeHead(302, { location: '/here?sv=2024&sig=abc' }).end();
    else response.end('here');
  });
  server.listen(0); // both families: localhost may be either
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  tracing = startTracing({ propagators: ['tracecontext', 'baggage', 'b3'] });
});

afterEach(async () => {
  tracing.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('each hop of a redirect by superagent sends its span', async () => {
  const { spanId } = await tracing.inCaller(async (caller) => {
    await superagent.get(`${origin}/moved`);
    return caller;
  });
  const [first, second] = await tracing.calls(2);
  expect([first, second]).toMatchObject([{ parentSpanId: spanId }, { parentSpanId: spanId }]);
  expect(received.map(({ traceparent }) => String(traceparent).split('-')[2])).toEqual([first?.spanId, second?.spanId]);
  expect(received.map(({ b3 }) => String(b3).split('-')[1])).toEqual([first?.spanId, second?.spanId]);
});

test('a redirect carries no baggage of ours to a host that does not get baggage', async () => {
  const { tracer } = tracing;
  createHttpTracing({ tracer, propagateTo: ['127.0.0.1'] });
  await tracing.inCaller(() => withBaggage({ user: '7' }, async () => superagent.get(`${origin}/moved`)));
  expect(received[0]).toMatchObject({ baggage: 'user=7' });
  for (const name of ['traceparent', 'b3', 'baggage']) expect(received[1]).not.toHaveProperty(name);
});

test('a redirect to a signed URL carries no header of ours', async () => {
  await tracing.inCaller(() => withBaggage({ user: '7' }, async () => superagent.get(`${origin}/signed`)));
  expect(received[0]).toMatchObject({ baggage: 'user=7' });
  for (const name of ['traceparent', 'b3', 'baggage']) expect(received[1]).not.toHaveProperty(name);
});

test('a redirect keeps the baggage that the application wrote itself', async () => {
  await tracing.inCaller(() =>
    withBaggage({ user: '7' }, async () => superagent.get(`${origin}/moved`).set('baggage', 'mine=1')),
  );
  expect(received.map(({ baggage }) => baggage)).toEqual(['mine=1', 'mine=1']);
});

test('what the application writes with inject() stays', async () => {
  const injected: { traceparent?: string } = {};
  await tracing.inCaller(async () => {
    inject(injected);
    expect(injected.traceparent).toContain(activeSpan()?.spanId);
    await (await fetch(`${origin}/here`, { headers: injected as Record<string, string> })).text();
  });
  expect(received[0]?.traceparent).toBe(injected.traceparent);
});

test('the same baggage, written by the application in another call, stays', async () => {
  const call = async (headers: Record<string, string> = {}): Promise<string> =>
    (await fetch(`${origin}/here`, { headers })).text();
  await tracing.inCaller(() => withBaggage({ user: '7' }, () => call()));
  await tracing.inCaller(async () => {
    expect(getBaggage('user')).toBeUndefined();
    await call({ baggage: 'user=7' });
  });
  expect(received.map(({ baggage }) => baggage)).toEqual(['user=7', 'user=7']);
});
