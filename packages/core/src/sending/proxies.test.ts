// Requests through a real proxy, to receivers with and without TLS, in both formats; and the messages for failures.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { startTestProxy, type TestProxyOptions } from '../../test/test-proxy.ts';
import { type Respond, startTestServer } from '../../test/test-server.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanExporter } from '../exporter.ts';
import { internalsOf } from '../internal-tracer.ts';
import { otlpExporter } from '../otlp/otlp-exporter.ts';
import type { Tracer } from '../tracer.ts';
import { zipkinExporter } from '../zipkin/zipkin-exporter.ts';

const pem = (name: string): Buffer => readFileSync(join(__dirname, '../../test/tls', name));
const [key, cert, ofReceiver] = [pem('key.pem'), pem('certificate.pem'), pem('behind-a-proxy.pem')];

type Options = Parameters<typeof otlpExporter>[0] & { readonly certificate?: Buffer };

const tracers: Tracer[] = [];

// A batch that waits for its proxy would be sent again while other tests run.
afterEach(() => {
  for (const tracer of tracers.splice(0)) internalsOf(tracer).cut();
});

function makeTracer(exporter: SpanExporter, lines: string[] = []): Tracer {
  const tracer = createTracer({
    serviceName: 'a',
    exporter,
    flushOnExit: false,
    env: {},
    logLevel: 'debug',
    log: (line) => lines.push(line),
  });
  tracers.push(tracer);
  return tracer;
}

/** No DNS server knows this name. */
const host = 'collector.example.test';

const makers = [
  ['OTLP', (options: Options) => otlpExporter(options)],
  ['Zipkin', ({ protocol: _, ...options }: Options) => zipkinExporter(options)],
] as const;

describe.each(makers)('%s', (_name, makeExporter) => {
  test.each(['http', 'https'] as const)(
    'goes through the proxy to %s, with one connection, and says so',
    async (scheme) => {
      await using server = await startTestServer(undefined, scheme === 'https' ? { key, cert: ofReceiver } : undefined);
      await using proxy = await startTestProxy({ target: server.url, credentials: 'me:s%cret word' });
      const variable = `${scheme.toUpperCase()}_PROXY`;
      const env = { [variable]: proxy.url.replace('://', '://me:s%25cret%20word@') };
      const url = `${scheme}://user:open-sesame@${host}/v1/traces?q=1`;
      const lines: string[] = [];
      const tracer = makeTracer(makeExporter({ url, certificate: ofReceiver, env, batch: { maxRequests: 1 } }), lines);
      for (let count = 0; count < 3; count++) {
        tracer.startSpan('x').end();
        expect(await tracer.flush()).toEqual({ delivered: 1, lost: 0, complete: true });
      }
      const { ok, exporters } = await tracer.healthCheck();
      expect([ok, exporters[0]?.message]).toEqual([
        true,
        `the receiver accepted a span through the proxy ${proxy.url}`,
      ]);
      await tracer.shutdown();

      expect(server.requests.map(({ path }) => path)).toEqual(Array(4).fill('/v1/traces?q=1'));
      expect(server.requests[0]?.headers).toMatchObject({
        host,
        authorization: `Basic ${Buffer.from('user:open-sesame').toString('base64')}`,
      });
      expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
      const what = scheme === 'http' ? `POST http://${host}/v1/traces?q=1` : `CONNECT ${host}:443`;
      // One connection for the three, and one for the check.
      expect(proxy.asked.map((request) => request.what)).toEqual(Array(scheme === 'http' ? 4 : 2).fill(what));
      const settings = tracer.describeSettings();
      expect(settings).toMatch(new RegExp(`^\\w+\\.proxy +${proxy.url} +\\(${variable}\\)$`, 'm'));
      expect(lines.join('\n')).toContain(` through the proxy ${proxy.url}`);
      expect(lines.join('\n') + settings + JSON.stringify(exporters)).not.toMatch(/s%|cret|sesame/);
    },
  );
});

