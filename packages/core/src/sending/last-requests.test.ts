// The requests of a process that ends at once: they are sent like all others, and answered before it ends.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { startTestProxy } from '../../test/test-proxy.ts';
import { startTestServer } from '../../test/test-server.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';

// Each starts a process that compiles its sources, which on a busy machine takes many seconds.
jest.setTimeout(60_000);

const tlsFile = (name: string): string => join(__dirname, '../../test/tls', name);
const pem = (name: string): Buffer => readFileSync(tlsFile(name));
const ofReceiver = { key: pem('key.pem'), cert: pem('behind-a-proxy.pem') };

/** No DNS server knows this name. */
const host = 'collector.example.test';

/** Makes a span and calls `process.exit()`. Returns what it wrote. */
async function leave(env: Readonly<Record<string, string>>, exporter = 'otlp'): Promise<string> {
  const script = `
    const { createTracer } = require('@waymark/core');
    createTracer({ serviceName: 'a' }).startSpan('work').end();
    process.exit(0);
  `;
  const args = ['--require=esbuild-register', '--conditions=@waymark/source', '--eval', script];
  const options = {
    cwd: join(__dirname, '../..'),
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: exporter, ...env },
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
  return stdout + stderr;
}

function namesIn(body: Buffer): string[] {
  return decodeTraceRequest('application/x-protobuf', body).map(({ name }) => name);
}

test('are compressed, and have the headers of the settings', async () => {
  await using server = await startTestServer();
  const env = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${server.url}/v1/traces`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=shop',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  };
  expect(await leave(env)).toBe('');
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.headers).toMatchObject({ 'x-team': 'shop', 'content-encoding': 'gzip' });
  expect(namesIn(gunzipSync(server.requests[0]?.body ?? ''))).toEqual(['work']);
});

test('go to Zipkin', async () => {
  await using server = await startTestServer();
  expect(await leave({ OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${server.url}/api/v2/spans` }, 'zipkin')).toBe('');
  expect(JSON.parse(String(server.requests[0]?.body))).toMatchObject([{ name: 'work' }]);
});

test.each(['http', 'https'] as const)('go through a proxy to %s', async (scheme) => {
  await using server = await startTestServer(undefined, scheme === 'https' ? ofReceiver : undefined);
  await using proxy = await startTestProxy({ target: server.url, credentials: 'me:secret word' });
  const env = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${scheme}://${host}/v1/traces`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: tlsFile('behind-a-proxy.pem'),
    [`${scheme.toUpperCase()}_PROXY`]: proxy.url.replace('://', '://me:secret%20word@'),
  };
  expect(await leave(env)).toBe('');
  expect(server.requests.map(({ path, body }) => [path, ...namesIn(body)])).toEqual([['/v1/traces', 'work']]);
});

test('report what the receiver says', async () => {
  await using server = await startTestServer((response) => response.writeHead(400).end('no such tenant'));
  const lines = await leave({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${server.url}/v1/traces` });
  expect(lines).toMatch(/HTTP 400: no such tenant/);
});
