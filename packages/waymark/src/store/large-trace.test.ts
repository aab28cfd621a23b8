/**
 * A trace that grows large, batch by batch and in unusual orders: each store keeps each span once, and can remove the
 * trace.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../test/each-store.ts';
import type { Span } from '../model/span.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import type { DriverName } from './sqlite/driver.ts';
import { createSqliteStore } from './sqlite/sqlite-store.ts';
import type { TraceStore } from './trace-store.ts';

const epochMs = 1_764_037_440_000;
const spanCount = 8000;
const folder = mkdtempSync(join(tmpdir(), 'waymark-large-'));
const gateway = { serviceName: 'gateway', attributes: {} };
const orders = { serviceName: 'orders', attributes: {} };

/**
 * A tree in which each span has four children. Each fourth span calls a database, each sixteenth belongs to another
 * service.
 */
function spanAt(trace: number, index: number): Span {
  const isCall = index % 4 === 1;
  return {
    traceId: String(trace).padStart(32, '0'),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    ...(index > 0 && { parentSpanId: (((index - 1) >> 2) + 1).toString(16).padStart(16, '0') }),
    name: isCall ? 'SELECT' : 'work',
    kind: isCall ? 'client' : 'internal',
    startTimeUnixNano: `${epochMs + index}000000`,
    endTimeUnixNano: `${epochMs + index + 5}000000`,
    attributes: isCall ? { 'db.system.name': 'postgresql' } : { 'user.id': `u${index}` },
    ...(index % 1000 === 999 && { status: { code: 'error' as const, message: `reason ${index}` } }),
    resource: index % 16 === 15 ? orders : gateway,
  };
}

function openStore(kind: string, name: string): TraceStore {
  if (kind === 'memory') return createMemoryStore();
  const path = join(folder, `${name}-${kind.replace(':', '-')}.db`);
  return createSqliteStore({ path, driver: kind as DriverName, maxSearchMs: Number.POSITIVE_INFINITY });
}

/** Everything that is counted from the spans. */
function countsOf(store: TraceStore) {
  const range = { startMs: epochMs, endMs: epochMs + 60_000 };
  const { services, edges } = store.map(range);
  return {
    summaries: store.list({}).traces,
    operations: store
      .operations(range)
      .operations.map(({ serviceName, name, kind, count, errorCount }) => [serviceName, name, kind, count, errorCount])
      .sort(),
    services: services.map(({ name, count, errorCount, isExternal }) => [name, count, errorCount, isExternal]).sort(),
    edges: edges.map(({ from, to, count, errorCount }) => [from, to, count, errorCount]).sort(),
  };
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['memory', ...drivers])('%s', (kind) => {
  const inOrder = Array.from({ length: spanCount }, (_, index) => index);
  // A step without a common divisor with the number of spans visits each of them once.
  const mixed = inOrder.map((index) => (index * 7919) % spanCount);
  const orders: readonly (readonly [string, readonly number[]])[] = [
    ['in order', inOrder],
    ['backwards', inOrder.toReversed()],
    ['mixed', mixed],
  ];

  test('spans are counted alike in any order of arrival, and once even if they are sent twice', () => {
    const counted = orders.map(([name, indexes]) => {
      const store = openStore(kind, name.replace(' ', '-'));
      for (let at = 0; at < spanCount; at += 500) {
        const batch = indexes.slice(at, at + 500).map((index) => spanAt(1, index));
        // Half of the previous batch is sent again.
        const again = indexes.slice(Math.max(at - 250, 0), at).map((index) => spanAt(1, index));
        store.add([...again, ...batch]);
        expect(store.add(batch)).toEqual([]);
      }
      const counts = countsOf(store);
      expect(store.spans(spanAt(1, 0).traceId)).toEqual(inOrder.map((index) => spanAt(1, index)));
      store.close();
      return counts;
    });
    expect(counted[0]?.summaries).toMatchObject([
      { spanCount, errorCount: spanCount / 1000, durationMs: spanCount + 4, name: 'work', hasRoot: true },
    ]);
    expect(counted[1]).toEqual(counted[0]);
    expect(counted[2]).toEqual(counted[0]);
  });

  test('the counts of a large trace are removed with it', () => {
    const limits = { maxSpans: spanCount };
    const store =
      kind === 'memory'
        ? createMemoryStore(limits)
        : createSqliteStore({
            path: join(folder, `gone-${kind.replace(':', '-')}.db`),
            driver: kind as DriverName,
            limits,
          });
    for (let at = 0; at < spanCount; at += 500) {
      store.add(mixed.slice(at, at + 500).map((index) => spanAt(1, index)));
    }
    const small = { ...spanAt(2, 0), resource: gateway };
    store.add([small]);
    const { summaries, ...counts } = countsOf(store);
    expect(summaries).toMatchObject([{ traceId: small.traceId, spanCount: 1 }]);
    expect(counts).toEqual({
      operations: [['gateway', 'work', 'internal', 1, 0]],
      services: [['gateway', 1, 0, false]],
      edges: [],
    });
    expect(store.errors({}).groups).toEqual([]);
    store.close();
  });
});

test.each(drivers)('%s continues a large trace after a restart', (driver) => {
  const path = join(folder, `again-${driver.replace(':', '-')}.db`);
  const half = spanCount / 2;
  const batch = (from: number, to: number): Span[] =>
    Array.from({ length: to - from }, (_, index) => spanAt(1, spanCount - 1 - from - index));
  const first = createSqliteStore({ path, driver });
  for (let at = 0; at < half; at += 500) first.add(batch(at, at + 500));
  first.close();
  const second = createSqliteStore({ path, driver });
  expect(second.add(batch(0, half))).toEqual([]);
  for (let at = half; at < spanCount; at += 500) second.add(batch(at, at + 500));
  const memory = createMemoryStore();
  memory.add(batch(0, spanCount));
  expect(countsOf(second)).toEqual(countsOf(memory));
  second.close();
});
