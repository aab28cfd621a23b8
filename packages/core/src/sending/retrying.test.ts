import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { endSpans, setUpQueue, sumOf } from '../../test/test-queue.ts';
import type { DiagnosticsMessage } from '../diagnostics.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import type { Delivery, Retry } from './delivery.ts';

const backoff = { firstMs: 10, factor: 1.5, maxMs: 40 };
const never = { firstMs: 60_000, factor: 1, maxMs: 60_000 };

function failure(why: Retry['why'] = 'cut', more: Partial<Retry> = {}): Delivery {
  return { lostCount: 1, reason: 'connection-failed', message: 'connection refused', retry: { why, ...more } };
}

function namesIn(body: readonly Buffer[]): string[] {
  return decodeTraceRequest('application/x-protobuf', Buffer.concat(body)).map(({ name }) => name);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a batch whose request failed', () => {
  test('is sent again, and its first failure is reported', async () => {
    const bodies: Buffer[] = [];
    const { tracer, lines } = setUpQueue({
      backoff,
      send: async (body) => (bodies.push(Buffer.concat(body)) < 4 ? failure() : { lostCount: 0 }),
    });
    endSpans(tracer, 3);
    expect(await tracer.flush()).toEqual({ delivered: 3, lost: 0, complete: true });
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies.map(String)).size).toBe(1);
    expect(lines).toEqual(['waymark warn: sending spans failed, and will be tried again: connection refused']);
    expect(tracer.stats()).toMatchObject({ exported: 3, dropped: {}, diagnostics: { 'export-retried': 3 } });
  });

  test('waits in the queue, and does not count as a request under way', async () => {
    const { tracer, sendings, begun } = setUpQueue({ batch: { maxExportBatchSize: 1 }, backoff: never });
    endSpans(tracer, 8);
    await begun(4);
    sendings[3]?.answer(); // the receiver works
    await begun(5);
    for (const index of [0, 1, 2]) sendings[index]?.answer(failure());
    await begun(8); // the others, before the failed ones are retried
    expect(sendings.map(({ names }) => names[0]).slice(4)).toEqual(['span4', 'span5', 'span6', 'span7']);
    void tracer.flush(); // does not wait for their time
    await until(() => {
      for (const sending of sendings) sending.answer();
      return tracer.stats().exported === 8;
    });
    expect(sendings).toHaveLength(11);
    expect(tracer.stats()).toMatchObject({ waiting: 0, dropped: {} });
  });

  test('keeps its place in the queue', async () => {
    const seen: string[] = [];
    let isDown = true;
    const { tracer } = setUpQueue({
      batch: { maxExportBatchSize: 1 },
      backoff,
      async send(body) {
        if (isDown) return failure('unreachable');
        seen.push(...namesIn(body));
        return { lostCount: 0 };
      },
    });
    endSpans(tracer, 20);
    await until(() => tracer.stats().lastExportError !== undefined);
    isDown = false;
    await tracer.flush();
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => `span${index}`));
  });

  test('lets others go first after a timeout, since the batch may be the cause', async () => {
    const seen: string[] = [];
    const { tracer } = setUpQueue({
      batch: { maxExportBatchSize: 1 },
      backoff,
      async send(body) {
        const [name = ''] = namesIn(body);
        seen.push(name);
        return name === 'poison' ? failure('timeout') : { lostCount: 0 };
      },
    });
    tracer.startSpan('poison').end();
    await until(() => seen.length === 1);
    endSpans(tracer, 20);
    await until(() => tracer.stats().exported === 20);
    expect(tracer.stats()).toMatchObject({ waiting: 1, dropped: {} });
  });
});

