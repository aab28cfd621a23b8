// Each ended span is exported, waiting, spooled or dropped. The counts are checked again and again while random things happen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endSpans, setUpQueue, sumOf } from '../../test/test-queue.ts';
import type { Delivery, Retry } from './delivery.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-accounts-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The same numbers from 0 to 1 for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    // Mulberry32, by Tommy Ettinger.
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const reasons: readonly Retry['why'][] = ['busy', 'timeout', 'cut', 'unreachable'];

/** A receiver with random answers. */
function answerBy(random: () => number, spanCount: number): Delivery {
  const choice = random();
  const failed = { lostCount: spanCount, message: 'by chance' };
  if (choice < 0.4) return { lostCount: 0 };
  if (choice < 0.5) return { ...failed, reason: 'rejected', lostCount: Math.min(2, spanCount) };
  if (choice < 0.6) return { ...failed, reason: 'http-400' };
  if (choice < 0.65) throw new Error('by chance');
  const why = reasons[Math.floor(random() * reasons.length)] ?? 'cut';
  return { ...failed, reason: why, retry: { why, afterMs: random() < 0.2 ? 5 : undefined } };
}

const seed = Number(process.env.WAYMARK_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.each(['drop-newest', 'drop-oldest'] as const)('%s', (whenFull) => {
  test.each([false, true])(`adds up at any moment, with a spool: %s (WAYMARK_TEST_SEED=${seed})`, async (hasSpool) => {
    const random = createRandom(seed);
    const directory = join(folder, 'spool');
    const { tracer } = setUpQueue({
      backoff: { firstMs: 1, factor: 1.5, maxMs: 4 },
      batch: { maxExportBatchSize: 7, maxQueueSize: 100, maxAgeMs: 30, whenFull },
      spool: hasSpool ? { directory, maxBytes: 30_000 } : undefined,
      async send(_body, spanCount) {
        for (let turns = Math.floor(random() * 5); turns > 0; turns--) await new Promise(setImmediate);
        return answerBy(random, spanCount);
      },
    });
    const check = (): void => {
      const stats = tracer.stats();
      if (sumOf(stats) !== stats.ended) throw new Error(JSON.stringify(stats));
      expect(stats.waiting).toBeGreaterThanOrEqual(0);
      expect(stats.spooled).toBeGreaterThanOrEqual(0);
    };
    for (let round = 0; round < 600; round++) {
      endSpans(tracer, Math.floor(random() * 40));
      check();
      if (random() < 0.8) await new Promise(setImmediate);
      check();
      if (random() < 0.02) void tracer.flush({ timeoutMs: 5 }).then(check);
      if (random() < 0.01) rmSync(directory, { recursive: true, force: true });
    }
    await tracer.flush({ timeoutMs: 500 });
    check();
    await tracer.shutdown({ timeoutMs: 500 });
    check();
    expect(Object.keys(tracer.stats().dropped)).toEqual(
      expect.arrayContaining(['http-400', 'rejected', 'send-failed']),
    );
  });
});
