import { gzipSync } from 'node:zlib';
import { startZipkinReceiver } from './zipkin-receiver.ts';

const span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  id: '00f067aa0ba902b7',
  name: 'get /',
  kind: 'SERVER',
  timestamp: 1795381463701250,
  duration: 2250,
  tags: { 'http.request.method': 'GET' },
  annotations: [{ timestamp: 1795381463701251, value: 'cache miss' }],
  localEndpoint: { serviceName: 'orders', ipv4: '127.0.0.1', port: 80 },
};

function send(url: string, body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

describe('startZipkinReceiver', () => {
  test('receives spans, compressed or not', async () => {
    await using receiver = await startZipkinReceiver();
    expect((await send(receiver.url, JSON.stringify([span]))).status).toBe(202);
    await send(receiver.url, gzipSync(JSON.stringify([{ ...span, name: 'second' }])), { 'content-encoding': 'gzip' });
    expect(await receiver.waitFor(2)).toEqual([span, { ...span, name: 'second' }]);
  });

  test('refuses a whole request that Zipkin would refuse, and says why', async () => {
    await using receiver = await startZipkinReceiver();
    const wrong: [unknown, string][] = [
      [span, 'spans must be a list'],
      [[{ ...span, timestamp: 1.5 }], 'spans[0].timestamp must be a whole number'],
      [[span, { ...span, duration: 0 }], 'spans[1].duration must be a whole number from 1'],
      [[{ ...span, traceId: span.traceId.toUpperCase() }], 'spans[0].traceId must be 16 or 32 lower-case hex digits'],
      [[{ ...span, id: '0000000000000000' }], 'spans[0].id must be 16 lower-case hex digits, not all 0'],
      [[{ ...span, parentId: '' }], 'spans[0].parentId must be'],
      [[{ ...span, kind: 'INTERNAL' }], 'spans[0].kind must be'],
      [[{ ...span, tags: { a: 1 } }], 'spans[0].tags["a"] must be a string, got 1'],
      [[{ ...span, localEndpoint: { port: 65_536 } }], 'spans[0].localEndpoint.port must be'],
      [[{ ...span, annotations: [{ value: 'x' }] }], 'spans[0].annotations[0].timestamp must be'],
    ];
    for (const [body, message] of wrong) {
      const response = await send(receiver.url, JSON.stringify(body));
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(message)]);
    }
    expect((await send(receiver.url, 'no JSON')).status).toBe(400);
    expect(receiver.spans).toEqual([]);
  });

  test('answers 404 at other paths', async () => {
    await using receiver = await startZipkinReceiver();
    expect((await send(receiver.url.replace('v2', 'v1'), '[]')).status).toBe(404);
    expect((await fetch(receiver.url)).status).toBe(404);
  });
});
