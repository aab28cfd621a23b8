// Each thing that can be wrong with a receiver, as a real server has it.
import { readFileSync } from 'node:fs';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { type Respond, startTestServer } from '../test/test-server.ts';
import { consoleExporter } from './console/console-exporter.ts';
import { createTracer } from './create-tracer.ts';
import type { ExporterHealth, SpanExporter } from './exporter.ts';
import type { TracerOptions } from './options.ts';
import { otlpExporter } from './otlp/otlp-exporter.ts';
import type { OtlpExporterOptions } from './otlp/otlp-options.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { startOtlpReceiver } from './testing/otlp-receiver.ts';
import { startZipkinReceiver } from './testing/zipkin-receiver.ts';
import type { Tracer } from './tracer.ts';
import { zipkinExporter } from './zipkin/zipkin-exporter.ts';

const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => readFileSync(join(__dirname, '../test/tls', name)));

function makeTracer(exporter: TracerOptions['exporter'], options: TracerOptions = {}): Tracer {
  return createTracer({ serviceName: 'orders', exporter, flushOnExit: false, env: {}, ...options });
}

async function checkOtlp(options: OtlpExporterOptions, timeoutMs?: number): Promise<ExporterHealth> {
  const { ok, exporters } = await makeTracer(otlpExporter({ env: {}, ...options })).healthCheck({ timeoutMs });
  const [health] = exporters;
  if (health === undefined) throw new Error('no exporter was asked');
  expect([ok, exporters.length]).toEqual([health.ok, 1]);
  return health;
}

/** What is found where a server answers so. */
async function checkAnswer(
  respond: Respond,
  options: OtlpExporterOptions = {},
): Promise<[message: string, remedy: unknown]> {
  await using server = await startTestServer(respond);
  const { message, remedy } = await checkOtlp({ url: server.url, ...options });
  return [message.replaceAll(new URL(server.url).host, 'HOST'), remedy];
}

/** Runs `check` against a server of any kind, at an address without protocol. */
async function atServer<Result>(
  server: Pick<Server, 'listen' | 'address' | 'close'>,
  check: (host: string) => Promise<Result>,
): Promise<Result> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await check(`127.0.0.1:${(server.address() as AddressInfo).port}`); // a TCP server that listens has one
  } finally {
    server.close();
  }
}

describe('a receiver that is well', () => {
  test('takes a span, which is in no statistics', async () => {
    await using receiver = await startOtlpReceiver();
    const tracer = makeTracer(otlpExporter({ url: receiver.url, env: {} }));
    const before = tracer.stats();
    const report = await tracer.healthCheck();
    expect(report).toEqual({
      ok: true,
      exporters: [
        {
          name: 'otlp',
          url: receiver.url,
          ok: true,
          message: 'the receiver accepted a span',
          durationMs: expect.any(Number),
          clockSkewMs: expect.any(Number),
        },
      ],
    });
    expect(receiver.spans).toMatchObject([
      { name: 'waymark health check', kind: 'internal', resource: { attributes: { 'service.name': 'orders' } } },
    ]);
    expect(tracer.stats()).toEqual(before);
  });

  test.each(['http/json', 'http/protobuf'] as const)('takes it as %s, compressed', async (protocol) => {
    await using receiver = await startOtlpReceiver();
    expect(await checkOtlp({ url: receiver.url, protocol, compression: 'gzip' })).toMatchObject({ ok: true });
    expect(receiver.spans).toHaveLength(1);
  });

  test('of Zipkin takes it in its format', async () => {
    await using receiver = await startZipkinReceiver();
    const report = await makeTracer(zipkinExporter({ url: receiver.url, env: {} })).healthCheck();
    expect(report).toMatchObject({ ok: true, exporters: [{ name: 'zipkin', url: receiver.url, ok: true }] });
    expect(receiver.spans).toMatchObject([{ name: 'waymark health check', localEndpoint: { serviceName: 'orders' } }]);
  });

  test('over TLS accepts it from a client that trusts it', async () => {
    await using server = await startTestServer(undefined, { key, cert });
    expect(await checkOtlp({ url: server.url, certificate: cert })).toMatchObject({ ok: true });
  });

  test('gets the headers, which are not shown', async () => {
    await using server = await startTestServer((response, { headers }) =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`no: ${headers.authorization}`),
    );
    const url = server.url.replace('http://', 'http://me:password@');
    const health = await checkOtlp({ url: `${url}?token=hidden`, headers: { authorization: 'Bearer sesame-open' } });
    expect(server.requests[0]).toMatchObject({ headers: { authorization: 'Bearer sesame-open' } });
    expect(health).toMatchObject({
      ok: false,
      url: server.url,
      message: expect.stringMatching(/ answered 400: no: .*REDACTED$/),
    });
    expect(JSON.stringify(health)).not.toMatch(/sesame|password|hidden/);
  });
});

