/** The store's thread fails, by real batches that exceed its memory limit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRestartSchedule } from './restart-schedule.ts';
import { type Engine, startEngine } from './start-engine.ts';

let folder: string;
let engine: Engine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-engine-'));
  engine = await open();
});

afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

function open(): Promise<Engine> {
  return startEngine({
    path: join(folder, 'traces.db'),
    maxHeapMb: 48,
    restarts: { firstDelayMs: 1, maxDelayMs: 2 },
  });
}

/** @param attributeCount Attributes of each span. With many, the thread fails. */
function bodyOf(trace: number, spanCount: number, attributeCount: number): Buffer {
  const spans = Array.from({ length: spanCount }, (_, index) => ({
    traceId: trace.toString(16).padStart(32, '0'),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: 'GET /orders',
    kind: 2,
    startTimeUnixNano: '1764037000000000000',
    endTimeUnixNano: '1764037000002000000',
    attributes: Array.from({ length: attributeCount }, (_, key) => ({
      key: `key.${key}`,
      value: { stringValue: `${index}.${key}` },
    })),
  }));
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
}

const crashing = (trace: number) => bodyOf(trace, 12_000, 40);
const ingest = (body: Buffer) => engine.ingest(Uint8Array.from(body), 'otlp-json');
const traceOf = (trace: number) => engine.spans(trace.toString(16).padStart(32, '0'));

test('a batch during which the thread fails is answered with 503, then with 400, and is not tried again', async () => {
  const failures: string[] = [];
  engine.onFailure(({ message }) => failures.push(message));
  const body = crashing(9);
  await ingest(bodyOf(1, 1, 1));
  await expect(ingest(body)).rejects.toMatchObject({ code: 'WAYMARK_STORE_FAILED', status: 503 });
  await expect(ingest(body)).rejects.toMatchObject({ code: 'WAYMARK_BATCH_REFUSED', status: 400 });
  await retried(() => ingest(bodyOf(2, 1, 1)));
  await expect(ingest(body)).rejects.toMatchObject({ code: 'WAYMARK_BATCH_REFUSED', status: 400 });
  expect([await traceOf(1), await traceOf(2), await traceOf(9)].map(({ length }) => length)).toEqual([1, 1, 0]);
  expect(failures).toEqual([
    expect.stringMatching(/^The thread that stores spans has failed: .*memory.* It is being restarted\.$/),
    expect.stringMatching(/has failed 2 times in a row: .* It is restarted in 0\.001 s\.$/),
  ]);
  expect(engine.status()).toMatchObject({ state: 'running', failures: 2, lastFailure: { message: failures[1] } });
}, 120_000);

test('the thread is restarted after each failure, and waiting batches are answered with 503 and stored when they are sent again', async () => {
  for (let round = 1; round <= 4; round++) {
    const [crashed, ...waited] = await Promise.allSettled([
      ingest(crashing(100 + round)),
      ...[1, 2, 3].map((number) => ingest(bodyOf(10 * round + number, 1, 1))),
    ]);
    for (const outcome of [crashed, ...waited]) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'WAYMARK_STORE_FAILED', status: 503 } });
    }
    for (const number of [1, 2, 3]) await retried(() => ingest(bodyOf(10 * round + number, 1, 1)));
    expect(engine.status().failures).toBe(round);
  }
  expect(await engine.counts()).toMatchObject({ spanCount: 12 });
}, 120_000);

test('a file that cannot be opened any more is not tried again, and requests are answered with its error', async () => {
  await engine.close();
  engine = await startEngine({
    path: join(folder, 'traces.db'),
    driver: 'node-sqlite3-wasm', // which leaves the file as it is when its thread fails
    maxHeapMb: 48,
  });
  writeFileSync(join(folder, 'traces.db'), 'not a database'.repeat(2000));
  await expect(ingest(crashing(9))).rejects.toMatchObject({ code: 'WAYMARK_STORE_FAILED' });
  await expect(ingest(bodyOf(1, 1, 1))).rejects.toMatchObject({
    message: expect.stringContaining('is not a database'),
  });
  await expect(ingest(bodyOf(1, 1, 1))).rejects.toMatchObject({
    code: 'WAYMARK_STORE_FAILED',
    message: expect.stringMatching(/is not a database.* It is not restarted/),
  });
  expect(engine.status()).toMatchObject({ state: 'failed', failures: 2 });
  expect(await engine.counts()).toMatchObject({ kind: 'sqlite', spanCount: 0 });
}, 60_000);

/** Retries after a moment while the answer is 503, as exporters do. */
async function retried<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as { status?: number }).status !== 503) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('restarts', () => {
  const times = { firstDelayMs: 500, maxDelayMs: 30_000, recoveredMs: 60_000 };
  const failed = { wasOpening: false, code: undefined };

  test('come at once, then with growing delays, and at once again after a time without failures', () => {
    let nowMs = 0;
    const schedule = createRestartSchedule(times, () => nowMs);
    const delays = Array.from({ length: 9 }, () => {
      const delayMs = schedule.delayAfter(failed) ?? Number.NaN;
      nowMs += delayMs + 1000;
      return delayMs;
    });
    expect(delays).toEqual([0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(schedule.failuresInARow()).toBe(9);
    nowMs += 60_000;
    expect(schedule.delayAfter(failed)).toBe(0);
    expect(schedule.failuresInARow()).toBe(1);
  });

  test('end when the store reports why it cannot be opened, or when opening fails three times', () => {
    const schedule = createRestartSchedule(times, () => 0);
    expect(schedule.delayAfter({ wasOpening: true, code: 'WAYMARK_STORE_UNREADABLE' })).toBeUndefined();
    const other = createRestartSchedule(times, () => 0);
    const opening = { wasOpening: true, code: undefined };
    expect([1, 2, 3].map(() => other.delayAfter(opening))).toEqual([0, 500, undefined]);
    const inUse = createRestartSchedule(times, () => 0);
    const taken = { wasOpening: true, code: 'WAYMARK_STORE_IN_USE' };
    expect([1, 2, 3, 4].map(() => inUse.delayAfter(taken))).toEqual([0, 500, 1000, 2000]);
  });
});
