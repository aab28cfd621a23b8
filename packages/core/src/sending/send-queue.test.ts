import { endSpans, sendAtOnce, setUpQueue as setUp } from '../../test/test-queue.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import type { Delivery } from './delivery.ts';

describe('sealing', () => {
  test('sends a chunk when it has as many spans as a request may have', async () => {
    const { tracer, sendings, begun } = setUp({ batch: { maxExportBatchSize: 3 } });
    endSpans(tracer, 7);
    await begun(2);
    expect(sendings.map(({ names }) => names)).toEqual([
      ['span0', 'span1', 'span2'],
      ['span3', 'span4', 'span5'],
    ]);
    expect(tracer.stats().waiting).toBe(7);
  });

  test('sends a chunk when it has 4 MiB', async () => {
    const { tracer, sendings, begun } = setUp();
    const text = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 5; index++) tracer.startSpan(`span${index}`, { attributes: { text } }).end();
    await begun(1);
    expect(sendings.map(({ names }) => names.length)).toEqual([4]);
  });

  test('sends a chunk some time after its first span', async () => {
    const { tracer, sendings, begun } = setUp({ batch: { scheduleDelayMs: 20 } });
    endSpans(tracer, 2);
    await begun(1);
    expect(sendings[0]?.names).toEqual(['span0', 'span1']);
    endSpans(tracer, 1, 'next');
    await begun(2);
    expect(sendings[1]?.names).toEqual(['next0']);
  });

  test('takes a burst of 100,000 spans in one loop, within the default memory limit', async () => {
    const { tracer } = setUp(sendAtOnce);
    endSpans(tracer, 100_000);
    expect(await tracer.flush()).toEqual({ delivered: 100_000, lost: 0, complete: true });
  }, 30_000);

  test('keeps the resources of tracers that share the exporter apart', async () => {
    const services: unknown[] = [];
    const { makeTracer } = setUp({
      async send(body) {
        const spans = decodeTraceRequest('application/x-protobuf', Buffer.concat(body));
        services.push(spans.map(({ name, resource }) => [resource.attributes['service.name'], name]));
        return { lostCount: 0 };
      },
    });
    const [users, orders] = [makeTracer('users'), makeTracer('orders')];
    users.startSpan('a').end();
    orders.startSpan('b').end();
    users.startSpan('c').end();
    await users.flush();
    expect(services).toEqual([
      [
        ['users', 'a'],
        ['users', 'c'],
      ],
      [['orders', 'b']],
    ]);
  });
});

describe('sending', () => {
  test('has at most four requests under way, and a slow one does not delay the others', async () => {
    const { tracer, sendings, begun } = setUp({ batch: { maxExportBatchSize: 1 } });
    endSpans(tracer, 10);
    await begun(4);
    expect(sendings).toHaveLength(4);
    for (let index = 1; index < 10; index++) {
      sendings[index]?.answer();
      await begun(Math.min(10, index + 4));
    }
    await tracer.flush({ timeoutMs: 1 });
    expect(tracer.stats()).toMatchObject({ exported: 9, waiting: 1 });
    sendings[0]?.answer();
    expect(await tracer.flush()).toMatchObject({ complete: true });
  });

  test.each([1, 7])('has at most %i requests under way, with maxRequests', async (maxRequests) => {
    const { tracer, sendings, begun } = setUp({ batch: { maxExportBatchSize: 1, maxRequests } });
    endSpans(tracer, 10);
    for (let answered = 0; answered < 10; answered++) {
      await begun(Math.min(10, answered + maxRequests));
      await new Promise(setImmediate);
      expect(sendings).toHaveLength(Math.min(10, answered + maxRequests));
      sendings[answered]?.answer();
    }
    expect(await tracer.flush()).toMatchObject({ complete: true });
  });

  test.each([
    [{ lostCount: 0 }, { exported: 3, dropped: {} }, {}],
    [{ lostCount: 0, warning: 'deprecated' }, { exported: 3, dropped: {} }, { 'export-warning': 1 }],
    [
      { lostCount: 2, reason: 'rejected', message: 'no name' },
      { exported: 1, dropped: { rejected: 2 } },
      { 'export-partial': 1 },
    ],
    [
      { lostCount: 3, reason: 'http-400', message: 'bad' },
      { exported: 0, dropped: { 'http-400': 3 } },
      { 'export-failed': 1 },
    ],
  ] as const)('counts %j', async (delivery, stats, diagnostics) => {
    const { tracer } = setUp({ send: async () => delivery });
    endSpans(tracer, 3);
    await tracer.flush();
    expect(tracer.stats()).toMatchObject({ ...stats, waiting: 0, diagnostics });
    const message = 'message' in delivery ? delivery.message : 'warning' in delivery ? delivery.warning : undefined;
    expect(tracer.stats().lastExportError?.message).toBe(message);
  });

  test('counts the spans as lost if send() throws', async () => {
    const { tracer } = setUp({ send: () => Promise.reject(new TypeError('a fault')) });
    endSpans(tracer, 2);
    expect(await tracer.flush()).toEqual({
      delivered: 0,
      lost: 2,
      complete: true,
      reasons: { 'send-failed': 2 },
      lastError: 'TypeError: a fault',
    });
    expect(tracer.stats().dropped).toEqual({ 'send-failed': 2 });
    endSpans(tracer, 1);
    expect(await tracer.flush()).toMatchObject({ complete: true });
  });

  test('happens outside the context of the request that began the chunk', async () => {
    const seen: boolean[] = [];
    const { tracer } = setUp({
      async send() {
        seen.push(tracer.startSpan('from the exporter').isRecording());
        return { lostCount: 0 };
      },
    });
    tracer.withSpan('request', () => endSpans(tracer, 512));
    await tracer.flush();
    expect(seen).toEqual([false, false]);
  });
});