describe('a door that is closed', () => {
  test('nobody listens', async () => {
    const host = await atServer(createServer(), async (address) => address);
    expect(await checkOtlp({ url: `http://${host}/v1/traces` })).toEqual({
      name: 'otlp',
      url: `http://${host}/v1/traces`,
      ok: false,
      message: `nothing listens at ${host}`,
      remedy:
        'Start a receiver there, or set OTEL_EXPORTER_OTLP_ENDPOINT to the address of one. In a container, localhost is the container itself.',
      durationMs: expect.any(Number),
    });
    const { exporters } = await makeTracer(
      zipkinExporter({ url: `http://${host}/api/v2/spans`, env: {} }),
    ).healthCheck();
    expect(exporters[0]?.remedy).toContain('OTEL_EXPORTER_ZIPKIN_ENDPOINT');
  });

  test('the name is unknown', async () => {
    expect(await checkOtlp({ url: 'http://collector.invalid:4318/v1/traces' })).toMatchObject({
      ok: false,
      message: 'the host name collector.invalid cannot be resolved',
    });
  });

  test.each(['http', 'https'])('a port for gRPC, asked by %s', async (protocol) => {
    const health = await atServer(createHttp2Server() as unknown as Server, (host) =>
      checkOtlp({ url: `${protocol}://${host}/v1/traces` }),
    );
    expect(health).toMatchObject({
      ok: false,
      message: expect.stringMatching(/speaks HTTP\/2 only: this is a port for gRPC$/),
      remedy: "Use the receiver's port for HTTP in OTEL_EXPORTER_OTLP_ENDPOINT; it is usually 4318.",
    });
  });

  test('a port for gRPC whose server hangs up before it says a word', async () => {
    const server = createServer((socket) => {
      // As servers in C and Go do that wait for the preface of HTTP/2.
      socket
        .on('error', () => {})
        .once('data', (bytes: Buffer) => {
          if (bytes.toString('latin1').startsWith('PRI * HTTP/2.0'))
            socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
          else socket.destroy();
        });
    });
    const { message } = await atServer(server, (host) => checkOtlp({ url: `http://${host}/v1/traces` }));
    expect(message).toMatch(/this is a port for gRPC$/);
  });

  test('a port for gRPC over TLS', async () => {
    const server = createTlsServer({ key, cert, ALPNProtocols: ['h2'] }, (socket) => {
      if (socket.alpnProtocol !== 'h2') socket.on('error', () => {}).destroy(); // as gRPC's servers in Go do
    });
    const { message } = await atServer(server, (host) =>
      checkOtlp({ url: `https://${host}/v1/traces`, certificate: cert }),
    );
    expect(message).toMatch(/this is a port for gRPC$/);
  });

  test.each<[string, Respond]>([
    [
      'that it does not know HTTP/1',
      (response) => response.writeHead(403).end('Missing ALPN Protocol, expected `h2` to be available.'),
    ],
    [
      'what is wrong with the request',
      (response) => response.writeHead(415).end('invalid gRPC request content-type "application/json"'),
    ],
    ['it in headers', (response) => response.writeHead(200, { 'grpc-status': '3' }).end()],
  ])('a port for gRPC whose server says %s', async (_, respond) => {
    expect((await checkAnswer(respond))[0]).toBe('HOST speaks HTTP/2 only: this is a port for gRPC');
  });

  test('TLS is expected', async () => {
    await using server = await startTestServer(undefined, { key, cert });
    expect(await checkOtlp({ url: server.url.replace('https', 'http') })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/expects TLS$/),
      remedy: 'Begin the address in OTEL_EXPORTER_OTLP_ENDPOINT with https:// in place of http://.',
    });
  });

  test.each(['The plain HTTP request was sent to HTTPS port', 'Client sent an HTTP request to an HTTPS server.'])(
    'TLS is expected, and the server says so: %s',
    async (text) => {
      expect(await checkAnswer((response) => response.writeHead(400).end(text))).toEqual([
        'HOST expects TLS',
        'Begin the address in OTEL_EXPORTER_OTLP_ENDPOINT with https:// in place of http://.',
      ]);
    },
  );

  test('TLS is not spoken', async () => {
    await using server = await startTestServer();
    expect(await checkOtlp({ url: server.url.replace('http', 'https') })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/does not use TLS$/),
      remedy: 'Begin the address in OTEL_EXPORTER_OTLP_ENDPOINT with http:// in place of https://.',
    });
  });

  test('TLS is not spoken where HTTP/1 and HTTP/2 share a port', async () => {
    // https://github.com/line/armeria, which Zipkin's server is built on, is such a one.
    const server = createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', (bytes: Buffer) => {
          const text = bytes.toString('latin1');
          if (text.startsWith('PRI * HTTP/2.0')) socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
          else socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n');
        });
    });
    const { message } = await atServer(server, (host) => checkOtlp({ url: `https://${host}/v1/traces` }));
    expect(message).toMatch(/does not use TLS$/);
  });

  test('the certificate is not trusted', async () => {
    await using server = await startTestServer(undefined, { key, cert });
    expect(await checkOtlp({ url: server.url })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^the certificate of .* is not trusted: /),
      remedy: "Give the authority's certificate in OTEL_EXPORTER_OTLP_CERTIFICATE.",
    });
  });

  test('something answers that is no HTTP', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('220 mail.example.com ESMTP\r\n'));
    const { message, remedy } = await atServer(server, (host) => checkOtlp({ url: `http://${host}/v1/traces` }));
    expect(message).toMatch(/answers, but not in HTTP: /);
    expect(remedy).toBe('Check the port in OTEL_EXPORTER_OTLP_ENDPOINT; it is usually 4318.');
  });

  test('nothing is ever answered', async () => {
    const health = await atServer(createServer(keepOpen), (host) => checkOtlp({ url: `http://${host}/v1/traces` }, 50));
    expect(health).toMatchObject({
      ok: false,
      message: expect.stringMatching(/accepts the connection, but did not answer within 50 ms$/),
    });
    for (const socket of open.splice(0)) socket.destroy();
  });
});

