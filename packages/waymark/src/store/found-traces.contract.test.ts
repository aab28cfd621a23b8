/** What each store finds: lists, queries, points and completions. */
import { setUpStores, storeKinds } from '../../test/each-store.ts';
import { epochMs, sketchOrder, sketchSpan, traceIdOf } from '../../test/sketch-span.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { StoreLimits, TraceStore } from './trace-store.ts';

const stores = setUpStores();
let nowMs = 0;

beforeEach(() => {
  nowMs = epochMs + 3_600_000;
});

describe.each(storeKinds)('store %s', (kind) => {
  const open = (limits?: Partial<StoreLimits>): TraceStore => stores.open(kind, { limits, now: () => nowMs });

  describe('a list', () => {
    test('is ordered by start, the newest first, and a cursor continues it even if traces arrive in between', () => {
      const store = open();
      for (let trace = 1; trace <= 10; trace++) store.add(sketchOrder(trace));
      store.add(sketchOrder(11, { startMs: 5000 })); // the start of trace 5
      const first = store.list({ limit: 4 });
      expect(first.traces.map(({ traceId }) => traceId)).toEqual([10, 9, 8, 7].map(traceIdOf));
      expect(first).toMatchObject({ isComplete: false, searchedBackToMs: epochMs + 7000 });
      store.add(sketchOrder(20));
      const second = store.list({ limit: 4, cursor: first.cursor });
      expect(second.traces.map(({ traceId }) => traceId)).toEqual([6, 5, 11, 4].map(traceIdOf));
      const third = store.list({ limit: 4, cursor: second.cursor });
      expect(third.traces.map(({ traceId }) => traceId)).toEqual([3, 2, 1].map(traceIdOf));
      expect(third).toMatchObject({ isComplete: true, searchedBackToMs: epochMs + 1000 });
      expect(third.cursor).toBeUndefined();
    });

    test('has the traces that start in a range, both ends included', () => {
      const store = open();
      for (let trace = 1; trace <= 5; trace++) store.add(sketchOrder(trace));
      const { traces } = store.list({ startMs: epochMs + 2000, endMs: epochMs + 4000 });
      expect(traces.map(({ traceId }) => traceId)).toEqual([4, 3, 2].map(traceIdOf));
    });

    test('of an empty store is complete', () => {
      expect(open().list({})).toMatchObject({ traces: [], isComplete: true });
    });
  });

  describe('a query', () => {
    let store: TraceStore;
    beforeEach(() => {
      store = open();
      for (let trace = 1; trace <= 20; trace++) {
        const attributes = {
          'http.route': trace % 2 ? '/odd' : '/even',
          'user.id': `u${trace}`,
          tags: ['a', `t${trace}`],
          size: trace,
        };
        store.add(sketchOrder(trace, { failed: trace === 7, attributes }));
      }
      store.add([
        sketchSpan({
          trace: 30,
          id: 1,
          service: 'cron',
          name: 'tick',
          kind: 'internal',
          startMs: 30_000,
          durationMs: 900,
        }),
      ]);
    });

    test.each([
      ['service:cron', [30]],
      ['name:tick', [30]],
      ['kind:internal', [30]],
      ['status:error', [7]],
      ['service:orders status:error', [7]],
      ['service:gateway status:error', []],
      ['{service:gateway} {status:error}', [7]],
      ['-{service:gateway}', [30]],
      ['dur>500ms', [30]],
      ['dur>500ms service:gateway', []],
      ['user.id:u3', [3]],
      ['user.id:u3 OR user.id:u4', [4, 3]],
      ['user.id:u3 http.route:/even', []],
      ['(user.id:u3 OR user.id:u4) http.route:/even', [4]],
      ['tags:t5', [5]],
      ['size:6', [6]],
      ['size>=19', [20, 19]],
      ['user.id:u1*', [19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 1]],
      ['"where ID = 12"', [12]],
      ['"ünïcode" user.id:*', []],
      ['{"ünïcode"} {user.id:u2}', [2]],
      ['service.version:1.2.3 name:tick', [30]],
      [`trace:${traceIdOf(9)}`, [9]],
      ['name:nothing', []],
      ['unknown:1', []],
    ])('%s finds the traces that have such a span', (query, expected) => {
      expect(idsOf(store, query)).toEqual(expected.map(traceIdOf));
    });

    test('finds the same traces in pages and at once', () => {
      for (const query of ['http.route:/odd', '"where id"', 'service:orders', 'dur>1ms']) {
        const all = idsOf(store, query);
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = store.list({ query: parseQuery(query), limit: 3, cursor });
          paged.push(...page.traces.map(({ traceId }) => traceId));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(all);
      }
    });

    test('narrows the points and the facets', () => {
      expect(store.scatter({ query: parseQuery('http.route:/odd') })).toMatchObject({
        totalCount: 10,
        services: ['gateway'],
      });
      const { facets, traceCount } = store.facets({ query: parseQuery('http.route:/odd') });
      expect(traceCount).toBe(10);
      expect(facets.find(({ key }) => key === 'http.route')?.values).toEqual([{ value: '/odd', count: 10 }]);
    });
  });

  test('points show all traces, or a sample with the failed, the slowest and the rare ones', () => {
    const store = open();
    for (let trace = 1; trace <= 100; trace++) store.add(sketchOrder(trace, { failed: trace === 100 }));
    const all = store.scatter({});
    expect(all).toMatchObject({ totalCount: 100, services: ['gateway'] });
    expect(all.traceIds[0]).toBe(traceIdOf(100));
    expect([all.startMs[0], all.durationMs[0], all.isError[0], all.isError[1]]).toEqual([epochMs + 100_000, 50, 1, 0]);
    const part = store.scatter({ limit: 10 });
    expect(part).toMatchObject({ totalCount: 100, isComplete: true });
    expect(part.traceIds).toHaveLength(10);
    expect(part.traceIds).toContain(traceIdOf(100));
    expect(store.scatter({ limit: 10, query: parseQuery('service:gateway') })).toEqual(part);
    expect(store.scatter({ limit: 10, endMs: epochMs + 50_000 })).toMatchObject({ totalCount: 50 });
  });

  test('all points of one moment are read', () => {
    const store = open();
    const spans = Array.from({ length: 9000 }, (_, index) =>
      sketchSpan({ trace: index + 1, id: 1, startMs: 5, durationMs: index }),
    );
    store.add(spans);
    const { traceIds, totalCount } = store.scatter({ limit: 9000 });
    expect([new Set(traceIds).size, totalCount]).toEqual([9000, 9000]);
    const part = store.scatter({ limit: 100 });
    expect([part.traceIds.length, part.totalCount, Math.max(...part.durationMs)]).toEqual([100, 9000, 8999]);
  });

  test('keys and values are completed, those with the prefix at their start first', () => {
    const store = open();
    store.add(sketchOrder(1, { attributes: { 'user.id': 'u1', 'app.user': 'x' } }));
    expect(store.complete({ prefix: 'user' }).completions).toEqual(['user.id', 'app.user']);
    expect(store.complete({ key: 'service' }).completions).toEqual(['gateway', 'orders']);
    expect(store.complete({ key: 'user.id', prefix: 'U' }).completions).toEqual(['u1']);
  });
});

function idsOf(store: TraceStore, query: string): string[] {
  return store.list({ query: parseQuery(query), limit: 1000 }).traces.map(({ traceId }) => traceId);
}
