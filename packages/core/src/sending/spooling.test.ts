// The queue with a spool: when batches are on disk, and what happens to them.
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endSpans, type QueueSetup, sendAtOnce, setUpQueue, sumOf } from '../../test/test-queue.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import type { Tracer } from '../tracer.ts';
import type { Delivery } from './delivery.ts';

const backoff = { firstMs: 10, factor: 1.5, maxMs: 40 };
const never = { firstMs: 60_000, factor: 1, maxMs: 60_000 };
const isDown = async (): Promise<Delivery> => ({
  lostCount: 1,
  reason: 'connection-failed',
  message: 'connection refused',
  retry: { why: 'unreachable' },
});

let folder: string;
let directory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-spooling-'));
  directory = join(folder, 'spool');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setUp({ maxBytes = 10_000_000, ...options }: Parameters<typeof setUpQueue>[0] & { maxBytes?: number } = {}) {
  return setUpQueue({ spool: { directory, maxBytes }, backoff, ...options });
}

/** A receiver that records the names of its spans. */
function collect(options: Parameters<typeof setUp>[0] = {}): QueueSetup & { names: string[] } {
  const names: string[] = [];
  const send = async (body: readonly Buffer[]): Promise<Delivery> => {
    names.push(...decodeTraceRequest('application/x-protobuf', Buffer.concat(body)).map(({ name }) => name));
    return { lostCount: 0 };
  };
  return { ...setUp({ send, ...options }), names };
}

function files(): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Leaves spans on disk, like a process that never reaches its receiver. */
async function leave(count: number, prefix: string): Promise<Tracer> {
  const { tracer } = setUp({ send: isDown, backoff: never });
  endSpans(tracer, count, prefix);
  await tracer.shutdown();
  return tracer;
}

test('a batch is on disk before it is sent, and removed when it has arrived', async () => {
  const { tracer, sendings, begun } = setUp();
  endSpans(tracer, 3);
  void tracer.flush();
  await begun(1);
  expect(files()).toHaveLength(1);
  expect(tracer.stats()).toMatchObject({ waiting: 3, spooled: 0 });
  sendings[0]?.answer();
  expect(await tracer.shutdown()).toEqual({ delivered: 3, lost: 0, complete: true });
  expect(files()).toEqual([]);
});

test('shutdown() does not wait for a receiver that is down, since all spans are on disk', async () => {
  const { tracer } = setUp({ send: isDown, backoff: never });
  endSpans(tracer, 3);
  expect(await tracer.shutdown()).toEqual({
    delivered: 0,
    lost: 0,
    complete: false,
    spooled: 3,
    lastError: 'connection refused',
  });
  expect(tracer.stats()).toMatchObject({ ended: 3, waiting: 0, spooled: 3, dropped: {} });
  expect(files()).toHaveLength(1);
});

test('batches of a deleted directory are written again at shutdown', async () => {
  const { tracer } = setUp({ send: isDown, backoff: never });
  endSpans(tracer, 3);
  void tracer.flush();
  await until(() => files().length === 1);
  rmSync(directory, { recursive: true });
  expect(await tracer.shutdown()).toMatchObject({ spooled: 3, lost: 0 });
  const { tracer: next, names } = collect();
  await until(() => next.stats().replayed === 3);
  expect(names).toEqual(['span0', 'span1', 'span2']);
  await next.shutdown();
});

test('after a failed write, batches are written once more when the process ends', async () => {
  writeFileSync(directory, 'a file in the way');
  const { queue, tracer } = setUp({ send: isDown, backoff: never });
  endSpans(tracer, 3);
  void tracer.flush();
  await until(() => tracer.stats().diagnostics['spool-failed'] !== undefined);
  rmSync(directory);
  queue.save?.({ isLast: true });
  expect(tracer.stats()).toMatchObject({ ended: 3, waiting: 0, spooled: 3 });
  expect(files()).toHaveLength(1);
});

test('batches without a file do not count as spooled', async () => {
  const { tracer } = setUp({ send: isDown, backoff: never });
  endSpans(tracer, 3);
  void tracer.flush();
  await until(() => files().length === 1);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, 'a file in the way');
  await tracer.shutdown({ timeoutMs: 100 });
  expect(tracer.stats()).toMatchObject({ ended: 3, exported: 0, spooled: 0 });
  expect(sumOf(tracer.stats())).toBe(3);
});

