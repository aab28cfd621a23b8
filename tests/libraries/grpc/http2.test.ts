// What gRPC sends by node:http2: a call has the span of gRPC alone, unless that is turned off.
import type * as Grpc from '@grpc/grpc-js';
import { createTracer } from '@waymark/core';
import { traceGrpc } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter } from '@waymark/core/testing';
import { type Callback, openShop, type Shop, settled } from './shop.ts';

const exporter = inMemoryExporter();

describe.each(['@grpc/grpc-js', 'grpc18'])('%s', (version) => {
  const grpc: typeof Grpc = require(version);
  let shop: Shop;
  let stop: () => void;

  beforeAll(async () => {
    stop = instrumentOutbound();
    shop = await openShop(grpc, {
      Buy: ({ request }: Grpc.ServerUnaryCall<string, string>, callback: Callback) => callback(null, request),
    });
    traceGrpc(grpc);
  });
  afterAll(async () => {
    await shop.close();
    stop();
  });
  afterEach(() => exporter.reset());

  test.each([
    [undefined, 'shop.Shop/Buy'],
    [{ grpc: false }, 'POST'],
  ])('with the option %j', async (libraries, name) => {
    const tracer = createTracer({ exporter, libraries, flushOnExit: false, logLevel: 'none', env: {} });
    await tracer.withSpan('request', () => settled((callback) => shop.client.Buy('book', callback)));
    await exporter.waitFor(2);
    expect(exporter.spans.filter(({ kind }) => kind === 'client').map((span) => span.name)).toEqual([name]);
  });
});