const open: Socket[] = [];

function keepOpen(socket: Socket): void {
  open.push(socket.on('error', () => {}));
}

describe('an answer', () => {
  test.each<[string, string, string]>([
    ['/', '/', 'The path is usually /v1/traces, and a full address is used as it is.'],
    [
      '/v1/traces/v1/traces',
      '/v1/traces/v1/traces',
      'The path has /v1/traces twice: remove it from OTEL_EXPORTER_OTLP_ENDPOINT.',
    ],
    [
      '/v1/traces',
      '/v1/traces',
      'Is this the receiver? Its port is in OTEL_EXPORTER_OTLP_ENDPOINT; another server may listen there.',
    ],
  ])('404 for the path %s', async (path, shown, remedy) => {
    await using server = await startTestServer((response) => response.writeHead(404).end());
    const { origin, host } = new URL(server.url);
    expect(await checkOtlp({ url: origin + path })).toMatchObject({
      ok: false,
      message: `${host} does not accept traces at ${shown} (404)`,
      remedy,
    });
  });

  test.each<[number, string, string | undefined]>([
    [401, 'HOST answered 401: who?', 'It requires credentials: give them in OTEL_EXPORTER_OTLP_HEADERS.'],
    [403, 'HOST answered 403: who?', 'It refuses the credentials: check them in OTEL_EXPORTER_OTLP_HEADERS.'],
    [415, 'HOST answered 415: who?', 'It does not read this format: see OTEL_EXPORTER_OTLP_PROTOCOL.'],
    [418, 'HOST answered 418: who?', undefined],
    [429, 'HOST answered 429: who?', 'It takes no more for now: send less, or raise its limits.'],
    [503, 'HOST answered 503: who?', 'Look at the receiver: it is in trouble.'],
  ])('%i', async (status, message, remedy) => {
    const respond: Respond = (response) => response.writeHead(status, { 'content-type': 'text/plain' }).end('who?');
    expect(await checkAnswer(respond)).toEqual([message, remedy]);
  });

  test('a redirect', async () => {
    const location = 'https://me:secret@login.example.com/start?token=hidden';
    expect(await checkAnswer((response) => response.writeHead(302, { location }).end())).toEqual([
      'HOST redirects to https://login.example.com/start (302), and redirects are not followed',
      'Set OTEL_EXPORTER_OTLP_ENDPOINT to the final address.',
    ]);
  });

  test('a redirect from the root', async () => {
    await using server = await startTestServer((response) => response.writeHead(302, { location: '/ui/' }).end());
    expect(await checkOtlp({ url: new URL(server.url).origin })).toMatchObject({
      message: expect.stringContaining(' redirects to /ui/ (302)'),
      remedy: 'The path is usually /v1/traces, and a full address is used as it is.',
    });
  });

  test('a web page', async () => {
    const respond: Respond = (response) =>
      response.setHeader('content-type', 'text/html').end('<title>Jaeger UI</title>');
    expect(await checkAnswer(respond)).toEqual([
      'HOST answered 200 with a web page "Jaeger UI", which is not an answer of a receiver of traces',
      'Set OTEL_EXPORTER_OTLP_ENDPOINT to the receiver itself; its port is usually 4318.',
    ]);
  });

  test('that the span was rejected', async () => {
    const respond: Respond = (response) =>
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ partialSuccess: { rejectedSpans: '1', errorMessage: 'too old' } }));
    expect(await checkAnswer(respond)).toEqual(['the receiver answered, and rejected the span: too old', undefined]);
  });

  test('is put off without end', async () => {
    const server = createServer((socket) => {
      const putOff = (): void => {
        if (!socket.destroyed) socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), () => setImmediate(putOff));
      };
      socket.on('error', () => {}).once('data', putOff);
    });
    const { message } = await atServer(server, (host) => checkOtlp({ url: `http://${host}/v1/traces` }));
    expect(message).toMatch(/only interim answers/);
  });

  test('is none: the connection is closed', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end());
    });
    await atServer(server, async (host) => {
      expect(await checkOtlp({ url: `http://${host}/v1/traces` })).toMatchObject({
        ok: false,
        message: `${host} accepted the connection, and closed it before the answer was complete: socket hang up`,
        remedy:
          'Check the receiver, and proxies in front of it; its port is in OTEL_EXPORTER_OTLP_ENDPOINT, and usually 4318.',
      });
    });
  });

  test('switches to another protocol', async () => {
    const server = createServer((socket) => {
      const answer = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
      socket.on('error', () => {}).once('data', () => socket.write(answer));
    });
    await atServer(server, async (host) => {
      expect(await checkOtlp({ url: `http://${host}/v1/traces` })).toMatchObject({
        ok: false,
        message: `${host} answered 101`,
        remedy: 'It switches to another protocol: check the port in OTEL_EXPORTER_OTLP_ENDPOINT; it is usually 4318.',
      });
    });
  });

  test('is cut off', async () => {
    const respond: Respond = (response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy());
    };
    expect((await checkAnswer(respond))[0]).toMatch(/aborted/);
  });
});