test('a proxy that speaks TLS must have a certificate that Node trusts', async () => {
  await using server = await startTestServer();
  await using proxy = await startTestProxy({ target: server.url, tls: { key, cert } });
  for (const scheme of ['http', 'https']) {
    const tracer = makeTracer(otlpExporter({ url: `${scheme}://${host}/v1/traces`, proxy: proxy.url, env: {} }));
    tracer.startSpan('x').end();
    await tracer.flush({ timeoutMs: 300 });
    expect(tracer.stats().lastExportError?.message).toMatch(
      /: the proxy https:\/\/127\.0\.0\.1:\d+ cannot be reached: self-signed certificate.* \(check the proxy option, or name /,
    );
    await tracer.shutdown({ timeoutMs: 0 });
  }
});

test.each(['http', 'https'])('an address on this machine is reached without a proxy: %s', async (scheme) => {
  await using server = await startTestServer(undefined, scheme === 'https' ? { key, cert } : undefined);
  await using proxy = await startTestProxy();
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  const tracer = makeTracer(otlpExporter({ url: server.url, certificate: cert, env }));
  tracer.startSpan('x').end();
  expect(await tracer.shutdown()).toMatchObject({ delivered: 1 });
  expect(proxy.asked).toEqual([]);
  expect(tracer.describeSettings()).toMatch(/^otlp\.proxy +none, for a receiver on this machine +\(HTTPS?_PROXY\)$/m);
});

test('the certificate of a receiver behind a proxy is checked', async () => {
  await using server = await startTestServer(undefined, { key, cert }); // for another host
  await using proxy = await startTestProxy({ target: server.url });
  const tracer = makeTracer(
    otlpExporter({ url: `https://${host}/v1/traces`, certificate: cert, proxy: proxy.url, env: {} }),
  );
  tracer.startSpan('x').end();
  await tracer.flush({ timeoutMs: 300 });
  expect(tracer.stats().lastExportError?.message).toMatch(/Hostname\/IP does not match certificate's altnames/);
  const { exporters } = await tracer.healthCheck();
  expect(exporters[0]?.message).toMatch(/^the certificate of .* is for another name \(asked through the proxy /);
  expect(server.requests).toEqual([]);
  await tracer.shutdown({ timeoutMs: 0 });
});

/** The line at run time, and the message of the health check. */
async function explain(scheme: string, options: TestProxyOptions, env: Record<string, string> = {}) {
  await using proxy = await startTestProxy(options);
  const lines: string[] = [];
  const exporter = otlpExporter({
    url: `${scheme}://${host}/v1/traces`,
    timeoutMs: 300,
    env: { [`${scheme.toUpperCase()}_PROXY`]: proxy.url.replace('://', '://me:open-sesame@'), ...env },
  });
  const tracer = makeTracer(exporter, lines);
  tracer.startSpan('x').end();
  const report = await tracer.flush({ timeoutMs: 1000 });
  const { exporters } = await tracer.healthCheck({ timeoutMs: 300 });
  const { dropped, waiting } = tracer.stats();
  await tracer.shutdown({ timeoutMs: 0 });
  const said = (text = ''): string => text.replaceAll(proxy.url, 'PROXY');
  const [health] = exporters;
  const line = lines.find((one) => one.includes('warn')) ?? '';
  expect(line + JSON.stringify(exporters)).not.toContain('sesame');
  return { line: said(line), health: said(health?.message), remedy: health?.remedy, dropped, waiting, report };
}

test.each<[string, number, string, string]>([
  [
    'https',
    407,
    'the proxy PROXY did not connect to the receiver: HTTP 407 Proxy Authentication Required',
    'give user and password in HTTPS_PROXY: http://user:password@host:port',
  ],
  [
    'https',
    403,
    'the proxy PROXY did not connect to the receiver: HTTP 403 Forbidden',
    'ask the administrator of the proxy, or name the receiver in NO_PROXY to go past the proxy',
  ],
  [
    'https',
    502,
    'the proxy PROXY did not connect to the receiver: HTTP 502 Bad Gateway',
    'ask the administrator of the proxy, or name the receiver in NO_PROXY to go past the proxy',
  ],
])('a proxy for %s that answers %i is named, and the batch waits', async (scheme, refuse, what, remedy) => {
  const said = await explain(scheme, { refuse });
  expect(said.line).toBe(
    `waymark warn: sending spans failed, and will be tried again: https://${host} through the proxy PROXY: ${what} (${remedy})`,
  );
  expect(said.health).toBe(what);
  expect(said.remedy?.toLowerCase()).toBe(`${remedy}.`.toLowerCase());
  expect(said).toMatchObject({ dropped: {}, waiting: 1 });
});

test('a proxy for http that requires credentials says so', async () => {
  const said = await explain('http', { credentials: 'some:body' });
  expect(said.line).toMatch(
    / http:\/\/collector\.example\.test through the proxy PROXY: HTTP 407 \(a proxy requires credentials: /,
  );
  expect(said.health).toMatch(/answered 407 \(asked through the proxy PROXY\)$/);
  expect(said.remedy).toMatch(/^A proxy requires credentials: give user and password in its URL/);
});

test.each(['http', 'https'])('a proxy for %s that never answers is given up in time', async (scheme) => {
  const said = await explain(scheme, { isSilent: true });
  expect(said.line).toMatch(/ through the proxy PROXY: .*no answer within \d+ ms/);
  expect(said).toMatchObject({ dropped: {}, waiting: 1 });
});

test.each(['http', 'https'])('a proxy for %s where nothing listens is named', async (scheme) => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  const variable = `${scheme.toUpperCase()}_PROXY`;
  const said = await explain(scheme, {}, { [variable]: `http://127.0.0.1:${port}` });
  const what = `the proxy http://127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`;
  expect(said.line).toContain(`: ${what} (check ${variable}, or name the receiver in NO_PROXY to go past the proxy)`);
  expect(said.health).toBe(what);
});

test('a web page of the proxy is not an answer of a receiver', async () => {
  const page: Respond = (response) => response.setHeader('content-type', 'text/html').end('<title>Log in</title>');
  await using server = await startTestServer(page);
  const said = await explain('http', { target: server.url });
  expect(said.line).toMatch(/ through the proxy PROXY: HTTP 200 with a web page "Log in"/);
  expect(said.dropped).toEqual({ 'not-a-receiver': 1 });
});

/** A process that makes one span and ends by itself. */
function runProcess(url: string, env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  const script = `
    const { createTracer } = require('@waymark/core');
    const { otlpExporter } = require('@waymark/core/otlp');
    createTracer({ serviceName: 'a', exporter: otlpExporter({ url: process.env.RECEIVER }) }).startSpan('x').end();
  `;
  return promisify(execFile)(
    process.execPath,
    ['--require=esbuild-register', '--conditions=@waymark/source', '--eval', script],
    { cwd: join(__dirname, '..'), env: { ...process.env, RECEIVER: url, ...env }, timeout: 20_000 },
  );
}

test.each(['http', 'https'])('a process sends through a proxy that speaks TLS: %s', async (scheme) => {
  await using server = await startTestServer(undefined, scheme === 'https' ? { key, cert: ofReceiver } : undefined);
  await using proxy = await startTestProxy({ target: server.url, tls: { key, cert } });
  const { stderr } = await runProcess(`${scheme}://${host}/v1/traces`, {
    [`${scheme}_proxy`]: proxy.url,
    NODE_EXTRA_CA_CERTS: join(__dirname, '../../test/tls/certificate.pem'),
    OTEL_EXPORTER_OTLP_CERTIFICATE: join(__dirname, '../../test/tls/behind-a-proxy.pem'),
    NODE_USE_ENV_PROXY: '1',
    NODE_NO_WARNINGS: '1', // Node 22 calls what that variable turns on experimental
  });
  expect([stderr, server.requests.length, proxy.asked.length]).toEqual(['', 1, 1]);
});

test('a process is not kept by a proxy that never answers', async () => {
  await using proxy = await startTestProxy({ isSilent: true });
  const startMs = performance.now();
  const { stderr } = await runProcess(`https://${host}/v1/traces`, { https_proxy: proxy.url });
  expect(performance.now() - startMs).toBeLessThan(9000); // three seconds for the flush, of the ten that a request has
  expect(stderr).toMatch(/1 span was not sent before the process ended/);
});
