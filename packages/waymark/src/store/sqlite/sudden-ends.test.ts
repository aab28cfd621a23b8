/** A store in a separate process that is killed during ingest, repeatedly: all acknowledged spans are there. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testWhere } from '../../../../../tests/on-platform.ts';
import { drivers } from '../../../test/each-store.ts';
import { createRandom } from '../../../test/seeded-random.ts';
import { batchOf, type StoreProcess, startStoreProcess } from '../../../test/store-process.ts';
import type { Span } from '../../model/span.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { DriverName } from './driver.ts';
import { openDriver } from './open-driver.ts';
import { createSqliteStore } from './sqlite-store.ts';

const running: StoreProcess[] = [];
let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-kill-'));
  path = join(folder, 'traces.db');
});

afterEach(async () => {
  for (const process of running.splice(0)) await process.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startStoreProcess>[0]): Promise<StoreProcess> {
  const started = await startStoreProcess(options);
  running.push(started);
  return started;
}

/**
 * Reads the whole file: no page is damaged, all acknowledged batches are complete, and the next batch is complete or
 * absent.
 */
function expectWhole(driver: DriverName, acked: number): void {
  // On a busy machine a search would reach its time limit.
  const store = createSqliteStore({ path, driver, maxSearchMs: Number.POSITIVE_INFINITY });
  const spanCount = store.counts().spanCount;
  expect([40 * acked, 40 * (acked + 1)]).toContain(spanCount);
  const missing: string[] = [];
  const traceIds = new Set<string>();
  for (let number = 0; number < acked; number++) {
    const bySpanId = new Map<string, Span>();
    const batch = batchOf(number);
    for (const id of new Set(batch.map(({ traceId }) => traceId))) {
      traceIds.add(id);
      for (const span of store.spans(id)) bySpanId.set(span.spanId, span);
    }
    for (const span of batch) {
      if (JSON.stringify(bySpanId.get(span.spanId)?.attributes) !== JSON.stringify(span.attributes))
        missing.push(span.spanId);
    }
  }
  expect(missing).toEqual([]);
  const { operations } = store.operations({ startMs: 0, endMs: 1e13 });
  expect(operations.reduce((sum, { count }) => sum + count, 0)).toBe(spanCount);
  expect(store.list({ query: parseQuery('http.route:/1'), limit: 1000 }).traces.length).toBeGreaterThanOrEqual(
    Math.min(traceIds.size, 1000),
  );
  store.close();
  const database = openDriver(path, driver);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  database.close();
}

describe.each(drivers)('a store by %s', (driver) => {
  test('has all acknowledged spans, even if it is killed at any moment', async () => {
    const random = createRandom(driver.length);
    let acked = 0;
    for (let round = 0; round < 8; round++) {
      // The batch in flight may be there or not. If it is sent again, it is there once.
      const storing = await start({ path, driver, first: acked });
      await storing.ackedAtLeast(1 + Math.floor(random() * 12));
      await new Promise((resolve) => setTimeout(resolve, random() * 12));
      await storing.kill();
      acked += storing.acked();
      // The next process may use the other driver.
      expectWhole(drivers[round % drivers.length] ?? driver, acked);
    }
    expect(acked).toBeGreaterThan(8);
  }, 110_000);

  const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;
  testWhere(canLimit, 'prlimit of Linux')(
    'refuses spans while the disk is full, stays undamaged, and continues when there is space',
    async () => {
      const storing = await start({ path, driver, maxFileKb: 600 });
      while (storing.refused().length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(new Set(storing.refused())).toEqual(new Set(['WAYMARK_STORE_FULL']));
      const before = storing.acked();
      expect(before).toBeGreaterThan(0);
      spawnSync('prlimit', ['--pid', String(storing.pid), '--fsize=unlimited']);
      await storing.ackedAtLeast(before + 20);
      await storing.kill();
      expectWhole(driver, storing.acked());
    },
    60_000,
  );
});