describe('bounds', () => {
  test('drops the newest span when the queue is full', () => {
    const { tracer } = setUp({ batch: { maxQueueSize: 10 } });
    endSpans(tracer, 10);
    expect(tracer.stats()).toMatchObject({ waiting: 10, dropped: {} });
    endSpans(tracer, 1);
    expect(tracer.stats()).toMatchObject({
      waiting: 10,
      dropped: { 'queue-full': 1 },
      diagnostics: { 'span-dropped': 1 },
    });
  });

  test('counts spans under way as waiting, and has room again when they have arrived', async () => {
    const { tracer, sendings, begun } = setUp({ batch: { maxQueueSize: 2, maxExportBatchSize: 1 } });
    endSpans(tracer, 2);
    await begun(2);
    endSpans(tracer, 1);
    sendings[0]?.answer();
    sendings[1]?.answer();
    await tracer.flush();
    endSpans(tracer, 1, 'next');
    await begun(3);
    expect(tracer.stats()).toMatchObject({ exported: 2, waiting: 1, dropped: { 'queue-full': 1 } });
  });

  test('never holds more bytes than allowed', async () => {
    const sizes: number[] = [];
    const send = async (body: readonly Buffer[]): Promise<Delivery> => {
      sizes.push(Buffer.concat(body).length);
      return { lostCount: 0 };
    };
    const { tracer } = setUp({ send, batch: { maxQueueBytes: 10_000 } });
    endSpans(tracer, 1000);
    const { waiting, dropped } = tracer.stats();
    expect(waiting + (dropped['queue-full'] ?? 0)).toBe(1000);
    await tracer.flush();
    const head = 500; // resource and scope
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeLessThan(10_000 + head);
    expect(sizes[0]).toBeGreaterThan(9_800);
  });

  test.each([
    ['one giant attribute', { text: 'x'.repeat(4 * 1024 * 1024) }],
    ['one giant attribute that is no ASCII', { text: '水'.repeat(2 * 1024 * 1024) }],
    ['many big ones', Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, 'x'.repeat(50_000)]))],
    ['a giant key', { ['k'.repeat(5 * 1024 * 1024)]: 1 }],
  ])('drops a span with %s, and keeps its neighbours', async (_title, attributes) => {
    const names: string[] = [];
    const { tracer } = setUp({
      async send(body) {
        names.push(...decodeTraceRequest('application/x-protobuf', Buffer.concat(body)).map(({ name }) => name));
        return { lostCount: 0 };
      },
    });
    tracer.startSpan('before').end();
    tracer.startSpan('giant', { attributes }).end();
    tracer.startSpan('after').end();
    const reasons = { 'span-too-large': 1 };
    expect(await tracer.flush()).toEqual({ delivered: 2, lost: 1, complete: true, reasons });
    expect(names).toEqual(['before', 'after']);
    expect(tracer.stats().dropped).toEqual({ 'span-too-large': 1 });
  });

  test('keeps no bytes of a span that could not be encoded', async () => {
    const names: string[] = [];
    const { tracer } = setUp({
      async send(body) {
        names.push(...decodeTraceRequest('application/x-protobuf', Buffer.concat(body)).map(({ name }) => name));
        return { lostCount: 0 };
      },
    });
    tracer.startSpan('before').end();
    const broken = tracer.startSpan('broken', { attributes: { text: 'x'.repeat(1000) } });
    Object.assign(broken, { events: [{ name: Symbol('no text') }] });
    expect(() => broken.end()).not.toThrow();
    tracer.startSpan('after').end();
    await tracer.flush();
    expect(names).toEqual(['before', 'after']);
    expect(tracer.stats()).toMatchObject({ exported: 2, dropped: { 'exporter-failed': 1 } });
  });
});

