// Wrong requests, and requests that are too large.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { type Collector, startCollector } from 'waymark';
import { describeOnLinux } from '../on-platform.ts';
import { type RawAnswer, rawRequest } from './raw-request.ts';

const now = Date.now();
const span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'GET /',
  startTimeUnixNano: `${now}000000`,
  endTimeUnixNano: `${now}000001`,
};
const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
const body = JSON.stringify(request);
const json = { 'content-type': 'application/json' };
const protobuf = { 'content-type': 'application/x-protobuf' };

/** Node 20 cannot compress with Zstandard: this frame has the content in one raw block. */
function zstdFrame(content: string): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58), header, Buffer.from(content)]);
}

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ port: 0 });
});
afterAll(() => collector.close());

function send(headers: Record<string, string>, content: string | Uint8Array, path = '/v1/traces'): Promise<RawAnswer> {
  return rawRequest(collector.url + path, { method: 'POST', headers, body: content });
}

async function refusals(): Promise<object[]> {
  return JSON.parse((await rawRequest(`${collector.url}/waymark/status`)).text).refusals;
}

describe('a response', () => {
  test.each([
    ['JSON', json, body, 'application/json', '{}'],
    ['JSON with a charset', { 'content-type': 'Application/JSON; charset=utf-8' }, body, 'application/json', '{}'],
    ['protobuf', protobuf, '', 'application/x-protobuf', ''],
  ])('to %s has the same encoding', async (_, headers, content, type, text) => {
    const answer = await send(headers, content);
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, type, text]);
  });

  test.each([
    ['gzip', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['zlib', deflateSync(body)],
    // A frame with one raw block.
    ['zstd', zstdFrame(body)],
    ['identity', body],
  ])('to %s is the same as to the plain body', async (encoding, content) => {
    expect(await send({ ...json, 'content-encoding': encoding }, content)).toMatchObject({ status: 200, text: '{}' });
  });

  test('reports which spans were rejected, and why; the others are kept', async () => {
    const rejected = { resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, spanId: '' }, span] }] }] };
    const message = 'spanId must be 16 hex digits, not all 0, got "" (1)';
    expect(JSON.parse((await send(json, JSON.stringify(rejected))).text)).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: message },
    });
    // An empty span of two bytes, as protobuf. Field 1 of the response has 1: 1 and 2: the message.
    const answer = await send(protobuf, Uint8Array.of(10, 4, 18, 2, 18, 0));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('\n8\b\u0001\u00124traceId must be 32 hex digits, not all 0, got "" (1)');
  });

  test("to Zipkin's other formats is the same", async () => {
    const old = [{ traceId: 'b3ce929d0e0e4736', id: '00f067aa0ba902b7', timestamp: now * 1000, binaryAnnotations: [] }];
    expect(await send(json, JSON.stringify(old), '/api/v1/spans')).toMatchObject({ status: 202, text: '' });
    // trace_id, id and timestamp of one span
    const time = Buffer.alloc(8);
    time.writeBigUInt64LE(BigInt(now) * 1000n);
    const id = Buffer.from('c3ce929d0e0e4736', 'hex');
    const span = Buffer.concat([Buffer.of(10, 8), id, Buffer.of(26, 8), id, Buffer.of(49), time]);
    const list = Buffer.concat([Buffer.of(10, span.length), span]);
    for (const type of ['application/x-protobuf', 'application/protobuf']) {
      const answer = await send({ 'content-type': type }, list, '/api/v2/spans');
      expect(answer).toMatchObject({ status: 202, text: '' });
    }
    for (const traceId of ['b3ce929d0e0e4736', 'c3ce929d0e0e4736']) {
      expect((await rawRequest(`${collector.url}/api/v2/trace/${traceId}`)).status).toBe(200);
    }
  });

  test('to Zipkin is 202 and empty', async () => {
    const zipkin = [{ traceId: 'a3ce929d0e0e4736', id: '00f067aa0ba902b7', timestamp: now * 1000 }];
    for (const headers of [json, {}]) {
      const answer = await send(headers as Record<string, string>, JSON.stringify(zipkin), '/api/v2/spans');
      expect([answer.status, answer.text]).toEqual([202, '']);
    }
  });
});

