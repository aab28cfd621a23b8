// Calls made by requests that `ignore` names. In a separate file, since `traceHandler()` never turns outbound tracing off again.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { traceHandler } from '@waymark/core/http';
import { fetchClient, nodeHttpClient, type OutboundClient, sendByNode, undiciClient } from './clients.ts';
import { type Downstream, startDownstream } from './downstream.ts';
import { startTracing, type Tracing } from './tracing.ts';
import { loadUndici } from './undici-versions.ts';

let downstream: Downstream;
let tracing: Tracing;

beforeEach(async () => {
  downstream = await startDownstream();
  tracing = startTracing();
});
afterEach(async () => {
  tracing.stop();
  await downstream.close();
});

const undicis = ([6, 7, 8] as const).flatMap((major): readonly (readonly [string, OutboundClient])[] => {
  const undici = loadUndici(major);
  return undici === undefined ? [] : [[`outbound undici ${major}`, undiciClient(undici)]]; // 8 wants a newer Node than 20
});

describe.each<readonly [string, OutboundClient]>([
  ['outbound fetch', fetchClient(globalThis.fetch)],
  ['outbound node:http', nodeHttpClient],
  ...undicis,
])('%s', (_name, client) => {
  test('carries the caller’s context unchanged below a request that is ignored', async () => {
    const handler = traceHandler(
      async (_, response) => {
        await (await client.send(`${downstream.origin}/ok`)).text();
        response.end();
      },
      { tracer: tracing.tracer, ignore: ['/health'] },
    );
    const server = createServer(handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const headers = {
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'congo=t61',
      baggage: 'user=7',
    };
    try {
      await (await sendByNode(`http://127.0.0.1:${port}/health`, { headers })).text();
    } finally {
      server.close();
    }
    expect(downstream.received[0]?.headers).toMatchObject(headers);
    expect(tracing.exporter.spans).toEqual([]);
  });
});