test('batches of an earlier process are sent by the next, and counted apart', async () => {
  await leave(5, 'left');
  const { tracer, names } = collect();
  await until(() => tracer.stats().replayed === 5);
  endSpans(tracer, 2, 'own');
  expect(await tracer.flush()).toEqual({ delivered: 2, lost: 0, complete: true });
  expect(names).toEqual(['left0', 'left1', 'left2', 'left3', 'left4', 'own0', 'own1']);
  expect(tracer.stats()).toMatchObject({ ended: 2, exported: 2, replayed: 5 });
  expect(tracer.stats().exporters[0]?.replay).toEqual({ delivered: 5, dropped: {}, isComplete: true });
  await tracer.shutdown();
  expect(files()).toEqual([]);
});

test('batches of earlier processes are sent in order, next to new ones', async () => {
  for (let index = 0; index < 10; index++) await leave(1, `left${index}-`);
  const { tracer, names } = collect({ batch: { maxExportBatchSize: 1 } });
  endSpans(tracer, 50, 'own');
  await until(() => names.length === 60);
  const left = names.filter((name) => name.startsWith('left'));
  expect(left).toEqual(Array.from({ length: 10 }, (_, index) => `left${index}-0`));
  await tracer.shutdown();
});

test('batches of earlier processes that are refused are dropped and reported', async () => {
  await leave(5, 'left');
  const { tracer } = setUp({ send: async () => ({ lostCount: 5, reason: 'http-400', message: 'bad' }) });
  await until(() => tracer.stats().exporters[0]?.replay?.isComplete === true);
  expect(tracer.stats()).toMatchObject({ ended: 0, exported: 0, dropped: {}, replayed: 0 });
  expect(tracer.stats().exporters[0]?.replay).toEqual({ delivered: 0, dropped: { 'http-400': 5 }, isComplete: true });
  expect(tracer.stats().lastExportError?.message).toBe('bad');
  await tracer.shutdown();
});