describe('the collector refuses, with a reason,', () => {
  test.each([
    ['no JSON', json, 'hello', 400, 'The body is not OTLP JSON: '],
    ['JSON of another form', json, '[]', 400, 'the body must be an object, got a list'],
    ['an empty body of JSON', json, '', 400, 'The body is not OTLP JSON: Unexpected end of JSON input'],
    ['another type', { 'content-type': 'text/plain' }, body, 415, 'Content-Type must be application/x-protobuf or'],
    ['no type', {}, body, 415, 'application/json, got none.'],
    [
      'another encoding',
      { ...json, 'content-encoding': 'compress' },
      body,
      415,
      'Content-Encoding must be gzip, deflate, br, zstd or identity, got compress.',
    ],
    [
      'zstd in another format',
      { ...json, 'content-encoding': 'zstd' },
      body,
      400,
      'The body is not zstd, as its Content-Encoding says: unknown frame descriptor',
    ],
    [
      'a body that is not compressed as its header says',
      { ...json, 'content-encoding': 'gzip' },
      body,
      400,
      'The body is not gzip, as its',
    ],
  ])('%s', async (_, headers, content, status, message) => {
    const answer = await send(headers as Record<string, string>, content);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.text)).toEqual({ code: 3, message: expect.stringContaining(message) });
  });

  test.each(['snappy', 'x-snappy-framed', 'lz4'])('%s, and says what to set', async (encoding) => {
    const answer = await send({ ...json, 'content-encoding': encoding }, body);
    expect([answer.status, JSON.parse(answer.text).message]).toEqual([
      415,
      `Content-Encoding must be gzip, deflate, br, zstd or identity, got ${encoding}. Set the compression of your sender to gzip or zstd.`,
    ]);
  });

  test('a body that is not protobuf, in protobuf', async () => {
    const answer = await send(protobuf, 'hello');
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/x-protobuf' } });
    // Field 1: the code, 3; field 2: the message.
    expect(answer.text.startsWith('\b\u0003\u0012')).toBe(true);
    expect(answer.text.slice(4)).toMatch(/^The body is not OTLP protobuf: at byte \d+ of 5: /);
  });

  test('thrift, and says what to do', async () => {
    const answer = await send({ 'content-type': 'application/x-thrift' }, 'x', '/api/v2/spans');
    expect([answer.status, answer.text]).toEqual([
      415,
      'Content-Type must be application/json or application/x-protobuf, got application/x-thrift. Set your sender to JSON or protobuf, version 2.\n',
    ]);
    const old = await send({ 'content-type': 'application/x-thrift' }, 'x', '/api/v1/spans');
    expect([old.status, old.text]).toEqual([
      415,
      'Content-Type must be application/json, got application/x-thrift. Set your sender to JSON or protobuf, version 2.\n',
    ]);
    const misplaced = await send(protobuf, 'x', '/api/v1/spans');
    expect(misplaced.text).toMatch(/ Send protobuf to \/api\/v2\/spans\.\n$/);
  });

  test('another method', async () => {
    expect((await rawRequest(collector.otlpUrl, { method: 'PUT', headers: json, body })).status).toBe(404);
  });

  test("gRPC's first bytes, and says what to set", async () => {
    const socket = connect(collector.port, '127.0.0.1');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('Send OTLP by http/protobuf or http/json: grpc is not supported.');
    expect((await refusals())[0]).toMatchObject({
      path: 'a connection',
      status: 400,
      message: expect.stringMatching('grpc'),
    });
  });

  test('TLS, and says what the URL must be', async () => {
    await expect(fetch(collector.otlpUrl.replace('http:', 'https:'))).rejects.toThrow();
    expect((await refusals())[0]).toMatchObject({ path: 'a connection', message: expect.stringMatching('http://') });
  });

  test.each([
    ['/', json, body],
    ['/v1/traces/v1/traces', protobuf, 'x'],
    ['/v1/trace', json, `${' '.repeat(2_000_000)}no JSON`],
  ])('the wrong path %s, and names the right one', async (path, headers, content) => {
    const message = `There is no route POST ${path}. Send spans to /v1/traces (OTLP) or /api/v2/spans (Zipkin).`;
    const answer = await send(headers, content, path);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([404, { status: 404, message }]);
    expect((await refusals())[0]).toMatchObject({ path, status: 404, message });
  });

  test.each(['metrics', 'logs'])('%s, and says how to turn them off', async (signal) => {
    const before = await refusals();
    const answer = await send(protobuf, 'x', `/v1/${signal}`);
    expect([answer.status, answer.text]).toEqual([
      404,
      expect.stringContaining(
        `This collector stores traces only: set OTEL_${signal.toUpperCase()}_EXPORTER=none in the application.`,
      ),
    ]);
    expect(await refusals()).toEqual(before);
  });

  test.each([
    ['a body that is too large', '/v1/traces', 'application/json', 413],
    ['a body of another type', '/v1/traces', 'text/plain', 415],
    ['a body at a wrong path', '/v1/spans', 'application/json', 404],
    ['an import', '/waymark/import', 'application/json', 413],
  ])('%s once it has been sent completely, so that the sender reads the response', async (_, path, type, status) => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const pieces = 140; // more than any route accepts
    const socket = connect(collector.port, '127.0.0.1');
    let sent = 0;
    const answered = new Promise<{ text: string; sentBefore: number }>((resolve, reject) => {
      socket.once('data', (text: Buffer) => resolve({ text: String(text), sentBefore: sent }));
      socket.on('error', reject);
    });
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: localhost:${collector.port}`,
      'Connection: close',
      `Content-Type: ${type}`,
      `Content-Length: ${pieces * piece.length}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const sending = (async () => {
      for (; sent < pieces; sent++) await new Promise((resolve) => socket.write(piece, resolve));
    })();
    const { text, sentBefore } = await answered;
    expect(text).toMatch(`HTTP/1.1 ${status}`);
    // The last piece may be read before its sender learns that the system has taken it.
    expect(sentBefore).toBeGreaterThanOrEqual(pieces - 1);
    await sending;
  });

  test('and lists refusals in /waymark/status, the newest first', async () => {
    await send(json, 'hello');
    await send({ 'content-type': 'text/plain' }, body);
    expect((await refusals()).slice(0, 2)).toMatchObject([
      { path: '/v1/traces', status: 415 },
      { path: '/v1/traces', status: 400 },
    ]);
  });
});

