// Limits: the size of spans and requests, the number of requests, and the waiting spans.
import { createTracer } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { startFaultyCollector } from './faulty-collector.ts';
import { deliverAll, formats, startTraced, until } from './traced.ts';

jest.setTimeout(20_000);

const mebibyte = 1024 * 1024;

describe.each(formats)('%s', (format) => {
  test('drops a span with a giant attribute, and no other', async () => {
    await using collector = await startFaultyCollector();
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}` });
    const { tracer, makeSpans } = traced;
    const ids = makeSpans(5);
    for (const length of [5 * mebibyte, 64 * mebibyte]) {
      tracer.startSpan('giant', { attributes: { body: 'x'.repeat(length) } }).end();
    }
    ids.push(...makeSpans(5));
    await deliverAll(tracer);
    expect(collector.arrivals).toEqual(new Map(ids.map((id) => [id, 1])));
    expect(tracer.stats()).toMatchObject({ ended: 12, exported: 10, dropped: { 'span-too-large': 2 } });
    expect(traced.wrongAccounts).toEqual([]);
  });

  test('keeps requests small enough for any collector, however large the spans are', async () => {
    await using collector = await startFaultyCollector();
    const sizes: number[] = [];
    await collector.become({
      async onRequest(request, response, { read, keep }) {
        sizes.push(Number(request.headers['content-length']));
        keep(await read(request));
        response.end();
      },
    });
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}`, batchSize: 512 });
    const body = 'x'.repeat(3 * mebibyte);
    for (let count = 0; count < 10; count++) traced.tracer.startSpan('large', { attributes: { body } }).end();
    await deliverAll(traced.tracer);
    expect(collector.arrivals.size).toBe(10);
    expect(Math.max(...sizes)).toBeLessThan(8 * mebibyte);
  });

  test('goes on while other requests are not answered', async () => {
    await using collector = await startFaultyCollector();
    let heldCount = 0;
    await collector.become({
      async onRequest(request, response, { read, keep }) {
        const ids = await read(request);
        if (++heldCount <= 3) return; // one less than may be under way
        keep(ids);
        response.end();
      },
    });
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}` });
    const { tracer, makeSpans } = traced;
    const ids = makeSpans(200);
    await until(() => tracer.stats().exported === 170);
    expect(tracer.stats()).toMatchObject({ waiting: 30, dropped: {} });

    await collector.become(undefined);
    await deliverAll(tracer);
    expect(collector.arrivals).toEqual(new Map(ids.map((id) => [id, 1])));
    expect(traced.wrongAccounts).toEqual([]);
  });

  test('has at most four requests under way', async () => {
    await using collector = await startFaultyCollector();
    const held: (() => void)[] = [];
    await collector.become({
      async onRequest(request, response, { read, keep }) {
        keep(await read(request));
        held.push(() => response.end());
      },
    });
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}` });
    traced.makeSpans(100);
    const counts: number[] = [];
    for (let answered = 0; answered < 10; answered++) {
      await until(() => held.length === Math.min(4, 10 - answered));
      await traced.tracer.flush({ timeoutMs: 20 }); // enough time for another request
      counts.push(held.length);
      held.shift()?.();
    }
    expect(Math.max(...counts)).toBe(4);
  });
});

test('a batch that is never accepted does not delay the others', async () => {
  await using collector = await startFaultyCollector();
  using traced = startTraced({ format: 'OTLP protobuf', origin: `http://127.0.0.1:${collector.port}` });
  const { tracer, makeSpans } = traced;
  const [refused] = makeSpans(10) as [string];
  await collector.become({
    async onRequest(request, response, { read, keep }) {
      const ids = await read(request);
      if (ids.includes(refused)) {
        response.writeHead(503).end();
        return;
      }
      keep(ids);
      response.end();
    },
  });
  await until(() => collector.faultsMet > 0);
  makeSpans(100);
  await until(() => tracer.stats().exported === 100);
  expect(tracer.stats()).toMatchObject({ waiting: 10, dropped: {} });
  expect(traced.wrongAccounts).toEqual([]);
});

test('100,000 spans in one loop all arrive', async () => {
  await using collector = await startFaultyCollector();
  const exporter = otlpExporter({ url: `http://127.0.0.1:${collector.port}/v1/traces`, env: {} });
  const tracer = createTracer({ exporter, flushOnExit: false, env: {} });
  for (let count = 0; count < 100_000; count++) tracer.startSpan('work', { attributes: { count } }).end();
  expect(tracer.stats()).toMatchObject({ waiting: 100_000, dropped: {} });
  expect(await tracer.flush()).toEqual({ delivered: 100_000, lost: 0, complete: true });
  expect(collector.arrivals.size).toBe(100_000);
});

test('spans that do not fit into memory during an outage are counted, and the rest arrives', async () => {
  await using collector = await startFaultyCollector();
  await collector.become({ isClosed: true });
  const exporter = otlpExporter({
    url: `http://127.0.0.1:${collector.port}/v1/traces`,
    env: {},
    batch: { maxQueueBytes: 100_000 },
  });
  const tracer = createTracer({ exporter, flushOnExit: false, env: {}, logLevel: 'none' });
  for (let count = 0; count < 10_000; count++) tracer.startSpan('work').end();
  await until(() => tracer.stats().lastExportError !== undefined);
  const { waiting, dropped } = tracer.stats();
  expect(waiting).toBeGreaterThan(500);
  expect(dropped).toEqual({ 'queue-full': 10_000 - waiting });

  await collector.become(undefined);
  await deliverAll(tracer);
  expect(collector.arrivals.size).toBe(waiting);
  expect(tracer.stats()).toMatchObject({ exported: waiting, waiting: 0, dropped });
});
