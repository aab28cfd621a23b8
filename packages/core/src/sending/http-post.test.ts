import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { accept, type Respond, startTestServer } from '../../test/test-server.ts';
import { otlpWords } from '../otlp/receiver-words.ts';
import { createHttpPost, type HttpPost, type HttpPostOptions, type PostResult } from './http-post.ts';

const body = ['sp', 'a', 'ns'].map((part) => Buffer.from(part));
const accepted = expect.objectContaining({ isAccepted: true });
const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => readFileSync(join(__dirname, '../../test/tls', name)));

function makePost(url: string, options: Partial<HttpPostOptions> = {}): HttpPost {
  return createHttpPost({
    url,
    headers: {},
    contentType: 'application/x-protobuf',
    compression: 'none',
    userAgent: 'OTel-OTLP-Exporter-Waymark/1.2.3',
    timeoutMs: 5000,
    words: otlpWords,
    readErrorMessage: (answer) => answer.body.toString() || undefined,
    ...options,
  });
}

/** Posts once, to a server with the given answer. */
async function postTo(respond: Respond, options: Partial<HttpPostOptions> = {}) {
  await using server = await startTestServer(respond);
  const startMs = performance.now();
  const result = await makePost(server.url, options).post(body);
  return {
    result,
    requests: server.requests,
    origin: new URL(server.url).origin,
    tookMs: performance.now() - startMs,
  };
}

