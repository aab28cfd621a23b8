/**
 * Names with ids: each comes once, and there is no limit to them. Each store keeps as many spans as usual, and counts
 * them all.
 */
import { setUpStores, storeKinds } from '../../test/each-store.ts';
import { traceIdOf } from '../../test/sketch-span.ts';

import type { Span } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import { openDriver } from './sqlite/open-driver.ts';

const epochMs = 1_764_037_440_000;
const batchSize = 100;

const stores = setUpStores();
let nowMs = epochMs;

beforeEach(() => {
  nowMs = epochMs;
});

type Unique = 'name' | 'service' | 'error' | 'peer';

function spanOf(id: number, unique: Unique | undefined): Span {
  const startNano = BigInt(epochMs + 10 * id) * 1_000_000n;
  const serviceName = unique === 'service' ? `shop-${id}` : 'shop';
  return {
    traceId: traceIdOf(id),
    spanId: id.toString(16).padStart(16, '0'),
    name: unique === 'name' ? `GET /orders/${id}` : 'GET /orders',
    kind: unique === 'peer' ? 'client' : 'server',
    startTimeUnixNano: String(startNano),
    endTimeUnixNano: String(startNano + 5_000_000n),
    attributes: {
      'http.route': '/orders',
      ...(unique === 'peer' && { 'server.address': `host-${id}` }),
      ...(unique === 'error' && { 'error.type': `Error${id}` }),
    },
    ...(unique === 'error' && { status: { code: 'error' as const, message: `order ${id.toString(36)}x failed` } }),
    resource: { serviceName, attributes: { 'service.name': serviceName } },
  };
}

describe.each(storeKinds)('a store by %s', (kind) => {
  test.each(['name', 'service', 'error', 'peer'] as const)(
    'keeps as many spans if each has another %s',
    (unique) => {
      const maxSpans = 1500;
      const limits = kind === 'memory' ? { maxSpans } : { maxBytes: 1_500_000 };
      const store = stores.open(kind, { limits, now: () => nowMs });
      const kept: number[] = [];
      for (let sent = 0; sent < 3000; ) {
        store.add(Array.from({ length: batchSize }, () => spanOf(++sent, unique)));
        const { spanCount, traceCount, evictedCount, evicted, byteCount } = store.counts();
        expect(spanCount + evictedCount).toBe(sent);
        expect(traceCount).toBe(spanCount);
        expect(Object.keys(evicted).length).toBeLessThanOrEqual(200);
        expect(byteCount).toBeLessThanOrEqual(limits.maxBytes ?? Number.POSITIVE_INFINITY);
        if (evictedCount > 0) kept.push(spanCount);
        nowMs++;
      }
      expect(Math.min(...kept)).toBeGreaterThan(0.8 * Math.max(...kept));
      expect(kept.length).toBeGreaterThan(8);
      expect(store.services().length).toBeLessThanOrEqual(1000);

      // Every kept span is found, and is counted under its name or with others.
      const { spanCount } = store.counts();
      const range = { startMs: epochMs, endMs: epochMs + 200_000 };
      const { operations, others } = store.operations(range);
      expect(operations.length).toBeLessThanOrEqual(2000);
      const counted = [...operations, ...others].reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBe(spanCount);
      expect(others.length > 0).toBe(unique === 'name' || unique === 'service');
      const map = store.map(range);
      const entered = [
        ...map.services.filter(({ isExternal }) => !isExternal),
        ...map.others.filter(({ of }) => of === 'entry'),
      ];
      expect(entered.reduce((sum, { count }) => sum + count, 0)).toBe(spanCount);
      let found = 0;
      for (let id = 1; id <= 3000; id++) found += store.spans(id.toString(16).padStart(32, '0')).length;
      expect(found).toBe(spanCount);
      store.close();
    },
    120_000,
  );

  test('removes names with their spans', () => {
    const path = stores.newPath();
    const store = stores.open(kind, { limits: { maxAgeMs: 60_000 }, now: () => nowMs, path });
    for (let sent = 0; sent < 2000; ) store.add(Array.from({ length: batchSize }, () => spanOf(++sent, 'name')));
    nowMs += 120_000;
    while (store.upkeep());
    expect(store.counts()).toMatchObject({ spanCount: 0, traceCount: 0, evictedCount: 2000, evicted: { shop: 2000 } });
    const range = { startMs: epochMs, endMs: epochMs + 600_000 };
    expect(store.operations(range)).toMatchObject({ operations: [], others: [] });
    expect(store.map(range)).toMatchObject({ services: [], edges: [], others: [] });
    expect(store.services()).toEqual([]);
    store.close();
    if (kind === 'memory') return;
    const database = openDriver(path, kind);
    const rows = ['series', 'services', 'operation_slots', 'map_slots', 'durations', 'terms', 'failures'].map((table) =>
      Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count),
    );
    database.close();
    expect(rows).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('keeps the names of a service with few names among thousands of services', () => {
    const store = stores.open(kind, { limits: { maxSpans: 1000 }, now: () => nowMs });
    for (let id = 1; id <= 50; id++) store.add([spanOf(id, undefined)]);
    for (let sent = 50; sent < 5050; ) store.add(Array.from({ length: batchSize }, () => spanOf(++sent, 'service')));
    expect(store.list({ query: parseQuery('service:shop'), limit: 100 }).traces).toHaveLength(50);
    expect(store.services()).toContain('shop');
    const late = { ...spanOf(6000, undefined), resource: { serviceName: 'late', attributes: {} } };
    store.add([late]);
    store.add([{ ...late, traceId: 'a'.repeat(32) }]);
    expect(store.services()).toContain('late');
    store.close();
  }, 60_000);
});
