/** What each store finds in a window of time: the traces with a span in it, all of them, once, in pages or at once. */
import { setUpStores, storeKinds } from '../../test/each-store.ts';
import { createRandom } from '../../test/seeded-random.ts';
import { epochMs, sketchSpan, traceIdOf } from '../../test/sketch-span.ts';

import type { Span } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { TraceQuery, TraceStore } from './trace-store.ts';

const nowMs = Date.UTC(2026, 10, 30, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const stores = setUpStores();
let store: TraceStore;

describe.each(storeKinds)('store %s', (kind) => {
  beforeEach(() => {
    store = stores.open(kind, { now: () => nowMs });
  });

  test('a span two hours early does not hide its trace from the windows of its other spans', () => {
    store.add([
      spanOf({ trace: 1, startMs: nowMs - minuteMs, service: 'gateway' }),
      spanOf({ trace: 1, id: 2, startMs: nowMs - minuteMs - 2 * hourMs, failed: true }),
    ]);
    const windows: readonly [TraceQuery, boolean][] = [
      [{ startMs: nowMs - 5 * minuteMs }, true],
      [{ startMs: nowMs - 5 * minuteMs, endMs: nowMs }, true],
      [{ startMs: nowMs - 130 * minuteMs, endMs: nowMs - 120 * minuteMs }, true],
      [{ endMs: nowMs - 120 * minuteMs }, true],
      // Nothing happened between its spans.
      [{ startMs: nowMs - 90 * minuteMs, endMs: nowMs - 60 * minuteMs }, false],
      [{ startMs: nowMs - 30_000 }, false],
      [{ endMs: nowMs - 180 * minuteMs }, false],
    ];
    for (const [window, isIn] of windows) {
      const found = isIn ? [traceIdOf(1)] : [];
      for (const text of [undefined, 'service:gateway', 'service:shop', '-{name:other}', `trace:${traceIdOf(1)}`]) {
        const query = text === undefined ? undefined : parseQuery(text);
        expect([window, text, idsOf(store.list({ ...window, query }).traces)]).toEqual([window, text, found]);
        expect(store.scatter({ ...window, query })).toMatchObject({ traceIds: found, totalCount: found.length });
        expect(store.facets({ ...window, query }).traceCount).toBe(found.length);
      }
      expect(store.errors(window).groups.length).toBe(found.length);
    }
  });

  test('both ends of a window and of a span count, and an unfinished span is at its start', () => {
    store.add([spanOf({ trace: 1, startMs: nowMs - 100, durationMs: 50 })]);
    store.add([spanOf({ trace: 2, startMs: nowMs - 100, durationMs: undefined })]);
    const found = (startMs: number, endMs: number) =>
      idsOf(store.list({ startMs: nowMs + startMs, endMs: nowMs + endMs }).traces);
    expect(found(-200, -101)).toEqual([]);
    expect(found(-200, -100)).toEqual([traceIdOf(1), traceIdOf(2)]);
    expect(found(-100, -100)).toEqual([traceIdOf(1), traceIdOf(2)]);
    expect(found(-99, -60)).toEqual([traceIdOf(1)]);
    expect(found(-50, 0)).toEqual([traceIdOf(1)]);
    expect(found(-49, 0)).toEqual([]);
  });

  test('traces of all lengths are found in all windows, in order, in pages and at once', () => {
    const random = createRandom(7);
    const spans: Span[] = [];
    for (let trace = 1; trace <= 800; trace++) {
      // From a microsecond to a year, the same number of each length. Some thousand may start at one moment.
      const startMs = nowMs - Math.floor(random() * 48) * hourMs;
      const lengthMs = 10 ** (-3 + random() * 13.4);
      spans.push(spanOf({ trace, startMs, durationMs: 1 }));
      if (random() < 0.7)
        spans.push(spanOf({ trace, id: 2, startMs: startMs + lengthMs, durationMs: random() * 1000 }));
      if (random() < 0.2) spans.push(spanOf({ trace, id: 3, startMs, durationMs: lengthMs, service: 'long' }));
    }
    store.add(spans);
    for (let round = 0; round < 40; round++) {
      const startMs = nowMs - random() * 50 * hourMs;
      const endMs = round % 5 === 0 ? undefined : startMs + 10 ** (random() * 8);
      const text = [undefined, 'service:shop', 'service:long', 'dur>=500ms'][round % 4];
      const query = text === undefined ? undefined : parseQuery(text);
      const expected = spans.filter((span) => startOf(span) <= (endMs ?? Number.MAX_VALUE) && endOf(span) >= startMs);
      const wanted = new Set(expected.map(({ traceId }) => traceId));
      const matching = new Set(spans.filter((span) => matches(text, span)).map(({ traceId }) => traceId));
      const inOrder = [...firstStarts(spans)]
        .filter(([traceId]) => wanted.has(traceId) && matching.has(traceId))
        .sort(([id, start], [otherId, otherStart]) => otherStart - start || (id < otherId ? -1 : 1))
        .map(([traceId]) => traceId);
      expect(idsOf(store.list({ startMs, endMs, query, limit: 1000 }).traces)).toEqual(inOrder);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = store.list({ startMs, endMs, query, limit: 1 + (round % 97), cursor });
        paged.push(...idsOf(page.traces));
        ({ cursor } = page);
      } while (cursor !== undefined);
      expect(paged).toEqual(inOrder);
      const scatter = store.scatter({ startMs, endMs, query, limit: 2000 });
      expect([scatter.totalCount, new Set(scatter.traceIds)]).toEqual([inOrder.length, new Set(inOrder)]);
    }
  });
});

function matches(query: string | undefined, span: Span): boolean {
  if (query?.startsWith('service:')) return span.resource.serviceName === query.slice(8);
  return query === undefined || endOf(span) - startOf(span) >= 500;
}

function firstStarts(spans: readonly Span[]): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const span of spans) {
    starts.set(span.traceId, Math.min(starts.get(span.traceId) ?? Number.MAX_VALUE, startOf(span)));
  }
  return starts;
}

function startOf({ startTimeUnixNano }: Span): number {
  return Number(startTimeUnixNano.slice(0, -6)) + Number(startTimeUnixNano.slice(-6)) / 1e6;
}

function endOf({ endTimeUnixNano }: Span): number {
  return startOf({ startTimeUnixNano: endTimeUnixNano } as Span);
}

interface Sketch {
  readonly trace: number;
  readonly id?: number;
  readonly service?: string;
  readonly startMs: number;
  /** `undefined`: unfinished. */
  readonly durationMs?: number | undefined;
  readonly failed?: boolean;
}

function spanOf({ id = 1, startMs, ...rest }: Sketch): Span {
  return sketchSpan({ id, parent: id === 1 ? undefined : 1, startMs: startMs - epochMs, ...rest });
}

function idsOf(traces: readonly { readonly traceId: string }[]): string[] {
  return traces.map(({ traceId }) => traceId);
}
