/** How each store handles wrong clocks, and spans without an end. */
import { type OpenOptions, setUpStores, storeKinds } from '../../test/each-store.ts';
import { epochMs, sketchSpan, traceIdOf } from '../../test/sketch-span.ts';

import type { Span } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { TraceStore } from './trace-store.ts';

const nowMs = Date.UTC(2026, 10, 30, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const stores = setUpStores();

describe.each(storeKinds)('store %s', (kind) => {
  const open = (options: OpenOptions = {}): TraceStore => stores.open(kind, { now: () => nowMs, ...options });

  describe('a range without an end', () => {
    test.each([
      ['ten minutes ahead', nowMs + 10 * minuteMs],
      ['of the year 2200', Date.UTC(2200, 0)],
      ['of the year 2500', Date.UTC(2500, 0)],
    ])('ends now, and counts a span %s', (_, startMs) => {
      const store = open();
      store.add([spanOf({ startMs: nowMs - hourMs })]);
      store.add([spanOf({ startMs })]);
      const { operations, others, ...range } = store.operations({ startMs: nowMs - hourMs });
      expect([range, others]).toEqual([{ startMs: nowMs - hourMs, endMs: nowMs }, []]);
      expect(operations).toMatchObject([{ name: 'GET /', count: 2 }]);
      const [counts] = operations.map(({ spark }) => spark.counts);
      expect([counts?.[0], counts?.at(-1)]).toEqual([1, 1]);
      expect(store.map({})).toMatchObject({ startMs: nowMs - hourMs, endMs: nowMs, services: [{ count: 2 }] });
      expect(store.list({}).traces).toHaveLength(2);
    });

    test('starts with the first trace, unless its clock started at 0', () => {
      const store = open();
      store.add([spanOf({ startMs: nowMs - hourMs })]);
      store.add([spanOf({ startMs: 5 })]);
      const { operations, others, ...range } = store.operations({});
      expect([range, others]).toEqual([{ startMs: nowMs - hourMs, endMs: nowMs }, []]);
      expect(operations).toMatchObject([{ count: 2 }]);
      expect(store.list({}).traces.map(({ startMs }) => startMs)).toEqual([nowMs - hourMs, 5]);
    });

    test('has no length if there are no traces', () => {
      expect(open().operations({})).toEqual({ startMs: nowMs, endMs: nowMs, operations: [], others: [] });
    });
  });

  describe('a span without an end', () => {
    const added = (store: TraceStore): void => {
      store.add([spanOf({ trace: 1, startMs: nowMs - 100, durationMs: 20 })]);
      store.add([spanOf({ trace: 2, startMs: nowMs - 100, durationMs: 40 })]);
      store.add([spanOf({ trace: 3, startMs: nowMs - 100, durationMs: undefined, failed: true })]);
    };

    test('is counted, and is in no total and no percentile', () => {
      const store = open();
      added(store);
      const [operation] = store.operations({}).operations;
      expect(operation).toMatchObject({ count: 3, errorCount: 1, unmeasuredCount: 1, totalMs: 60 });
      expect(within2Percent(operation?.p50Ms, 20)).toBe(true);
      expect(within2Percent(operation?.p99Ms, 40)).toBe(true);
      expect(within2Percent(Math.max(...(operation?.spark.p95Ms ?? [])), 40)).toBe(true);
    });

    test('lasts as long as is known, and is counted as unfinished in the list', () => {
      const store = open();
      added(store);
      const summary = store.list({}).traces.find(({ unfinishedCount }) => unfinishedCount > 0);
      expect(summary).toMatchObject({ traceId: traceIdOf(3), durationMs: 0, unfinishedCount: 1, errorCount: 1 });
      const [grown] = store.add([spanOf({ trace: 3, id: 2, startMs: nowMs - 50, durationMs: 5 })]);
      expect(grown).toMatchObject({ startMs: nowMs - 100, durationMs: 55, unfinishedCount: 1, spanCount: 2 });
      expect(store.list({}).traces.find(({ traceId }) => traceId === traceIdOf(3))).toEqual(grown);
    });

    test('has no percentile, and is never the median', () => {
      const store = open();
      added(store);
      const [unfinished] = store.spans(traceIdOf(3));
      expect(store.history(unfinished as Span)).toBeUndefined();
      const [finished] = store.spans(traceIdOf(2));
      expect(store.history(finished as Span)).toMatchObject({ count: 2, p50Ms: 20 });
      expect(store.median({ service: 'shop', name: 'GET /' })).toMatchObject({ traceId: traceIdOf(1), count: 2 });
    });

    test('has no duration to search for', () => {
      const store = open();
      added(store);
      const found = (query: string) => store.list({ query: parseQuery(query) }).traces.map(({ traceId }) => traceId);
      expect(found('dur>=0ms')).toEqual([traceIdOf(1), traceIdOf(2)]);
      expect(found('dur<1h')).toEqual([traceIdOf(1), traceIdOf(2)]);
      expect(found('-{dur>=0ms}')).toEqual([traceIdOf(3)]);
    });

    test('has its failure at its start', () => {
      const store = open();
      added(store);
      expect(store.errors({}).groups).toMatchObject([{ count: 1, firstMs: nowMs - 100, lastMs: nowMs - 100 }]);
    });

    test('is removed with all of its counts', () => {
      const store = open({ limits: { maxSpans: 3 } });
      for (let trace = 1; trace <= 3; trace++) {
        store.add([spanOf({ trace, startMs: nowMs - 100, durationMs: undefined })]);
      }
      expect(store.spans(traceIdOf(3))[0]?.endTimeUnixNano).toBe('0');
      for (let trace = 4; trace <= 6; trace++) store.add([spanOf({ trace, startMs: nowMs, durationMs: 10 })]);
      const kept = store.list({}).traces.length;
      const [operation] = store.operations({}).operations;
      expect(operation).toMatchObject({ count: kept, unmeasuredCount: 0, errorCount: 0, totalMs: 10 * kept });
    });
  });

  test.each([
    ['before its start', -5],
    ['in another century', 200 * 365 * 24 * hourMs],
  ])('a span with an end %s is kept, and is in no total', (_, durationMs) => {
    const store = open();
    store.add([spanOf({ trace: 1, startMs: nowMs - 100, durationMs: 20 })]);
    const [summary] = store.add([spanOf({ trace: 2, startMs: nowMs - 100, durationMs })]);
    expect(summary).toMatchObject({ durationMs: Math.max(durationMs, 0), unfinishedCount: 0 });
    const [operation] = store.operations({}).operations;
    expect(operation).toMatchObject({ count: 2, unmeasuredCount: 1, totalMs: 20 });
    expect(store.spans(traceIdOf(2))[0]?.endTimeUnixNano).toBe(nanoOf(nowMs - 100 + durationMs));
  });

  test('age counts from arrival, whatever the clocks of spans say', () => {
    let time = nowMs;
    const store = open({ limits: { maxAgeMs: hourMs }, now: () => time });
    store.add([spanOf({ trace: 1, startMs: Date.UTC(2200, 0) })]);
    store.add([spanOf({ trace: 2, startMs: 5 })]);
    time += hourMs - 1;
    store.add([spanOf({ trace: 3, startMs: Date.UTC(1980, 0) })]);
    expect(store.list({}).traces).toHaveLength(3);
    time += 2 * minuteMs;
    store.add([spanOf({ trace: 4, startMs: time })]);
    expect(store.list({}).traces.map(({ traceId }) => traceId)).toEqual([traceIdOf(4), traceIdOf(3)]);
  });

  test('starts with nanoseconds and after the year 2262 are kept, and a list pages through them', () => {
    const store = open();
    const starts = ['18446744073709551615', '9223372036854775808', '1764504000000000001', '1764504000000000000', '1'];
    const spans = starts.map((start, index) => ({
      ...spanOf({ trace: index + 1, startMs: 0 }),
      startTimeUnixNano: start,
      endTimeUnixNano: start,
    }));
    for (const span of spans) store.add([span]);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = store.list({ limit: 1, cursor });
      found.push(...page.traces.map(({ traceId }) => traceId));
      ({ cursor } = page);
    } while (cursor !== undefined);
    // A double distinguishes starts that differ by a quarter of a microsecond. Nearer ones are ordered by id.
    expect(found).toEqual([1, 2, 3, 4, 5].map(traceIdOf));
    expect(starts.map((_, index) => store.spans(traceIdOf(index + 1))[0]?.startTimeUnixNano)).toEqual(starts);
  });
});

interface Sketch {
  readonly trace?: number;
  readonly id?: number;
  readonly startMs: number;
  /** `undefined`: unfinished. */
  readonly durationMs?: number | undefined;
  readonly failed?: boolean;
}

let nextTrace = 1000;

function spanOf({ trace = nextTrace++, id = 1, startMs, ...rest }: Sketch): Span {
  return sketchSpan({ trace, id, parent: id === 1 ? undefined : 1, startMs: startMs - epochMs, ...rest });
}

function nanoOf(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

function within2Percent(actual: number | undefined, expected: number): boolean {
  return actual !== undefined && Math.abs(actual - expected) <= 0.02 * expected;
}
