// The report about a receiver that refuses: its message, its redirect and the remedy, in one printable line.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Respond, startTestServer } from '../../test/test-server.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanExporter } from '../exporter.ts';
import { otlpExporter } from '../otlp/otlp-exporter.ts';
import type { OtlpExporterOptions } from '../otlp/otlp-options.ts';
import { zipkinExporter } from '../zipkin/zipkin-exporter.ts';

const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => readFileSync(join(__dirname, '../../test/tls', name)));

/** The line on stderr, and the message of the health check. */
async function explain(exporter: SpanExporter, url: string): Promise<{ line: string; health: string; lost: number }> {
  const lines: string[] = [];
  const tracer = createTracer({
    serviceName: 'orders',
    exporter,
    flushOnExit: false,
    env: {},
    log: (line) => lines.push(line),
  });
  tracer.startSpan('a').end();
  const { lost } = await tracer.flush({ timeoutMs: 500 });
  const { exporters } = await tracer.healthCheck();
  await tracer.shutdown({ timeoutMs: 0 });
  const { host } = new URL(url);
  const said = (text: string): string => text.replaceAll(host, 'HOST');
  return { line: said(lines[0] ?? ''), health: said(`${exporters[0]?.message} ${exporters[0]?.remedy}`), lost };
}

async function refuse(
  status: number,
  headers: Record<string, string>,
  body: string | Buffer,
  options: OtlpExporterOptions = {},
): Promise<{ line: string; health: string }> {
  const respond: Respond = (response) => response.writeHead(status, headers).end(body);
  await using server = await startTestServer(respond);
  return await explain(otlpExporter({ url: server.url, env: {}, ...options }), server.url);
}

const lostAt = 'waymark warn: spans could not be delivered: http://HOST: ';

test.each([
  ['text/html', '<html>\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>'], // nginx
  ['text/plain; charset=utf-8', 'Client sent an HTTP request to an HTTPS server.\n'], // Go: the Collector, Jaeger, Tempo
  [
    'text/html',
    "<title>400 Bad Request</title>\nReason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
  ], // Apache
  ['text/plain', 'Bad Request\r\nThis combination of host and port requires TLS.\r\n'], // Tomcat
])('http:// to a port for TLS, reported by the server as %s', async (type, body) => {
  const { line, health } = await refuse(400, { 'content-type': type }, body);
  expect(line).toContain('(the port expects TLS: begin the address in OTEL_EXPORTER_OTLP_ENDPOINT with https://)');
  expect(health).toBe(
    'HOST expects TLS Begin the address in OTEL_EXPORTER_OTLP_ENDPOINT with https:// in place of http://.',
  );
});

test('http:// to a port for TLS that hangs up', async () => {
  await using server = await startTestServer(undefined, { key, cert });
  const url = server.url.replace('https', 'http');
  const { line, health, lost } = await explain(otlpExporter({ url, env: {} }), url);
  expect(line).toMatch(
    /will be tried again: http:\/\/HOST: .* \(is this a port for HTTPS or gRPC, .* tracer\.healthCheck\(\) looks closer\)$/,
  );
  expect(health).toMatch(/^HOST expects TLS/);
  expect(lost).toBe(0);
});

