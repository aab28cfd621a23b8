/** What each store keeps: all spans, once, unchanged, with a summary of their trace. */
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

  describe('spans', () => {
    test('are returned unchanged, in order of start', () => {
      const store = open();
      const full: Span = {
        ...sketchSpan({ trace: 1, id: 1, failed: true }),
        traceState: 'a=b',
        flags: 257,
        attributes: {
          text: '<script> "quoted" \\ \u2028 😀',
          number: 1.5,
          double: { doubleValue: 1 },
          long: { intValue: '9007199254740993' },
          bytes: { bytesValue: 'AAEC' },
          list: ['a', 1, true, null],
          map: { kvlistValue: { a: { doubleValue: 'NaN' } } },
          __proto__: 'x',
        },
        events: [
          { timeUnixNano: '1', name: 'exception', attributes: { 'exception.type': 'E' }, droppedAttributesCount: 2 },
        ],
        links: [{ traceId: traceIdOf(7), spanId: '0'.repeat(15).concat('7'), attributes: { a: 1 } }],
        droppedAttributesCount: 1,
        droppedEventsCount: 2,
        droppedLinksCount: 3,
        scope: { name: 'scope', version: '1', attributes: { a: 'b' }, schemaUrl: 'https://example.com' },
      };
      const later = sketchSpan({ trace: 1, id: 2, parent: 1, startMs: 5 });
      store.add([later, full]);
      expect(store.spans(traceIdOf(1))).toEqual([full, later]);
      expect(store.spans(traceIdOf(2))).toEqual([]);
    });

    test('that are delivered twice are kept once, in the same batch and in a later one', () => {
      const store = open();
      const [one, two] = sketchOrder(1);
      store.add([one, two, one] as Span[]);
      expect(store.add([two] as Span[])).toEqual([]);
      expect(store.spans(traceIdOf(1))).toEqual([one, two]);
      expect(store.counts()).toMatchObject({ spanCount: 2, traceCount: 1 });
    });

    test("keep both of Zipkin's sides of a call, which share an id", () => {
      const store = open();
      const client = sketchSpan({ trace: 1, id: 1, service: 'a', kind: 'client' });
      const server = sketchSpan({ trace: 1, id: 1, service: 'b', kind: 'server', startMs: 1 });
      store.add([server, client]);
      expect(store.spans(traceIdOf(1))).toEqual([client, server]);
      expect(store.map({}).edges).toMatchObject([{ from: 'a', to: 'b', count: 1 }]);
    });

    test('that are linked to their sender are in the map by their queue, for any sender', () => {
      const store = open();
      const queue = { 'messaging.system': 'rabbitmq', 'messaging.destination.name': 'orders' };
      const consumer = { service: 'worker', kind: 'consumer' as const, attributes: queue };
      store.add([
        sketchSpan({ trace: 1, id: 1, service: 'shop' }),
        sketchSpan({ trace: 1, id: 2, parent: 1, service: 'shop', kind: 'producer', attributes: queue }),
        sketchSpan({ trace: 2, id: 3, ...consumer }),
        sketchSpan({ trace: 3, id: 4, ...consumer, attributes: { ...queue, 'messaging.destination.name': 'foreign' } }),
      ]);
      const { services, edges } = store.map({});
      expect(edges.map(({ from, to, count }) => [from, to, count]).sort()).toEqual([
        ['foreign', 'worker', 1],
        ['orders', 'worker', 1],
        ['shop', 'orders', 1],
      ]);
      expect(services.filter(({ isExternal }) => isExternal).map(({ name, count }) => [name, count])).toEqual([
        ['orders', 1],
        ['foreign', 1],
      ]);
      store.add([sketchSpan({ trace: 4, id: 5, service: 'shop', kind: 'producer', attributes: queue })]);
      store.add([sketchSpan({ trace: 4, id: 6, parent: 5, ...consumer })]);
      expect(store.map({}).edges).toContainEqual(expect.objectContaining({ from: 'shop', to: 'worker', count: 1 }));
      expect(store.map({}).edges).toContainEqual(expect.objectContaining({ from: 'shop', to: 'orders', count: 1 }));
    });

    test('are kept even if they share an id, a start and a service', () => {
      const store = open();
      const one = sketchSpan({ trace: 1, id: 1, name: 'one' });
      const others = [
        { ...one, name: 'other' },
        { ...one, parentSpanId: '00000000000000ff' },
        { ...one, endTimeUnixNano: `${one.endTimeUnixNano.slice(0, -1)}7` },
      ];
      store.add([one, ...others]);
      store.add(others);
      expect(store.spans(traceIdOf(1))).toEqual([one, ...others]);
      expect(store.counts()).toMatchObject({ spanCount: 4, traceCount: 1 });
    });

    test('of a trace with thousands of them are all kept and counted', () => {
      const store = open();
      for (let batch = 0; batch < 5; batch++) {
        store.add(
          Array.from({ length: 1000 }, (_, id) => sketchSpan({ trace: 1, id: 1 + batch * 1000 + id, startMs: id })),
        );
      }
      expect(store.spans(traceIdOf(1))).toHaveLength(5000);
      expect(store.list({}).traces[0]?.spanCount).toBe(5000);
    });
  });

  describe('a summary', () => {
    test('is updated by late spans, including the root', () => {
      const store = open();
      const [root, call, server, query] = sketchOrder(1) as [Span, Span, Span, Span];
      expect(store.add([query])).toMatchObject([
        { serviceName: 'orders', name: 'SELECT', hasRoot: false, durationMs: 30 },
      ]);
      expect(store.add([server, call])).toMatchObject([
        { serviceName: 'gateway', name: 'GET', hasRoot: false, spanCount: 3 },
      ]);
      const [summary] = store.add([root]);
      expect(summary).toEqual({
        traceId: traceIdOf(1),
        serviceName: 'gateway',
        name: 'GET /orders',
        hasRoot: true,
        startMs: epochMs + 1000,
        durationMs: 50,
        spanCount: 4,
        errorCount: 0,
        unfinishedCount: 0,
        services: [
          { name: 'gateway', spanCount: 2, errorCount: 0 },
          { name: 'orders', spanCount: 2, errorCount: 0 },
        ],
      });
      expect(store.list({}).traces).toEqual([summary]);
    });

    test('reaches from the earliest start to the latest end of any span', () => {
      const store = open();
      store.add([sketchSpan({ trace: 1, id: 1, startMs: 5, durationMs: 10 })]);
      const [summary] = store.add([
        sketchSpan({ trace: 1, id: 2, parent: 1, startMs: 0, durationMs: 100, failed: true }),
      ]);
      expect(summary).toMatchObject({ startMs: epochMs, durationMs: 100, errorCount: 1, name: 'GET /' });
    });
  });

  test('is empty after clear(), and accepts new spans', () => {
    const store = open();
    store.add(sketchOrder(1));
    store.clear();
    expect(store.counts()).toMatchObject({ spanCount: 0, traceCount: 0 });
    expect([store.list({}).traces, store.services(), store.operations({}).operations]).toEqual([[], [], []]);
    expect([store.errors({}).groups, store.map({}).services, store.spans(traceIdOf(1))]).toEqual([[], [], []]);
    store.add(sketchOrder(1));
    expect(store.spans(traceIdOf(1))).toEqual(sketchOrder(1));
    expect(store.counts()).toMatchObject({ spanCount: 4, traceCount: 1 });
  });
});