// In a separate process, to measure its memory.
describeOnLinux('/proc, to measure memory')('a flood', () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    child = spawn(
      process.execPath,
      ['-r', 'esbuild-register', '--conditions=@waymark/source', join(__dirname, 'serve.ts')],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    url = await new Promise((resolve) => child.stdout?.once('data', (line: Buffer) => resolve(String(line).trim())));
  });
  afterAll(() => child.kill());

  /** The peak memory of the process, in MiB. */
  function peakMiB(): number {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async function sendStream(headers: Record<string, string>, chunks: number, chunk: Uint8Array): Promise<number> {
    let left = chunks;
    const stream = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk);
        else controller.close();
      },
    });
    const init = { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit; // missing in the types
    const response = await fetch(`${url}/v1/traces`, init);
    await response.text();
    return response.status;
  }

  const mebibyte = new Uint8Array(1024 * 1024).fill(0x20);

  test.each([
    [
      'of 100 MB with a Content-Length',
      () => rawRequest(`${url}/v1/traces`, { method: 'POST', headers: json, body: Buffer.alloc(100e6, ' ') }),
    ],
    ['of 100 MB in chunks', async () => ({ status: await sendStream(json, 100, mebibyte) })],
    [
      'of 1 GB, compressed to 1 MB',
      () =>
        rawRequest(`${url}/v1/traces`, {
          method: 'POST',
          headers: { ...json, 'content-encoding': 'gzip' },
          body: bomb(),
        }),
    ],
    [
      'of 21 MiB of gzip',
      async () => ({ status: await sendStream({ ...json, 'content-encoding': 'gzip' }, 21, mebibyte) }),
    ],
    [
      'of millions of empty lists',
      () =>
        rawRequest(`${url}/v1/traces`, {
          method: 'POST',
          headers: json,
          body: `{"resourceSpans":[${'[],'.repeat(15e6)}[]]}`,
        }),
    ],
  ])(
    '%s is refused as too large',
    async (_, sendIt) => {
      expect(await sendIt()).toMatchObject({ status: 413 });
    },
    30_000,
  );

  test('of many large bodies at once gets a response to each, in bounded memory', async () => {
    const spaces = `${' '.repeat(40e6)}${body}`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rawRequest(`${url}/v1/traces`, { method: 'POST', headers: json, body: spaces })),
    );
    const told = answers.map(({ status, headers }) => `${status} ${headers['retry-after']}`);
    // The number of retries depends on the speed of the machine.
    expect(told.filter((one) => one !== '200 undefined' && one !== '503 1')).toEqual([]);
    expect(peakMiB()).toBeLessThan(1200); // 700 measured: one body being read, others waiting, and Node itself
    const answer = await rawRequest(`${url}/v1/traces`, { method: 'POST', headers: json, body });
    expect(answer.status).toBe(200);
  }, 30_000);

  test('of bytes that are not requests does no harm', async () => {
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        socket.on('error', () => {});
        socket.end(`\0${index}GET / HTTP/1.1\r\nHost\r\n\r\n`);
        return new Promise((resolve) => socket.on('close', resolve).resume());
      }),
    );
    expect((await rawRequest(`${url}/waymark/status`)).status).toBe(200);
    expect(child.exitCode).toBeNull();
  });
});

/** A gigabyte of spaces: a gzip may have several members. */
function bomb(): Uint8Array {
  const member = gzipSync(Buffer.alloc(4 * 1024 * 1024, ' '));
  return Buffer.concat(Array.from({ length: 256 }, () => member));
}
