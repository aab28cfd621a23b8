/** How much of the disk a store uses, and when it returns free space. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../../test/each-store.ts';
import type { Span } from '../../model/span.ts';
import type { StoreLimits, TraceStore } from '../trace-store.ts';
import { createSqliteStore } from './sqlite-store.ts';

const epochMs = 1_764_037_440_000;
const mib = 2 ** 20;

let folder = '';
let path = '';
let nowMs = epochMs;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-room-'));
  path = join(folder, 'traces.db');
  nowMs = epochMs;
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A span of about a kilobyte that does not compress. */
function spanOf(id: number): Span {
  const startNano = String(BigInt(epochMs + id) * 1_000_000n);
  const text = Array.from({ length: 200 }, (_, at) => ((id * 7919 + at * 104_729) % 60_466_176).toString(36)).join('');
  return {
    traceId: id.toString(16).padStart(32, '0'),
    spanId: id.toString(16).padStart(16, '0'),
    name: 'GET /',
    kind: 'server',
    startTimeUnixNano: startNano,
    endTimeUnixNano: startNano,
    attributes: { text },
    resource: { serviceName: 'shop', attributes: { 'service.name': 'shop' } },
  };
}

function fill(store: TraceStore, count: number, onBatch = (): void => {}): void {
  for (let sent = 0; sent < count; onBatch()) store.add(Array.from({ length: 100 }, () => spanOf(++sent)));
}

function bytesOnDisk(): number {
  return statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

describe.each(drivers)('by %s', (driver) => {
  const open = (limits: Partial<StoreLimits>): TraceStore =>
    createSqliteStore({ path, driver, limits, now: () => nowMs });

  test.each([2, 8])(
    'a store of %d MiB uses no more than that, with its log',
    (size) => {
      const store = open({ maxBytes: size * mib });
      let most = 0;
      fill(store, 1000 * size, () => {
        expect(store.counts().byteCount).toBe(bytesOnDisk());
        most = Math.max(most, bytesOnDisk());
      });
      expect(most).toBeLessThanOrEqual(size * mib);
      expect(most).toBeGreaterThan(0.6 * size * mib);
      expect(store.counts().evictedCount).toBeGreaterThan(0);
      store.close();
    },
    120_000,
  );

  test.each([{ maxBytes: 2 * mib }, { maxSpans: 500 }])(
    'a limit that was lowered to %j is reached without new spans',
    (limits) => {
      const before = open({});
      fill(before, 5000);
      before.close();
      const full = statSync(path).size;
      expect(full).toBeGreaterThan(5 * mib);

      const store = open(limits);
      let steps = 0;
      while (store.upkeep()) steps++;
      const { spanCount, evictedCount, byteCount } = store.counts();
      expect(spanCount).toBeLessThanOrEqual(limits.maxSpans ?? 2500);
      expect(spanCount).toBeGreaterThan(400);
      expect(evictedCount).toBe(5000 - spanCount);
      expect(steps).toBeGreaterThan(2);
      expect(byteCount).toBe(bytesOnDisk());
      if (limits.maxBytes !== undefined) expect(byteCount).toBeLessThanOrEqual(limits.maxBytes);
      expect(store.spans(spanOf(5000).traceId)).toHaveLength(1);
      store.close();
    },
    60_000,
  );

  test('traces that are too old are removed without new spans', () => {
    const store = open({ maxAgeMs: 3_600_000 });
    fill(store, 1500);
    nowMs += 1_800_000;
    store.add([spanOf(2000)]);
    expect(store.upkeep()).toBe(false);
    expect(store.counts()).toMatchObject({ spanCount: 1501, evictedCount: 0 });
    nowMs += 1_800_001;
    while (store.upkeep());
    expect(store.counts()).toMatchObject({ spanCount: 1, traceCount: 1, evictedCount: 1500 });
    store.close();
  });

  test('a cleared store returns its disk space', () => {
    const store = open({});
    fill(store, 5000);
    store.clear();
    expect(store.counts()).toMatchObject({ spanCount: 0, byteCount: bytesOnDisk() });
    expect(bytesOnDisk()).toBeLessThan(256 * 1024);
    fill(store, 100);
    expect(store.counts().spanCount).toBe(100);
    store.close();
  });
});