test.each([
  ['OTLP', (url: string) => otlpExporter({ url, env: {} }), 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['Zipkin', (url: string) => zipkinExporter({ url, env: {} }), 'OTEL_EXPORTER_ZIPKIN_ENDPOINT'],
])('https:// to a port without TLS is reported without internals of OpenSSL: %s', async (_, makeExporter, variable) => {
  await using server = await startTestServer();
  const url = server.url.replace('http', 'https');
  const { line, health } = await explain(makeExporter(url), url);
  expect(line).toMatch(
    new RegExp(
      `^waymark warn: .* again: https://HOST: .*wrong version number \\(the receiver does not use TLS: begin the address in ${variable} with http://\\)$`,
    ),
  );
  expect(health).toMatch(/^HOST does not use TLS/);
  expect(line + health).not.toMatch(/openssl|\.c:|routines|0A00/i);
});

test('a required certificate is reported without internals of OpenSSL', async () => {
  const server = createServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`; // a listening TCP server has a port
  const { line, health } = await explain(otlpExporter({ url, certificate: cert, env: {} }), url);
  server.close();
  expect(health).toMatch(/^HOST refuses the client's certificate, or requires one: .*certificate required/);
  expect(line + health).not.toMatch(/openssl|\.c:|routines|0A00/i);
});

test.each<[string, string | Buffer, string]>([
  ['text/plain', 'no such tenant', 'no such tenant'],
  ['application/json', '{"error":"no such tenant"}', 'no such tenant'],
  ['application/json', '{"error":{"code":400,"message":"no such tenant"}}', 'no such tenant'],
  ['application/json', '{"errors":[{"message":"no such tenant"}]}', 'no such tenant'],
  ['application/problem+json', '{"title":"Bad Request","detail":"no such tenant"}', 'no such tenant'],
  ['application/json', '{"status":400}', '{"status":400}'],
  ['application/json', 'no such tenant', 'no such tenant'],
  ['', 'no such tenant', 'no such tenant'],
  ['text/html', '<html><head><title>No such tenant</title></head><body>…</body></html>', 'No such tenant'],
  ['text/html', '<style>a { b: c }</style><p>No such</p>\n<p>tenant</p>', 'No such tenant'],
  ['application/xml', '<Error><Message>No such tenant</Message></Error>', 'No such tenant'],
  ['application/octet-stream', Buffer.from('0803120e6e6f20737563682074656e616e74', 'hex'), 'no such tenant'], // Mimir's google.rpc.Status
  ['text/plain', 'no\r\nwaymark warn: forged\u001b[2J\u202e', 'no waymark warn: forged\\u001b[2J\\u202e'],
])('the words of a receiver in %s, %j', async (type, body, words) => {
  const { line, health } = await refuse(400, type === '' ? {} : { 'content-type': type }, body);
  expect(line.replaceAll('\\\\', '\\')).toBe(`${lostAt}HTTP 400: ${words}`);
  expect(health).toContain(`HOST answered 400: ${words}`);
});

test('bytes are not shown as text', async () => {
  const { line } = await refuse(500, {}, Buffer.from('00ff10', 'hex'));
  expect(line).toBe(`${lostAt}HTTP 500`);
});

test('a long message leaves room for the remedy', async () => {
  const { line } = await refuse(401, {}, 'x'.repeat(100_000));
  expect(line).toBe(
    `${lostAt}HTTP 401: ${'x'.repeat(150)}… (the receiver requires credentials: see OTEL_EXPORTER_OTLP_HEADERS)`,
  );
});

test('a message is not cut within a secret', async () => {
  const options = { headers: { authorization: 'Bearer open-sesame' } };
  const { line, health } = await refuse(400, {}, `${'x'.repeat(145)} open-sesame`, options);
  expect(line + health).not.toContain('open');
});

test.each<[string | undefined, string]>([
  ['https://me:secret@login.example.com/start?token=hidden#x', 'https://login.example.com/start'],
  ['/ui/', '/ui/'],
  [undefined, 'nowhere'],
])('the goal of a redirect to %s', async (location, shown) => {
  const { line, health } = await refuse(302, location === undefined ? {} : { location }, '');
  expect(line).toBe(
    `${lostAt}HTTP 302 (it redirects to ${shown}, and redirects are not followed: set OTEL_EXPORTER_OTLP_ENDPOINT to the final address)`,
  );
  expect(health).toContain(`HOST redirects to ${shown} (302)`);
});

test.each<[number, string]>([
  [413, ''],
  [413, '<title>413 Request Entity Too Large</title>'],
  [400, 'http: request body too large'],
  [400, 'The payload exceeds the limit of 1048576 bytes'],
  [400, 'request size is larger than 4194304'],
  [500, 'rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5000000 vs. 4194304)'],
])('the remedy for one span that is too large: %i %s', async (status, body) => {
  const { line, health } = await refuse(status, {}, body);
  expect(line).toMatch(
    /\(the request is too big for the receiver: raise its limit, or lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE\)$/,
  );
  expect(health).toMatch(/ One span is too large for it: raise its limit for the size of a request\.$/);
});

test.each<[number, string]>([
  [400, 'Request Header Or Cookie Too Large'],
  [400, 'invalid trace id'],
  [422, 'attribute value too long'],
])('what has another remedy than size: %i %s', async (status, body) => {
  expect((await refuse(status, {}, body)).line).toBe(`${lostAt}HTTP ${status}: ${body}`);
});