describe('a receiver that is down', () => {
  test('gets one request at a time, and everything once it is back', async () => {
    let [underWay, mostUnderWay, requests] = [0, 0, 0];
    let isDown = true;
    const { tracer } = setUpQueue({
      batch: { maxExportBatchSize: 1 },
      backoff,
      async send() {
        requests++;
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        await new Promise(setImmediate);
        underWay--;
        return isDown ? failure() : { lostCount: 0 };
      },
    });
    endSpans(tracer, 100);
    await until(() => requests >= 4);
    mostUnderWay = 0;
    await until(() => requests >= 9);
    expect(mostUnderWay).toBe(1);
    isDown = false;
    await until(() => tracer.stats().exported === 100);
    expect(mostUnderWay).toBe(4);
  });

  test('is retried after growing and random waits', async () => {
    const startedMs: number[] = [];
    const { tracer } = setUpQueue({
      backoff: { firstMs: 40, factor: 2, maxMs: 100 },
      async send() {
        startedMs.push(performance.now());
        return startedMs.length < 5 ? failure() : { lostCount: 0 };
      },
    });
    endSpans(tracer, 1);
    await tracer.flush();
    const waitsMs = startedMs.slice(1).map((startMs, index) => startMs - (startedMs[index] ?? 0));
    // 40, 80, 100 and 100 ms, a fifth less at least; a timer may fire a millisecond early.
    for (const [index, leastMs] of [32, 64, 80, 80].entries())
      expect(waitsMs[index]).toBeGreaterThanOrEqual(leastMs - 1);
  });

  test('is retried at once by a flush', async () => {
    let requests = 0;
    const { tracer } = setUpQueue({
      backoff: never,
      send: async () => (requests++ === 0 ? failure() : { lostCount: 0 }),
    });
    endSpans(tracer, 1);
    await tracer.flush({ timeoutMs: 20 });
    expect(requests).toBe(1);
    expect(await tracer.flush()).toMatchObject({ delivered: 1, complete: true });
  });

  test('gets no request for as long as it has asked, not even from a flush', async () => {
    const startedMs: number[] = [];
    const { tracer } = setUpQueue({
      backoff,
      async send() {
        startedMs.push(performance.now());
        return startedMs.length === 1 ? failure('busy', { afterMs: 300 }) : { lostCount: 0 };
      },
    });
    endSpans(tracer, 1);
    await tracer.flush({ timeoutMs: 50 });
    expect(await tracer.flush()).toMatchObject({ delivered: 1 });
    expect((startedMs[1] ?? 0) - (startedMs[0] ?? 0)).toBeGreaterThanOrEqual(295);
  });

  test.each([
    ['before', [0, 1]],
    ['after', [1, 0]],
  ])('is left alone though another request gets through %s it has asked for that', async (_, order) => {
    const { tracer, sendings, begun } = setUpQueue({ batch: { maxExportBatchSize: 1 }, backoff });
    endSpans(tracer, 2);
    await begun(2);
    const answers: readonly Delivery[] = [failure('busy', { afterMs: 300 }), { lostCount: 0 }];
    const askedMs = performance.now();
    for (const index of order) {
      sendings[index]?.answer(answers[index]);
      await new Promise(setImmediate);
    }
    endSpans(tracer, 1, 'late');
    void tracer.flush();
    await begun(3);
    expect(performance.now() - askedMs).toBeGreaterThanOrEqual(295);
    await begun(4);
    expect(sendings.slice(2).flatMap(({ names }) => names)).toEqual(expect.arrayContaining(['span0', 'late0']));
    for (const sending of sendings) sending.answer();
  });
});

test('a batch whose request was aborted at the end of the process is not sent again, unless the process goes on', async () => {
  const { queue, tracer, sendings, begun, lines, calls } = setUpQueue({ backoff: { firstMs: 1, factor: 1, maxMs: 1 } });
  endSpans(tracer, 1);
  void tracer.flush();
  await begun(1);
  queue.cut?.();
  expect(calls).toEqual(['abort']);
  sendings[0]?.answer(failure());
  await until(() => tracer.stats().lastExportError !== undefined);
  for (let count = 0; count < 20; count++) await new Promise((resolve) => setTimeout(resolve, 1)); // it would be due by now
  expect([sendings.length, lines]).toEqual([1, []]);

  void tracer.flush();
  await begun(2);
  sendings[1]?.answer();
  await until(() => tracer.stats().exported === 1);
});