describe('clocks', () => {
  const receivedAt =
    (date: Date): Respond =>
    (response) => {
      response.setHeader('date', date.toUTCString()).end();
    };
  const minute = 60_000;

  test.each<[number, string]>([
    [60 * minute, '60 min ahead of'],
    [-60 * minute, '60 min behind'],
    [2 * minute, '2 min ahead of'],
  ])('that are %i ms apart', async (skewMs, words) => {
    await using server = await startTestServer(receivedAt(new Date(Date.now() - skewMs)));
    const health = await checkOtlp({ url: server.url });
    expect(health).toMatchObject({
      ok: false,
      message: `the receiver accepted a span, but this machine's clock is ${words} the receiver's`,
      remedy: expect.stringContaining('NTP'),
    });
    expect(Math.abs((health.clockSkewMs ?? 0) - skewMs)).toBeLessThanOrEqual(30_000);
  });

  test('that agree within half a minute are well', async () => {
    await using server = await startTestServer(receivedAt(new Date(Date.now() - minute / 2)));
    expect(await checkOtlp({ url: server.url })).toMatchObject({ ok: true });
  });

  test('that are not sent are not compared', async () => {
    await using server = await startTestServer((response) => {
      response.sendDate = false;
      response.end();
    });
    const health = await checkOtlp({ url: server.url });
    expect(health.ok).toBe(true);
    expect(health).not.toHaveProperty('clockSkewMs');
  });
});

