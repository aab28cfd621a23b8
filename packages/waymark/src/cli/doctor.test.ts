import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { endAllWaymarks, runWaymark, startWaymark } from '../../test/waymark-process.ts';
import { type Collector, startCollector } from '../collector.ts';

jest.setTimeout(60_000);

let collector: Collector;
const servers: Server[] = [];

beforeEach(async () => {
  collector = await startCollector({ port: 0 });
});

afterEach(async () => {
  await endAllWaymarks();
  for (const server of servers.splice(0)) server.close();
  await collector.close();
});

function doctor(env: Readonly<Record<string, string>>, ...args: string[]) {
  return runWaymark(['doctor', '--url', collector.url, ...args], env);
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const tls = join(__dirname, '../../../../tests/faults/tls');

function startTlsServer(answer: RequestListener): Promise<number> {
  const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => readFileSync(join(tls, name)));
  return listen(createTlsServer({ key, cert }, answer) as unknown as Server); // it listens and closes as one of HTTP
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Follows the printed remedies until none is left, as a user would. */
async function followRemedies(env: Readonly<Record<string, string>>) {
  const first = await doctor(env);
  const set = [...first.stdout.matchAll(/✗ .*\n {4}.*Set (\w+)=(\S+)\n/g)].map(([, name, value]) => [name, value]);
  return { first, second: await doctor({ ...env, ...Object.fromEntries(set) }) };
}

describe('finds an address that does not accept spans, and its remedy works:', () => {
  async function expectMended(name: string, value: string, expected: RegExp): Promise<void> {
    const { first, second } = await followRemedies({ [name]: value });
    expect(first.stdout).toMatch(expected);
    expect(first.stdout).toContain(`✗ ${name}=${value}\n`);
    expect(first.code).toBe(1);
    expect(second.stdout).toMatch(new RegExp(`✓ ${name}=http://localhost:${collector.port}`));
    expect(second.code).toBe(0);
  }

  const [base, traces, zipkin] = [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
  ] as const;

  test('https to a port without TLS', async () => {
    await expectMended(base, `https://localhost:${collector.port}`, /does not use TLS\. Set/);
    await expectMended(traces, `https://localhost:${collector.port}/v1/traces`, /does not use TLS\. Set/);
    await expectMended(zipkin, `https://localhost:${collector.port}/api/v2/spans`, /does not use TLS\. Set/);
  });

  test('a port where nothing listens', async () => {
    const port = await closedPort();
    await expectMended(base, `http://localhost:${port}`, /Nothing accepts spans at this address: connect ECONNREFUSED/);
    await expectMended(zipkin, `http://localhost:${port}/api/v2/spans`, /Nothing accepts spans at this address/);
  });

  test('another server, with any answer', async () => {
    const [hello, missing] = await Promise.all([
      listen(createServer((_request, response) => response.end('hello'))),
      listen(createServer((_request, response) => response.writeHead(404).end())),
    ]);
    await expectMended(
      base,
      `http://127.0.0.1:${hello}`,
      /The server answers spans with "hello": it is not a collector/,
    );
    await expectMended(zipkin, `http://127.0.0.1:${hello}/api/v2/spans`, /it is not a collector/);
    await expectMended(zipkin, `http://127.0.0.1:${missing}/api/v2/spans`, /The server answers 404 to spans/);
  });

  test('an address without its path, or with a wrong one', async () => {
    await expectMended(zipkin, `http://localhost:${collector.port}`, /must end with \/api\/v2\/spans/);
    await expectMended(zipkin, `http://localhost:${collector.port}/api/v1/none`, /The server answers 404 to spans/);
    await expectMended(traces, `http://localhost:${collector.port}`, /must end with \/v1\/traces/);
    await expectMended(base, `http://localhost:${collector.port}/v1/traces`, /leave it out/);
    await expectMended(base, `http://localhost:${collector.port}/otlp`, /The server answers 404 to spans/);
  });

  test('an address without http://', async () => {
    await expectMended(base, `localhost:${collector.port}`, /it must start with http:\/\//);
  });
});

test('http to a port with TLS is reported, with the right scheme', async () => {
  const port = await startTlsServer((_request, response) => response.end());
  const { code, stdout } = await doctor({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${port}` });
  expect(stdout).toContain(`    The server needs TLS. Set OTEL_EXPORTER_OTLP_ENDPOINT=https://localhost:${port}\n`);
  expect(code).toBe(1);
});

test('spans that go to another collector are noted, not a fault', async () => {
  await using other = await startCollector({ port: 0 });
  const { code, stdout } = await doctor({ OTEL_EXPORTER_OTLP_ENDPOINT: other.url });
  expect(stdout).toContain(
    `· OTEL_EXPORTER_OTLP_ENDPOINT=${other.url}\n    Spans go to this address, not to the collector at`,
  );
  expect(code).toBe(0);
});

test('a missing token is reported', async () => {
  const token = 'a-token-of-sixteen-letters';
  await using closed = await startCollector({ port: 0, token });
  const env = { WAYMARK_TOKEN: token, OTEL_EXPORTER_OTLP_ENDPOINT: closed.url };
  const without = await runWaymark(['doctor', '--url', closed.url], env);
  expect(without.stdout).toContain('The server answers 401: it needs a token. Set OTEL_EXPORTER_OTLP_HEADERS=');
  expect(without.code).toBe(1);
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}` };
  expect(await runWaymark(['doctor', '--url', closed.url], { ...env, ...headers })).toMatchObject({ code: 0 });
});

describe('a refusal', () => {
  const refused = async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(collector.otlpUrl, { method: 'POST', headers, body: 'garbage' })).status).toBe(400);
  };

  test('is a fault until spans arrive after it, then a note', async () => {
    await refused();
    const fault = await doctor({});
    expect(fault.stdout).toContain('✗ It has refused 1 request.\n');
    expect(fault.code).toBe(1);
    // The test spans of the doctor have arrived since.
    const mended = await doctor({});
    expect(mended.stdout).toContain('· It has refused 1 request. Spans have arrived since.\n');
    expect(mended.code).toBe(0);
  });

  test('that repeats is a fault even if other spans arrive', async () => {
    await refused();
    await refused();
    await doctor({});
    const { code, stdout } = await doctor({});
    expect(stdout).toContain('✗ It has refused 2 requests.\n');
    expect(code).toBe(1);
  });
});

test('without a collector, the printed command starts one at the address that the doctor checks', async () => {
  const port = await closedPort();
  const missing = await runWaymark(['doctor', '--port', String(port)]);
  expect(missing.code).toBe(1);
  const [, args = ''] = /Start one with: npx waymark (.*)\n/.exec(missing.stdout) ?? [];
  const started = startWaymark([...args.split(' '), '--memory']);
  await started.waitFor(/Ctrl-C/);
  expect(await runWaymark(['doctor', '--port', String(port)])).toMatchObject({ code: 0 });
});

test('with another server at the port, the printed command starts a collector', async () => {
  const port = await listen(createServer((_request, response) => response.end('hello')));
  const { code, stdout } = await runWaymark(['doctor', '--url', `http://127.0.0.1:${port}`]);
  expect(code).toBe(1);
  const [, args = ''] = /send your spans there: npx waymark (.*)\n/.exec(stdout) ?? [];
  const started = startWaymark(args.split(' '));
  const [, url = ''] = await started.waitFor(/Viewer {2}(\S+)\n/);
  expect(await runWaymark(['doctor', '--url', url])).toMatchObject({ code: 0 });
});