test('a batch of an earlier process that always fails goes behind the others, and is dropped in the end', async () => {
  for (let index = 0; index < 5; index++) await leave(1, `left${index}-`);
  const names: string[] = [];
  const { tracer } = setUp({
    batch: { maxExportBatchSize: 1 },
    backoff: { firstMs: 1, factor: 1, maxMs: 1 },
    async send(body) {
      const [{ name } = { name: '' }] = decodeTraceRequest('application/x-protobuf', Buffer.concat(body));
      if (name !== 'left1-0') {
        names.push(name);
        return { lostCount: 0 };
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { lostCount: 1, reason: 'timeout', message: 'no answer', retry: { why: 'timeout' } };
    },
  });
  await until(() => {
    endSpans(tracer, 1, 'own');
    return tracer.stats().exporters[0]?.replay?.isComplete === true;
  });
  expect(names.filter((name) => name.startsWith('left'))).toEqual(['left0-0', 'left2-0', 'left3-0', 'left4-0']);
  expect(tracer.stats().exporters[0]?.replay).toEqual({ delivered: 4, dropped: { timeout: 1 }, isComplete: true });
  await tracer.shutdown();
});

test('no span is lost in an outage that exceeds the memory limit, and the order is kept', async () => {
  let isBack = false;
  const seen: string[] = [];
  const { tracer } = setUp({
    batch: { maxQueueBytes: 200_000, maxExportBatchSize: 50 },
    async send(body) {
      if (!isBack) return isDown();
      seen.push(...decodeTraceRequest('application/x-protobuf', Buffer.concat(body)).map(({ name }) => name));
      return { lostCount: 0 };
    },
  });
  for (let round = 0; round < 100; round++) {
    endSpans(tracer, 100, `${round}-`); // 1 MB in total
    await new Promise(setImmediate);
  }
  await until(() => tracer.stats().spooled > 5000);
  const { waiting, spooled, dropped } = tracer.stats();
  expect([waiting + spooled, dropped]).toEqual([10_000, {}]);
  isBack = true;
  await until(() => tracer.stats().exported === 10_000);
  const order = Array.from({ length: 100 }, (_, round) =>
    Array.from({ length: 100 }, (_, index) => `${round}-${index}`),
  );
  // Four requests at a time may overtake each other by that much.
  const places = new Map(order.flat().map((name, place) => [name, place]));
  expect(seen).toHaveLength(10_000);
  for (const [place, name] of seen.entries())
    expect(Math.abs((places.get(name) ?? -1) - place)).toBeLessThanOrEqual(200);
  await tracer.shutdown();
  expect(files()).toEqual([]);
});

test('spans without room in memory and on disk are dropped by the policy, and counted', async () => {
  for (const whenFull of ['drop-newest', 'drop-oldest'] as const) {
    const { tracer } = setUp({
      send: isDown,
      backoff: never,
      maxBytes: 100_000,
      batch: { maxQueueBytes: 50_000, maxExportBatchSize: 50, whenFull },
    });
    for (let round = 0; round < 40; round++) {
      endSpans(tracer, 100);
      await new Promise(setImmediate);
      expect(sumOf(tracer.stats())).toBe((round + 1) * 100);
    }
    const { dropped, waiting, spooled } = tracer.stats();
    expect(Object.keys(dropped)).toContain(whenFull === 'drop-newest' ? 'queue-full' : 'spool-full');
    expect(waiting).toBeGreaterThan(100);
    expect(spooled).toBeGreaterThan(100);
    await tracer.shutdown({ timeoutMs: 100 });
    rmSync(directory, { recursive: true, force: true });
  }
});

test('an unusable directory loses no span, and is reported in one line', async () => {
  writeFileSync(directory, 'a file in the way');
  const { tracer, lines, names } = collect();
  endSpans(tracer, 10);
  expect(await tracer.flush()).toEqual({ delivered: 10, lost: 0, complete: true });
  endSpans(tracer, 10);
  await tracer.flush();
  expect(names).toHaveLength(20);
  expect(lines.filter((line) => line.includes('the spool cannot be used'))).toHaveLength(1);
  await tracer.shutdown();
});

test('a directory that is deleted loses no span', async () => {
  let isBack = false;
  const { tracer } = setUp({
    batch: { maxExportBatchSize: 10, maxQueueSize: 100 },
    send: async () => (isBack ? { lostCount: 0 } : isDown()),
  });
  for (let round = 0; round < 20; round++) {
    endSpans(tracer, 10);
    await new Promise(setImmediate);
    if (round === 10) rmSync(directory, { recursive: true });
  }
  expect(tracer.stats().spooled).toBeGreaterThan(0);
  isBack = true;
  await until(() => tracer.stats().exported === 200);
  expect(tracer.stats()).toMatchObject({ waiting: 0, spooled: 0, dropped: {} });
  await tracer.shutdown();
});

test('damage on disk is counted as loss', async () => {
  let isBack = false;
  const { tracer } = setUp({
    batch: { maxExportBatchSize: 10, maxQueueSize: 20 },
    send: async () => (isBack ? { lostCount: 0 } : isDown()),
  });
  for (let round = 0; round < 10; round++) {
    endSpans(tracer, 10);
    await new Promise(setImmediate);
  }
  const before = tracer.stats();
  expect(before.spooled).toBe(90);
  const path = join(directory, files()[0] ?? '');
  writeFileSync(path, Buffer.alloc(statSync(path).size), { flag: 'r+' });
  isBack = true;
  await until(() => tracer.stats().waiting + tracer.stats().spooled === 0);
  expect(tracer.stats()).toMatchObject({ exported: 10, dropped: { 'spool-damaged': 90 } });
  expect(tracer.stats().diagnostics).toMatchObject({ 'spool-damaged': 9 });
  await tracer.shutdown();
});

test('a tracer that is made later with the exporter finds the batches', async () => {
  let isBack = false;
  const { tracer, makeTracer } = setUp({ send: async () => (isBack ? { lostCount: 0 } : isDown()) });
  endSpans(tracer, 3);
  await tracer.shutdown();
  expect(tracer.stats()).toMatchObject({ spooled: 3 });
  isBack = true;
  const later = makeTracer('later');
  await until(() => later.stats().replayed === 3);
  await later.shutdown();
  expect(files()).toEqual([]);
});

test('without a spool nothing is written', async () => {
  const { tracer } = setUpQueue(sendAtOnce);
  endSpans(tracer, 3);
  await tracer.shutdown();
  expect(files()).toEqual([]);
  expect(tracer.stats().exporters[0]).not.toHaveProperty('replay');
});