describe('the report', () => {
  const otherExporter = (more: Partial<SpanExporter>): SpanExporter => ({
    name: 'mine',
    export: () => {},
    stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
    ...more,
  });

  test('of exporters without a receiver says where spans go', async () => {
    const { ok, exporters } = await makeTracer([
      consoleExporter(),
      inMemoryExporter(),
      otherExporter({}),
    ]).healthCheck();
    expect([ok, exporters.map(({ name, message }) => `${name}: ${message}`)]).toEqual([
      true,
      [
        'console: spans go to standard output: there is nothing to reach',
        'memory: spans go to memory: there is nothing to reach',
        'mine: spans go to code of the application: there is nothing to reach',
      ],
    ]);
  });

  test('is bad if one of several is', async () => {
    await using receiver = await startOtlpReceiver();
    const urls = [receiver.url, `${receiver.url}/no`];
    const { ok, exporters } = await makeTracer(urls.map((url) => otlpExporter({ url, env: {} }))).healthCheck();
    expect([ok, exporters.map((health) => health.ok)]).toEqual([false, [true, false]]);
  });

  test('is bad where there is no exporter', async () => {
    expect(await makeTracer([]).healthCheck()).toEqual({ ok: false, exporters: [] });
    expect(await makeTracer(inMemoryExporter(), { disabled: true }).healthCheck()).toEqual({
      ok: false,
      exporters: [],
    });
  });

  test.each<[string, Partial<SpanExporter>, string]>([
    [
      'throws',
      {
        healthCheck: () => {
          throw new Error('oh');
        },
      },
      'the check failed: Error: oh',
    ],
    ['rejects', { healthCheck: () => Promise.reject(new Error('oh')) }, 'the check failed: Error: oh'],
    ['never settles', { healthCheck: () => new Promise(() => {}) }, 'the check did not end within 1 ms'],
  ])('has of an exporter whose check %s what can be said', async (_, more, message) => {
    const report = await makeTracer(otherExporter(more)).healthCheck({ timeoutMs: 1 });
    expect(report).toEqual({
      ok: false,
      exporters: [{ name: 'mine', ok: false, message, durationMs: expect.any(Number) }],
    });
  });

  test('comes after the tracer was shut down, too', async () => {
    await using receiver = await startOtlpReceiver();
    const tracer = makeTracer(otlpExporter({ url: receiver.url, env: {} }));
    await tracer.shutdown();
    expect(await tracer.healthCheck()).toMatchObject({ ok: true });
  });
});
