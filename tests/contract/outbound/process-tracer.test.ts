// A call outside any active span belongs to the tracer of the process. This file has one.
import {
  activeSpan,
  createTracer,
  extract,
  getTracer,
  parseTraceparent,
  withBaggage,
  withContext,
} from '@waymark/core';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter } from '@waymark/core/testing';
import { fetchClient, nodeHttpClient, type OutboundClient, undiciClient } from './clients.ts';
import { type Downstream, startDownstream } from './downstream.ts';
import { loadUndici } from './undici-versions.ts';

const exporter = inMemoryExporter();
getTracer({ serviceName: 'process', exporter, env: {}, logLevel: 'none', flushOnExit: false });

const clients: [string, OutboundClient][] = [
  ['outbound fetch', fetchClient(globalThis.fetch)],
  ['outbound node:http', nodeHttpClient],
];
for (const major of [6, 7, 8] as const) {
  const undici = loadUndici(major);
  if (undici) clients.push([`outbound undici ${major}`, undiciClient(undici)]);
}

describe.each(clients)('%s', (_name, client) => {
  let downstream: Downstream;
  let stop: () => void;

  beforeEach(async () => {
    exporter.reset();
    downstream = await startDownstream();
    stop = instrumentOutbound();
  });

  afterEach(async () => {
    stop();
    await downstream.close();
  });

  async function call(): Promise<void> {
    await (await client.send(`${downstream.origin}/ok`)).text();
  }

  test('without an active span starts a trace of the process’s tracer', async () => {
    await withBaggage({ user: '7' }, call);
    const [span] = await exporter.waitFor(1);
    expect(span).toMatchObject({ name: 'GET', kind: 'client', parentIsRemote: false });
    expect(span).not.toHaveProperty('parentSpanId');
    expect(span?.resource.attributes['service.name']).toBe('process');
    expect(downstream.received[0]?.headers).toMatchObject({
      traceparent: `00-${span?.traceId}-${span?.spanId}-03`,
      baggage: 'user=7',
    });
    expect(activeSpan()).toBeUndefined();
  });

  test('in a context that came by header is a child of the remote span', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await withContext(extract({ traceparent, tracestate: 'congo=t61' }), call);
    const [span] = await exporter.waitFor(1);
    const { traceId, spanId } = parseTraceparent(traceparent) ?? {};
    expect(span).toMatchObject({ traceId, parentSpanId: spanId, parentIsRemote: true });
    expect(downstream.received[0]?.headers).toMatchObject({
      traceparent: `00-${traceId}-${span?.spanId}-01`,
      tracestate: 'congo=t61',
    });
  });

  test('in a context that came by header and is not sampled sends it on with a separate parent id', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
    await withContext(extract({ traceparent }), call);
    expect(downstream.received[0]?.headers.traceparent).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/,
    );
    expect(downstream.received[0]?.headers.traceparent).not.toContain('00f067aa0ba902b7');
    expect(exporter.spans).toEqual([]);
  });

  test('below a span of another tracer belongs to that tracer', async () => {
    const own = inMemoryExporter();
    const tracer = createTracer({ serviceName: 'another', exporter: own, env: {}, logLevel: 'none' });
    await tracer.withSpan('caller', call);
    expect((await own.waitFor(2)).map(({ name }) => name)).toEqual(['GET', 'caller']);
    expect(exporter.spans).toEqual([]);
  });
});