describe('an old batch', () => {
  test('is dropped with the reason of its last failure', async () => {
    const { tracer, lines } = setUpQueue({ batch: { maxAgeMs: 50 }, backoff, send: async () => failure() });
    endSpans(tracer, 3);
    expect(await tracer.flush()).toEqual({
      delivered: 0,
      lost: 3,
      complete: true,
      reasons: { 'connection-failed': 3 },
      lastError: 'connection refused (given up after 0 s)',
    });
    expect(lines.at(-1)).toBe('waymark warn: spans could not be delivered: connection refused (given up after 0 s)');
  });

  test('is dropped together with batches of the same age, and without younger ones', async () => {
    let requests = 0;
    const { tracer } = setUpQueue({
      batch: { maxAgeMs: 1500, maxExportBatchSize: 1 },
      backoff,
      async send() {
        requests++;
        return failure();
      },
    });
    endSpans(tracer, 10, 'old');
    await new Promise((resolve) => setTimeout(resolve, 1000)); // the batches have to grow old
    endSpans(tracer, 10, 'young');
    await until(() => tracer.stats().waiting <= 10);
    expect(tracer.stats()).toMatchObject({ waiting: 10, dropped: { 'connection-failed': 10 } });
    expect(requests).toBeGreaterThan(0);
  });

  test('is retried for 15 minutes by default', async () => {
    const { tracer } = setUpQueue({ backoff, send: async () => failure() });
    endSpans(tracer, 1);
    await tracer.flush({ timeoutMs: 200 });
    expect(tracer.stats()).toMatchObject({ waiting: 1, dropped: {} });
  });
});

describe('a full queue', () => {
  test('drops the newest span by default', async () => {
    const { tracer } = setUpQueue({ batch: { maxQueueSize: 4, maxExportBatchSize: 2 } });
    endSpans(tracer, 6);
    expect(tracer.stats()).toMatchObject({ waiting: 4, dropped: { 'queue-full': 2 } });
  });

  test('drops the oldest batch that is not under way, with whenFull: drop-oldest', async () => {
    const { tracer, sendings, begun } = setUpQueue({
      batch: { maxQueueSize: 20, maxExportBatchSize: 2, whenFull: 'drop-oldest' },
    });
    endSpans(tracer, 20);
    await begun(4); // span0 to span7 are under way
    endSpans(tracer, 1, 'late');
    expect(tracer.stats()).toMatchObject({ ended: 21, waiting: 19, dropped: { 'queue-full': 2 } });
    for (let count = 4; sendings.length < 10; count++) {
      for (const sending of sendings) sending.answer();
      void tracer.flush();
      await begun(Math.min(count + 1, 10));
    }
    for (const sending of sendings) sending.answer();
    await tracer.flush();
    const names = sendings.flatMap((sending) => sending.names);
    expect(names).not.toContain('span8');
    expect(names).not.toContain('span9');
    expect(names).toContain('span10');
    expect(names).toContain('late0');
    expect(tracer.stats()).toMatchObject({ exported: 19, waiting: 0 });
  });

  test('is reported in spans, when the statistics are correct again', async () => {
    const batch = { maxQueueSize: 20, maxExportBatchSize: 10, whenFull: 'drop-oldest' } as const;
    const { tracer, lines } = setUpQueue({ batch });
    const sums: number[] = [];
    const look = (message: unknown): void => {
      if ((message as DiagnosticsMessage).reason === undefined) return; // the start-up line comes later
      const stats = tracer.stats();
      sums.push(sumOf(stats) - stats.ended);
    };
    subscribe('waymark.diagnostics', look);
    endSpans(tracer, 100);
    await tracer.shutdown({ timeoutMs: 0 });
    unsubscribe('waymark.diagnostics', look);
    expect(lines).toEqual([
      'waymark warn: spans were dropped: queue-full (10 in all)',
      'waymark warn: spans were dropped: queue-full (70 more, 80 in all)',
    ]);
    expect(sums).toEqual([0, 0]);
  });

  test('drops the newest span if all others are under way', async () => {
    const { tracer, begun } = setUpQueue({
      batch: { maxQueueSize: 2, maxExportBatchSize: 1, whenFull: 'drop-oldest' },
    });
    endSpans(tracer, 2);
    await begun(2);
    endSpans(tracer, 1);
    expect(tracer.stats()).toMatchObject({ waiting: 2, dropped: { 'queue-full': 1 } });
  });

  test('never holds more bytes than allowed, with either policy', () => {
    const { tracer } = setUpQueue({
      batch: { maxQueueBytes: 20_000, maxExportBatchSize: 10, whenFull: 'drop-oldest' },
    });
    endSpans(tracer, 2000);
    const stats = tracer.stats();
    expect(stats.waiting).toBeLessThan(400);
    expect(sumOf(stats)).toBe(2000);
  });
});
