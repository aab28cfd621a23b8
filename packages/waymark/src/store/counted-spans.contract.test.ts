/** What each store counts: operations, histories, the map of services, errors. */
import { setUpStores, storeKinds } from '../../test/each-store.ts';
import { epochMs, sketchOrder, sketchSpan, traceIdOf } from '../../test/sketch-span.ts';
import type { Span } from '../model/span.ts';
import type { StoreLimits, TraceStore } from './trace-store.ts';

const stores = setUpStores();
let nowMs = 0;

beforeEach(() => {
  nowMs = epochMs + 3_600_000;
});

describe.each(storeKinds)('store %s', (kind) => {
  const open = (limits?: Partial<StoreLimits>): TraceStore => stores.open(kind, { limits, now: () => nowMs });

  describe('operations', () => {
    test('are counted exactly, with percentiles within 2 %', () => {
      const store = open();
      const spans = Array.from({ length: 1000 }, (_, index) =>
        sketchSpan({ trace: index + 1, id: 1, startMs: index * 1000, durationMs: index + 1, failed: index >= 990 }),
      );
      store.add(spans);
      const { operations } = store.operations({ startMs: epochMs, endMs: epochMs + 1_200_000 });
      const [operation] = operations;
      expect(operations).toHaveLength(1);
      expect(operation).toMatchObject({
        serviceName: 'shop',
        name: 'GET /',
        kind: 'server',
        count: 1000,
        errorCount: 10,
      });
      expect(operation?.totalMs).toBeCloseTo(500_500, 3);
      for (const [is, should] of [
        [operation?.p50Ms, 500],
        [operation?.p95Ms, 950],
        [operation?.p99Ms, 990],
      ] as const) {
        expect(Math.abs((is ?? 0) / should - 1)).toBeLessThan(0.0201);
      }
      expect(operation?.spark.counts).toHaveLength(30);
      expect(operation?.spark.counts.slice(0, 25)).toEqual(new Array(25).fill(40));
      expect(operation?.spark.counts.slice(25)).toEqual([0, 0, 0, 0, 0]);
      expect(operation?.spark.errors[24]).toBe(10);
    });

    test('are read for one service, for a range, and for long ranges', () => {
      const store = open();
      for (let hour = 0; hour < 100; hour++) store.add(sketchOrder(hour + 1, { startMs: hour * 3_600_000 }));
      nowMs = epochMs + 100 * 3_600_000;
      expect(store.operations({ service: 'orders' }).operations.map(({ name, count }) => [name, count])).toEqual([
        ['GET /orders', 100],
        ['SELECT', 100],
      ]);
      const { operations } = store.operations({
        startMs: epochMs + 10 * 3_600_000,
        endMs: epochMs + 20 * 3_600_000 - 1,
      });
      expect(operations.map(({ count }) => count)).toEqual([10, 10, 10, 10]);
    });

    test('no longer count spans that have made room', () => {
      const store = open({ maxSpans: 400 });
      for (let trace = 1; trace <= 200; trace++) store.add(sketchOrder(trace));
      const { spanCount, traceCount } = store.counts();
      expect(store.operations({}).operations.map(({ count }) => count)).toEqual(new Array(4).fill(traceCount));
      expect(spanCount).toBe(4 * traceCount);
      expect(store.map({}).edges.map(({ count }) => count)).toEqual([traceCount, traceCount]);
    });
  });

  test('the history of a span is that of the newest thousand of its operation', () => {
    const store = open();
    const spans = Array.from({ length: 1500 }, (_, index) =>
      sketchSpan({ trace: index + 1, id: 1, startMs: index, durationMs: index < 500 ? 5000 : index - 499 }),
    );
    store.add(spans);
    store.add([sketchSpan({ trace: 5000, id: 1, name: 'other' })]);
    expect(store.history(spans[1249] as Span)).toEqual({ count: 1000, percentile: 74.95, p50Ms: 500, p95Ms: 950 });
    expect(store.history(sketchSpan({ trace: 1, id: 1, name: 'never' }))).toBeUndefined();
  });

  test('the median of an operation is a span of another trace', () => {
    const store = open();
    for (let trace = 1; trace <= 5; trace++) store.add([sketchSpan({ trace, id: trace, durationMs: trace * 10 })]);
    const operation = { service: 'shop', name: 'GET /' };
    expect(store.median(operation)).toEqual({
      traceId: traceIdOf(3),
      spanId: '0000000000000003',
      durationMs: 30,
      count: 5,
    });
    expect(store.median({ ...operation, kind: 'server', traceId: traceIdOf(3) })).toMatchObject({
      traceId: traceIdOf(2),
      count: 4,
    });
    expect(store.median({ ...operation, kind: 'client' })).toBeUndefined();
  });

  describe('the map', () => {
    test('has services, their calls, and targets that send no spans, in any order of arrival', () => {
      const expected = {
        services: [
          { name: 'gateway', count: 1, errorCount: 0, isExternal: false },
          { name: 'orders', count: 1, errorCount: 1, isExternal: false },
          { name: 'postgresql', count: 1, errorCount: 0, isExternal: true },
        ],
        edges: [
          { from: 'gateway', to: 'orders', count: 1, errorCount: 1 },
          { from: 'orders', to: 'postgresql', count: 1, errorCount: 0 },
        ],
      };
      const spans = sketchOrder(1, { failed: true });
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [2, 0, 3, 1],
      ]) {
        const store = open();
        for (const index of order) store.add([spans[index] as Span]);
        const { services, edges } = store.map({});
        const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
        const byFrom = (one: { from: string }, other: { from: string }) => (one.from < other.from ? -1 : 1);
        expect([...services].sort(byName)).toMatchObject(expected.services);
        expect([...edges].sort(byFrom)).toMatchObject(expected.edges);
        expect(services).toHaveLength(3);
      }
    });

    test('shows a peer as a service once it sends spans', () => {
      const store = open();
      const client = sketchSpan({ trace: 1, id: 1, service: 'a', kind: 'client', attributes: { 'peer.service': 'b' } });
      store.add([client]);
      expect(store.map({}).services.find(({ name }) => name === 'b')?.isExternal).toBe(true);
      store.add([sketchSpan({ trace: 1, id: 2, parent: 1, service: 'b', startMs: 1 })]);
      const { services, edges } = store.map({});
      expect(services.find(({ name }) => name === 'b')).toMatchObject({ isExternal: false, count: 1 });
      expect(edges).toMatchObject([{ from: 'a', to: 'b', count: 1 }]);
    });
  });

  test('errors are grouped by type and frame, or by message without its numbers', () => {
    const store = open();
    const exception = (message: string, line: number): Span['events'] => [
      {
        timeUnixNano: '1',
        name: 'exception',
        attributes: {
          'exception.type': 'TypeError',
          'exception.message': message,
          'exception.stacktrace': `TypeError: ${message}\n    at next (/app/node_modules/x/index.js:1:1)\n    at loadUser (/app/users.js:${line}:7)`,
        },
      },
    ];
    store.add([sketchSpan({ trace: 1, id: 1, startMs: 1000, failed: true, events: exception('one', 12) })]);
    store.add([sketchSpan({ trace: 2, id: 1, startMs: 2000, failed: true, events: exception('two', 12) })]);
    store.add([sketchSpan({ trace: 3, id: 1, startMs: 3000, failed: true, name: 'pay 12' })]);
    store.add([sketchSpan({ trace: 4, id: 1, startMs: 4000, failed: true, name: 'pay 13' })]);
    store.add([sketchSpan({ trace: 5, id: 1, startMs: 5000 })]);
    const { groups } = store.errors({});
    expect(groups.map(({ type, message, frame, count }) => ({ type, message, frame, count }))).toEqual([
      { type: 'error', message: 'pay 13 failed', frame: undefined, count: 2 },
      { type: 'TypeError', message: 'two', frame: 'loadUser (users.js:12)', count: 2 },
    ]);
    expect(groups[1]).toMatchObject({
      firstMs: epochMs + 1010,
      lastMs: epochMs + 2010,
      services: ['shop'],
      operations: ['GET /'],
      samples: [
        { traceId: traceIdOf(2), spanId: '0000000000000001' },
        { traceId: traceIdOf(1), spanId: '0000000000000001' },
      ],
    });
    expect(store.errors({ startMs: epochMs + 2000, endMs: epochMs + 2500 }).groups).toMatchObject([{ count: 1 }]);
  });
});