describe('a request', () => {
  test('is a POST with its length, type and agent', async () => {
    const { result, requests } = await postTo(accept);
    expect(result).toEqual(accepted);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/traces',
      body: Buffer.concat(body),
      headers: {
        'content-length': '5',
        'content-type': 'application/x-protobuf',
        'user-agent': 'OTel-OTLP-Exporter-Waymark/1.2.3',
      },
    });
    expect(requests[0]?.headers).not.toHaveProperty('transfer-encoding');
    expect(requests[0]?.headers).not.toHaveProperty('content-encoding');
  });

  test('is compressed with compression: gzip', async () => {
    const { requests } = await postTo(accept, { compression: 'gzip' });
    expect(requests[0]?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(requests[0]?.body.length),
    });
    expect(gunzipSync(requests[0]?.body ?? '')).toEqual(Buffer.concat(body));
  });

  test('has the given headers, except those that describe the body', async () => {
    const headers = {
      authorization: 'Bearer t',
      'content-type': 'text/html',
      'content-length': '1',
      'user-agent': 'app/1',
    };
    const { requests } = await postTo(accept, { headers });
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'content-type': 'application/x-protobuf',
      'content-length': '5',
      'user-agent': 'app/1 OTel-OTLP-Exporter-Waymark/1.2.3',
    });
  });

  test('reuses one connection for several bodies', async () => {
    await using server = await startTestServer();
    const { post } = makePost(server.url);
    for (let count = 0; count < 3; count++) await post(body);
    expect(new Set(server.requests.map(({ socket }) => socket)).size).toBe(1);
  });

  test('reads user and password from the address, and does not show them', async () => {
    await using server = await startTestServer((response) => response.writeHead(400).end());
    const url = server.url.replace('http://', 'http://me:secret@');
    const result = await makePost(`${url}?token=hidden`).post(body);
    expect(server.requests[0]).toMatchObject({
      path: '/v1/traces?token=hidden',
      headers: { authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` },
    });
    expect(JSON.stringify(result)).not.toMatch(/secret|hidden/);
  });
});

describe('may be sent again', () => {
  test.each([429, 502, 503, 504])('after status %i', async (status) => {
    const { result, requests, origin } = await postTo((response) => response.writeHead(status).end('busy'));
    expect(result).toEqual({
      isAccepted: false,
      reason: `http-${status}`,
      message: `${origin}: HTTP ${status}: busy`,
      retry: { why: 'busy' },
    });
    expect(requests).toHaveLength(1);
  });

  test.each([
    [204, true],
    [301, false],
    [307, false],
    [400, false],
    [401, false],
    [404, false],
    [408, false],
    [413, false],
    [500, false],
    [501, false],
    [505, false],
  ])('not after status %i', async (status, isAccepted) => {
    const { result, requests } = await postTo((response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(),
    );
    expect(result.isAccepted).toBe(isAccepted);
    if (!result.isAccepted) expect(result).toMatchObject({ reason: `http-${status}` });
    expect(result).not.toHaveProperty('retry');
    expect(requests).toHaveLength(1);
  });

  test.each<[string, Respond]>([
    ['is cut before the answer', (response) => response.destroy()],
    [
      'is cut in the middle of the answer',
      (response) => response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy()),
    ],
  ])('after a connection that %s', async (_title, fail) => {
    const { result, requests } = await postTo(fail);
    expect(result).toMatchObject({ isAccepted: false, reason: 'connection-failed', retry: { why: 'cut' } });
    expect(requests).toHaveLength(1);
  });

  test('where nothing listens', async () => {
    const { url } = await withoutListener();
    const result = await makePost(url).post(body);
    expect(result).toMatchObject({ isAccepted: false, reason: 'connection-failed', retry: { why: 'unreachable' } });
    expect(messageOf(result)).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED 127\.0\.0\.1:\d+ \(nothing listens there: .*\)$/,
    );
  });

  test('where the name is unknown', async () => {
    const result = await makePost('http://collector.invalid:4318/v1/traces').post(body);
    expect(result).toMatchObject({ isAccepted: false, reason: 'connection-failed' });
    expect(result).toHaveProperty('retry');
    expect(messageOf(result)).toMatch(/collector\.invalid.*the host name cannot be resolved/);
  });

  test('and is sent again at once, after a reused connection was closed at the same moment', async () => {
    await using server = await startTestServer((response, { socket }, index) => {
      if (index === 1) socket.destroy();
      else response.end();
    });
    const { post } = makePost(server.url);
    await post(body);
    expect(await post(body)).toEqual(accepted);
    expect(server.requests).toHaveLength(3);
  });

  test('after it was aborted', async () => {
    await using server = await startTestServer(() => abort());
    const { post, abort } = makePost(server.url);
    expect(await post(body)).toMatchObject({ isAccepted: false, retry: { why: 'cut' } });
    expect(server.requests).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  test.each<[string, () => string, number]>([
    ['seconds', () => '7', 7000],
    // A date has whole seconds: between six and seven from now.
    ['a date', () => new Date(Date.now() + 7000).toUTCString(), 6500],
    ['the past', () => 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['0', () => '0', 0],
    ['less', () => '-1', 0],
  ])('in %s is read', async (_form, retryAfter, aboutMs) => {
    const { result } = await postTo((response) => response.writeHead(429, { 'retry-after': retryAfter() }).end());
    const afterMs = result.isAccepted ? undefined : result.retry?.afterMs;
    expect(Math.abs((afterMs ?? Number.NaN) - aboutMs)).toBeLessThanOrEqual(1000);
  });

  test.each([-3_600_000, 3_600_000])(
    'as a date is measured by the clock of the receiver, which is %i ms off',
    async (offMs) => {
      const theirNow = Date.now() + offMs;
      const { result } = await postTo((response) => {
        const retryAfter = new Date(theirNow + 7000).toUTCString();
        response.writeHead(429, { date: new Date(theirNow).toUTCString(), 'retry-after': retryAfter }).end();
      });
      expect(result).toHaveProperty('retry', { why: 'busy', afterMs: 7000 });
    },
  );

  test.each(['soon', ''])('of %j is ignored', async (retryAfter) => {
    const { result } = await postTo((response) => response.writeHead(503, { 'retry-after': retryAfter }).end());
    expect(result).toHaveProperty('retry', { why: 'busy' });
  });
});

describe('the deadline', () => {
  const timeoutMs = 500;

  test.each<[string, Respond]>([
    ['never comes', () => {}],
    ['never ends', (response) => response.writeHead(200).write('a')],
    [
      'trickles',
      (response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('a'), 10);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('ends a request whose answer %s, and its connection', async (_title, respond) => {
    const closed: Promise<unknown>[] = [];
    await using server = await startTestServer((response, request, index) => {
      closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
      respond(response, request, index);
    });
    const startMs = performance.now();
    const result = await makePost(server.url, { timeoutMs }).post(body);
    const tookMs = performance.now() - startMs;
    expect(result).toMatchObject({ isAccepted: false, reason: 'timeout', retry: { why: 'timeout' } });
    expect(messageOf(result)).toMatch(/: no answer within 500 ms$/);
    expect(tookMs).toBeGreaterThan(timeoutMs - 5);
    expect(tookMs).toBeLessThan(timeoutMs + 1000);
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
  });
});

describe('an answer', () => {
  const limit = 4 * 1024 * 1024;

  test('is read up to 4 MiB', async () => {
    const contentType = 'application/x-protobuf';
    const { result } = await postTo((response) =>
      response.setHeader('content-type', contentType).end(Buffer.alloc(limit)),
    );
    expect(result).toMatchObject({ isAccepted: true });
    const { result: over, requests } = await postTo((response) => response.end(Buffer.alloc(limit + 1)));
    expect(over).toMatchObject({ isAccepted: false, reason: 'response-too-large' });
    expect(requests).toHaveLength(1);
  });

  test('may come before a large body is sent, and the rest of the body is not sent', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await rawServer((socket) => {
      closed.push(new Promise((resolve) => socket.once('close', resolve)));
      socket.once('data', () => {
        socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n');
        socket.resume();
      });
    });
    const result = await makePost(server.url).post([Buffer.alloc(50 * 1024 * 1024)]);
    expect(result).toMatchObject({ isAccepted: false, reason: 'http-413' });
    expect(messageOf(result)).toMatch(/OTEL_BSP_MAX_EXPORT_BATCH_SIZE/);
    await Promise.all(closed);
  });

  test('that is not HTTP is not retried', async () => {
    await using server = await rawServer((socket) => {
      // The first bytes of a gRPC server.
      socket.write(Buffer.from('00000c04000000000000053fffff', 'hex'));
    });
    const result = await makePost(server.url).post(body);
    expect(result).toMatchObject({ isAccepted: false, reason: 'bad-response' });
    expect(messageOf(result)).toMatch(/gRPC/);
  });

  test('may come after a hundred interim ones, and no more', async () => {
    const interim = 'HTTP/1.1 102 Processing\r\n\r\n';
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    for (const count of [100, 101]) {
      await using server = await rawServer((socket) => {
        socket.once('data', () => socket.write(interim.repeat(count) + answer));
      });
      const result = await makePost(server.url).post(body);
      expect(result.isAccepted).toBe(count === 100);
      if (!result.isAccepted) expect(result).toMatchObject({ reason: 'bad-response' });
    }
  });

  test.each(['Bearer hunter2', 'hunter2'])('does not repeat secrets of the request: %s', async (secret) => {
    const { result } = await postTo((response) => response.writeHead(401).end(`bad token: ${secret}`), {
      headers: { authorization: 'Bearer hunter2' },
    });
    expect(messageOf(result)).toMatch(/: HTTP 401: bad token: REDACTED \(.*OTEL_EXPORTER_OTLP_HEADERS\)$/);
  });

  test('is shortened if it is long', async () => {
    const { result } = await postTo((response) => response.writeHead(500).end('x'.repeat(10_000)));
    expect(messageOf(result).length).toBeLessThan(400);
  });
});

describe('TLS', () => {
  test('trusts the certificate given', async () => {
    await using server = await startTestServer(accept, { key, cert });
    const tls = { ca: cert, key: undefined, cert: undefined };
    expect(await makePost(server.url, { tls }).post(body)).toEqual(accepted);
  });

  test('shows the client’s certificate', async () => {
    await using server = await startTestServer(accept, {
      key,
      cert,
      ca: cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    expect(await makePost(server.url, { tls: { ca: cert, key, cert } }).post(body)).toEqual(accepted);
    const without = makePost(server.url, { tls: { ca: cert, key: undefined, cert: undefined }, timeoutMs: 100 });
    expect(await without.post(body)).toMatchObject({ isAccepted: false });
  });

  test('sends nothing to a server without a trusted certificate, and recovers when the certificate is replaced', async () => {
    await using server = await startTestServer(accept, { key, cert });
    const result = await makePost(server.url).post(body);
    expect(result).toMatchObject({ isAccepted: false, reason: 'tls-failed' });
    expect(messageOf(result)).toMatch(/self-signed certificate.*OTEL_EXPORTER_OTLP_CERTIFICATE/);
    expect(result).toHaveProperty('retry');
    expect(server.requests).toEqual([]);
  });

  test('is reported if the receiver does not use it', async () => {
    await using server = await startTestServer();
    const result = await makePost(server.url.replace('http:', 'https:')).post(body);
    expect(result).toMatchObject({ isAccepted: false, reason: 'tls-failed' });
    expect(messageOf(result)).toMatch(/: write EPROTO wrong version number \(.* with http:\/\/\)$/);
  });

  test('that cannot be set up is reported, not thrown', async () => {
    const tls = { ca: 'no certificate', key: 'no key', cert: 'no certificate' };
    const result = await makePost('https://127.0.0.1:1/', { tls }).post(body);
    expect(result).toMatchObject({ isAccepted: false, reason: 'tls-failed' });
  });
});

test('closing closes idle connections', async () => {
  await using server = await startTestServer();
  const { post, close } = makePost(server.url);
  await post(body);
  const socket = server.requests[0]?.socket as Socket;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  close();
  await closed;
});

function messageOf(result: PostResult): string {
  return result.isAccepted ? '' : result.message;
}

async function rawServer(onConnection: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  return {
    url: await listen(server),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function withoutListener(): Promise<{ url: string }> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return { url };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`; // a listening TCP server has a port
}