describe('flush', () => {
  test('waits for requests that are under way', async () => {
    const { tracer, sendings, begun } = setUp({ batch: { maxExportBatchSize: 1 } });
    endSpans(tracer, 1);
    await begun(1);
    let isFlushed = false;
    const flushed = tracer.flush().then((report) => {
      isFlushed = true;
      return report;
    });
    await new Promise(setImmediate);
    expect(isFlushed).toBe(false);
    sendings[0]?.answer();
    expect(await flushed).toEqual({ delivered: 1, lost: 0, complete: true });
  });

  test('does not wait for spans that end meanwhile', async () => {
    const { tracer, sendings, begun } = setUp({ batch: { maxExportBatchSize: 1 } });
    endSpans(tracer, 1);
    const flushed = tracer.flush();
    endSpans(tracer, 1, 'later');
    await begun(2);
    sendings[0]?.answer();
    expect(await flushed).toEqual({ delivered: 1, lost: 0, complete: false });
  });

  test('may be called twice at a time', async () => {
    const { tracer, sendings, begun } = setUp();
    endSpans(tracer, 1);
    const both = Promise.all([tracer.flush(), tracer.flush()]);
    await begun(1);
    sendings[0]?.answer();
    expect(await both).toMatchObject([{ complete: true }, { complete: true }]);
    expect(sendings).toHaveLength(1);
  });

  test('resolves at once with nothing to send', async () => {
    const { tracer } = setUp();
    expect(await tracer.flush()).toEqual({ delivered: 0, lost: 0, complete: true });
  });
});

describe('shutdown', () => {
  test('sends the waiting spans, closes the connections, and counts spans that end later', async () => {
    const { tracer, calls } = setUp(sendAtOnce);
    const open = tracer.startSpan('still open');
    endSpans(tracer, 3);
    expect(await tracer.shutdown()).toEqual({ delivered: 3, lost: 0, complete: true });
    expect(calls).toEqual(['close']);
    open.end();
    expect(tracer.stats()).toMatchObject({ ended: 4, exported: 3, waiting: 0, dropped: { 'after-shutdown': 1 } });
  });

  test('of one tracer leaves the exporter to the others that use it', async () => {
    const { tracer, makeTracer, calls } = setUp(sendAtOnce);
    const other = makeTracer('other');
    endSpans(tracer, 1);
    await tracer.shutdown();
    await tracer.shutdown();
    endSpans(other, 1);
    expect(await other.flush()).toMatchObject({ delivered: 2 }); // the spans of all tracers of the exporter
    expect(calls).not.toContain('close');
    await other.shutdown();
    expect(calls).toContain('close');
  });

  test('can be undone: a tracer that is made later with the exporter has its spans sent', async () => {
    const { tracer, makeTracer } = setUp(sendAtOnce);
    await tracer.shutdown();
    const later = makeTracer('later');
    endSpans(later, 1);
    expect(await later.flush()).toEqual({ delivered: 1, lost: 0, complete: true });
  });
});

test('reports ignored settings once, to the first tracer', () => {
  const { lines, makeTracer } = setUp({ warnings: ['OTEL_BSP_SCHEDULE_DELAY was ignored'] });
  makeTracer('another');
  expect(lines).toEqual(['waymark warn: OTEL_BSP_SCHEDULE_DELAY was ignored']);
});
