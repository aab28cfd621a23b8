/** Which traces each store removes if there are more than its limits allow. */
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

  describe('room', () => {
    test('is made by number, the oldest first, and reported by service', () => {
      const store = open({ maxSpans: 40 });
      for (let trace = 1; trace <= 30; trace++) {
        nowMs++;
        store.add(sketchOrder(trace));
      }
      const { spanCount, traceCount, evicted } = store.counts();
      expect(spanCount).toBeLessThanOrEqual(40);
      expect(traceCount).toBeGreaterThanOrEqual(9);
      expect(store.list({ limit: 1000 }).traces.map(({ traceId }) => traceId)).toEqual(
        Array.from({ length: traceCount }, (_, index) => traceIdOf(30 - index)),
      );
      expect(evicted).toEqual({ gateway: 2 * (30 - traceCount), orders: 2 * (30 - traceCount) });
      expect(idsOf(store, 'service:orders')).toHaveLength(traceCount);
      expect(store.spans(traceIdOf(1))).toEqual([]);
    });

    test('is made by the service with the most spans, so that the others keep theirs', () => {
      const store = open({ maxSpans: 100 });
      for (let trace = 1; trace <= 10; trace++)
        store.add([sketchSpan({ trace, id: 1, service: 'quiet', startMs: trace })]);
      for (let trace = 100; trace < 400; trace++) {
        nowMs++;
        store.add([sketchSpan({ trace, id: 1, service: 'noisy', startMs: trace })]);
      }
      expect(idsOf(store, 'service:quiet')).toHaveLength(10);
      expect(store.counts().evicted.quiet).toBeUndefined();
      expect(store.spans(traceIdOf(399))).toHaveLength(1);
      expect(store.services()).toEqual(['noisy', 'quiet']);
    });

    test('is made by traces without errors, until traces with errors are half', () => {
      const store = open({ maxSpans: 100 });
      for (let trace = 1; trace <= 1000; trace++) {
        nowMs++;
        store.add([sketchSpan({ trace, id: 1, startMs: trace, failed: trace % 20 === 0 })]);
      }
      const failed = idsOf(store, 'status:error');
      expect(failed.length).toBeGreaterThan(40);
      expect(store.spans(traceIdOf(999))).toHaveLength(1);
      for (let trace = 1001; trace <= 1300; trace++) {
        nowMs++;
        store.add([sketchSpan({ trace, id: 1, startMs: trace, failed: true })]);
      }
      store.add([sketchSpan({ trace: 2000, id: 1, startMs: 2000 })]);
      expect(store.spans(traceIdOf(2000))).toHaveLength(1);
      expect(store.spans(traceIdOf(1300))).toHaveLength(1);
    });

    test('is made by age since a trace last grew', () => {
      const store = open({ maxAgeMs: 600_000 });
      store.add([sketchSpan({ trace: 1, id: 1, startMs: 1 })]);
      store.add([sketchSpan({ trace: 2, id: 1, startMs: 2 })]);
      nowMs += 400_000;
      store.add([sketchSpan({ trace: 2, id: 2, parent: 1, startMs: 3 })]);
      nowMs += 400_000;
      store.add([sketchSpan({ trace: 3, id: 1, startMs: 4 })]);
      expect(store.list({}).traces.map(({ traceId }) => traceId)).toEqual([3, 2].map(traceIdOf));
      expect(store.counts()).toMatchObject({ spanCount: 3, traceCount: 2, evicted: { shop: 1 } });
    });

    test('is made by bytes', () => {
      const store = open({ maxBytes: 2_000_000 });
      const text = (index: number): string =>
        Array.from({ length: 200 }, (_, at) => (index * 7919 + at * 104_729).toString(36)).join('');
      for (let trace = 1; trace <= 3000; trace++) {
        nowMs++;
        store.add([sketchSpan({ trace, id: 1, startMs: trace, attributes: { text: text(trace) } })]);
      }
      const { byteCount, evicted, traceCount } = store.counts();
      expect(byteCount).toBeLessThanOrEqual(2_200_000);
      expect(evicted.shop).toBe(3000 - traceCount);
      expect(traceCount).toBeGreaterThan(200);
      expect(store.spans(traceIdOf(3000))).toHaveLength(1);
    });
  });
});

function idsOf(store: TraceStore, query: string): string[] {
  return store.list({ query: parseQuery(query), limit: 1000 }).traces.map(({ traceId }) => traceId);
}
