// node:http2 as a client. What it has in common with the other clients is in the same files of the product.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2, { type ClientHttp2Session, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici7';
import { readTraceparent, startTracing, type Tracing } from './tracing.ts';

let server: Http2Server;
let origin: string;
let port: number;
let tracing: Tracing;
let session: ClientHttp2Session;
let received: (string | undefined)[];

beforeEach(async () => {
  received = [];
  tracing = startTracing();
  server = http2.createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {}); // of a request that is reset
    received.push(headers.traceparent as string | undefined);
    const path = String(headers[':path']);
    if (path.startsWith('/never')) return;
    if (path.startsWith('/reset')) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    stream.respond({ ':status': path.startsWith('/fail') ? 500 : 200 });
    stream.end('answer');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  origin = `http://127.0.0.1:${port}`;
  session = http2.connect(origin);
});

afterEach(async () => {
  tracing.stop();
  session.destroy();
  server.close();
  await once(server, 'close');
});

async function get(path: string, headers: object = {}): Promise<string> {
  const stream = session.request({ ':path': path, ...headers });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a request has the span and the header that those of node:http have', async () => {
  const caller = await tracing.inCaller(async (span) => {
    expect(await get('/ok?sig=s3cret')).toBe('answer');
    return span;
  });
  const [span] = await tracing.calls(1);
  expect(span).toMatchObject({
    name: 'GET',
    kind: 'client',
    status: { code: 'unset' },
    traceId: caller.traceId,
    parentSpanId: caller.spanId,
  });
  expect({ ...span?.attributes }).toEqual({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'network.peer.address': '127.0.0.1',
    'network.peer.port': port,
    'network.protocol.version': '2',
    'server.address': '127.0.0.1',
    'server.port': port,
    'url.full': `${origin}/ok?sig=REDACTED`,
  });
  expect(readTraceparent(received[0])).toMatchObject({ spanId: span?.spanId });
});

test('the headers of the application stay as they are', async () => {
  const headers = Object.freeze({ ':method': 'POST', ':path': '/ok', 'x-tenant': 'acme' });
  await tracing.inCaller(async () => {
    const stream = session.request(headers);
    stream.end('body');
    stream.resume();
    await once(stream, 'close');
  });
  expect(Object.keys(headers)).toEqual([':method', ':path', 'x-tenant']);
  expect((await tracing.calls(1))[0]?.name).toBe('POST');
  expect(received[0]).toBeDefined();
});

test('a request without headers is sent as before', async () => {
  await tracing.inCaller(async () => {
    const stream = session.request();
    stream.resume();
    await once(stream, 'close');
  });
  expect((await tracing.calls(1))[0]?.attributes['url.full']).toBe(`${origin}/`);
});

test('a traceparent of the application is kept', async () => {
  const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await tracing.inCaller(() => get('/ok', { TraceParent: own }));
  await tracing.calls(1);
  expect(received).toEqual([own]);
});

test('an answer of 500 is an error', async () => {
  await tracing.inCaller(() => get('/fail'));
  expect((await tracing.calls(1))[0]).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': '500' } });
});

test('a stream that the server resets is an error, and is still reported to the application', async () => {
  await tracing.inCaller(() => expect(get('/reset')).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR/));
  expect((await tracing.calls(1))[0]).toMatchObject({
    status: { code: 'error' },
    attributes: { 'error.type': 'ERR_HTTP2_STREAM_ERROR' },
  });
});

test('a request that the application cancels is no error', async () => {
  await tracing.inCaller(async () => {
    const stream = session.request({ ':path': '/never' });
    await once(stream, 'ready');
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
  });
  expect((await tracing.calls(1))[0]).toMatchObject({ status: { code: 'unset' }, events: [{ name: 'cancelled' }] });
});

test('a server that is not there', async () => {
  const lost = http2.connect('http://127.0.0.1:1');
  lost.on('error', () => {});
  await tracing.inCaller(async () => {
    const stream = lost.request({ ':path': '/' });
    await once(stream, 'error');
  });
  expect((await tracing.calls(1))[0]).toMatchObject({
    status: { code: 'error' },
    attributes: { 'error.type': 'ECONNREFUSED' },
  });
});

test('a request on a session that is closed fails as before', async () => {
  session.destroy();
  // It throws, or from Node 24 on its stream has the error.
  const request = async () => once(session.request({ ':path': '/' }), 'close');
  await tracing.inCaller(async () => expect(request()).rejects.toThrow(/session has been destroyed/));
  expect((await tracing.calls(1))[0]?.status.code).toBe('error');
});

test('50 requests at once on one connection have the right parents', async () => {
  const callers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      tracing.inCaller(async (span) => {
        await get(`/ok?n=${index}`);
        return span.spanId;
      }),
    ),
  );
  const spans = await tracing.calls(50);
  for (const { parentSpanId, attributes } of spans) {
    const index = Number(/n=(\d+)/.exec(String(attributes['url.full']))?.[1]);
    expect(parentSpanId).toBe(callers[index]);
  }
});

test('HTTP/2 of undici has one span for a request', async () => {
  const dispatcher = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });
  const pem = readFileSync(join(__dirname, 'fixtures', 'localhost.pem'));
  const secure = http2.createSecureServer({ key: pem, cert: pem }, (_, response) => {
    response.end(response.req.httpVersion);
  });
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const url = `https://localhost:${(secure.address() as AddressInfo).port}/`;
  await tracing.inCaller(async () => {
    const { body } = await request(url, { dispatcher });
    expect(await body.text()).toBe('2.0');
  });
  expect((await tracing.calls(1))[0]?.attributes['url.full']).toBe(url);
  await dispatcher.destroy();
  secure.close();
});
