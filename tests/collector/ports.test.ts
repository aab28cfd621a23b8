// Ports in use, and what a collector does about them.
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function listen<S extends Server | TcpServer>(server: S, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return (server.address() as AddressInfo).port;
}

const answering = (handler: RequestListener) => listen(createServer(handler));

/** The next port may be in use, too, by a test that runs at the same time. */
const isFree = / \d+ is free\. The option is port\. \(WAYMARK_PORT_TAKEN\)$/;

test.each([
  [
    'another HTTP server',
    () => answering((_, response) => void response.writeHead(200, { server: 'nginx/1.27' }).end('hello')),
    'another HTTP server (nginx/1.27)',
  ],
  [
    'an OpenTelemetry Collector',
    () =>
      answering(
        ({ url }, response) => void response.writeHead(url === '/v1/traces' ? 405 : 404).end('405 method not allowed'),
      ),
    'an OpenTelemetry Collector, or a program with one inside',
  ],
  ['Zipkin', () => answering((_, response) => void response.end('{"status":"UP","zipkin":{"status":"UP"}}')), 'Zipkin'],
  ['a server without HTTP', () => listen(createTcpServer((socket) => socket.destroy())), 'another program'],
  [
    'a server that never answers',
    () => listen(createTcpServer((socket) => void open.push({ close: () => socket.destroy() }))),
    'another program',
  ],
])('the error for a port in use names its owner: %s', async (_, start, name) => {
  const port = await start();
  const error = await startCollector({ port }).catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'CollectorError', code: 'WAYMARK_PORT_TAKEN', nextFreePort: expect.any(Number) });
  expect((error as Error).message).toMatch(isFree);
  expect((error as Error).message.startsWith(`Port ${port} is taken by ${name}. `)).toBe(true);
});

test('a second collector reports that one is running', async () => {
  await using first = await startCollector({ port: 0 });
  await expect(startCollector({ port: first.port })).rejects.toMatchObject({
    owner: { kind: 'waymark', description: 'another waymark, version 0.1.0' },
  });
});

test('the next free port is used if the caller wants it', async () => {
  await using first = await startCollector({ port: 0 });
  await using second = await startCollector({ port: first.port, ifPortTaken: 'next' });
  expect(second.port).toBeGreaterThan(first.port);
  expect((await rawRequest(`http://127.0.0.1:${second.port}/waymark/status`)).status).toBe(200);
});

test('a port in use on IPv6 only counts as in use', async () => {
  const port = await listen(createServer(), '::1');
  await expect(startCollector({ port })).rejects.toMatchObject({ code: 'WAYMARK_PORT_TAKEN' });
});

test("a collector starts without Zipkin's port if it is in use, and says so", async () => {
  const zipkinPort = await answering((_, response) => void response.end('{"zipkin":{}}'));
  await using collector = await startCollector({ port: 0, zipkinPort });
  expect(collector.notes).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Zipkin's spans are accepted at ${collector.url}/api/v2/spans only: Port ${zipkinPort} is taken by Zipkin\\.`,
      ),
    ),
  ]);
  expect(collector.zipkinUrl).toBe(`${collector.url}/api/v2/spans`);
});

test("with Zipkin's port, senders reach both ports", async () => {
  await using collector = await startCollector({ port: 0, zipkinPort: 0 });
  expect(new URL(collector.zipkinUrl).port).not.toBe(String(collector.port));
  const body = JSON.stringify([{ traceId: 'a3ce929d0e0e4736', id: '00f067aa0ba902b7', timestamp: Date.now() * 1000 }]);
  const headers = { 'content-type': 'application/json' };
  for (const url of [collector.zipkinUrl, `${collector.url}/api/v2/spans`]) {
    expect((await rawRequest(url, { method: 'POST', headers, body })).status).toBe(202);
  }
});

test('a port is free again when the collector has closed', async () => {
  const first = await startCollector({ port: 0 });
  await first.close();
  await using second = await startCollector({ port: first.port });
  expect(second.port).toBe(first.port);
});

test.each([-1, 65_536, 1.5, Number.NaN])('%p is not a port', async (port) => {
  await expect(startCollector({ port })).rejects.toThrow(
    `port must be a whole number from 0 to 65535, got ${port}. (WAYMARK_INVALID_OPTION)`,
  );
});

test('a store that cannot be opened is reported, and the ports are released', async () => {
  const port = await listen(createServer());
  await Promise.all(open.splice(0).map((server) => server.close()));
  await expect(startCollector({ port, path: join(__filename, 'traces.db') })).rejects.toThrow();
  await using collector = await startCollector({ port });
  expect(collector.port).toBe(port);
});
