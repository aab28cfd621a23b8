/** Traces in memory, bounded by bytes, number and age. */
import { durationAt, percentileOf } from '../analysis/percentiles.ts';
import { inOrderOfStart } from '../analysis/to-outline.ts';
import type { MedianTrace, SpanDetails, TraceSummary } from '../api/types.ts';
import type { Span } from '../model/span.ts';
import { matchesTrace, toText } from '../query/matches.ts';
import { parseQuery } from '../query/parse-query.ts';
import { choosePoints, emptyColumns } from './answers/choose-points.ts';
import { countFacets } from './answers/count-facets.ts';
import { drawMap } from './answers/draw-map.ts';
import { findCompletions } from './answers/find-completions.ts';
import { failureOf, groupErrors, maxFailures } from './answers/group-errors.ts';
import { summariseOperations } from './answers/summarise-operations.ts';
import { summariseTrace } from './answers/summarise-trace.ts';
import { chooseEvicted } from './choose-evicted.ts';
import { type ClosedRange, closeRange, earliestPlausibleMs } from './closed-range.ts';
import { comparePlaces, readCursor, toCursor } from './cursor.ts';
import { defaultLimits } from './default-limits.ts';
import { factsOf, hasFailed, identityOf, insertInOrder, measuredMs, type SpanFacts } from './span-facts.ts';
import { mapSeriesOf, measurementOf, operationOf, readSeries, type Series } from './span-series.ts';
import { createMemorySlots } from './timeline/memory-slots.ts';
import { createTimeline, type SeriesTotal } from './timeline/timeline.ts';
import type { StoreLimits, TimeRange, TraceQuery, TraceStore } from './trace-store.ts';

interface MeasuredSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly durationMs: number;
}

interface Held {
  readonly traceId: string;
  /** In order of arrival. */
  readonly number: number;
  /** In order of start, as `facts`. */
  spans: readonly Span[];
  readonly facts: SpanFacts[];
  mapSeries: readonly { readonly fact: SpanFacts; readonly series: readonly string[] }[];
  readonly seen: Set<string>;
  byteCount: number;
  summary: TraceSummary;
  /** When it last grew. Its age counts from here: a trace that is imported may be old, and was still wanted now. */
  addedMs: number;
}

// How long one call looks through spans before it says how far it came.
const maxSearchMs = 200;
const maxFacetTraces = 2000;
// How many of the newest spans of an operation stand for all.
const maxHistory = 1000;
const defaultLimit = 50;
const maxLimit = 1000;
const defaultPoints = 2000;

export function createMemoryStore(given: Partial<StoreLimits> = {}, now: () => number = Date.now): TraceStore {
  const limits = { ...defaultLimits, ...given };
  const traces = new Map<string, Held>();
  const evicted: Record<string, number> = {};
  let slots = createMemorySlots();
  let timeline = createTimeline(slots);
  let newestFirst: readonly Held[] | undefined = [];
  let spanCount = 0;
  let byteCount = 0;
  let nextNumber = 1;

  function add(spans: readonly Span[]): readonly TraceSummary[] {
    const touched = new Map<Held, { spans: Span[]; facts: SpanFacts[] }>();
    for (const span of spans) {
      const held = traces.get(span.traceId) ?? hold(span.traceId);
      const facts = factsOf(span);
      const identity = identityOf(facts);
      if (held.seen.has(identity)) continue;
      held.seen.add(identity);
      const added = touched.get(held) ?? { spans: [], facts: [] };
      touched.set(held, added);
      added.spans.push(span);
      added.facts.push(facts);
    }
    for (const [held, added] of touched) {
      held.spans = inOrderOfStart([...held.spans, ...added.spans]);
      insertInOrder(held.facts, added.facts);
      const bytes = added.spans.reduce((sum, span) => sum + bytesOf(span), 0);
      held.byteCount += bytes;
      byteCount += bytes;
      spanCount += added.spans.length;
      held.summary = summariseTrace(held.traceId, held.facts);
      for (const fact of added.facts) timeline.note(measurementOf(fact, operationOf(fact)), 1);
      noteMap(held, -1);
      const series = mapSeriesOf(held.facts);
      held.mapSeries = held.facts.map((fact, index) => ({ fact, series: series[index] ?? [] }));
      noteMap(held, 1);
      // Behind those that have not grown since: the order is by age.
      held.addedMs = now();
      traces.delete(held.traceId);
      traces.set(held.traceId, held);
    }
    if (touched.size === 0) return [];
    newestFirst = undefined;
    evict();
    timeline.flush();
    return [...touched.keys()].filter(({ traceId }) => traces.has(traceId)).map(({ summary }) => summary);
  }

  function hold(traceId: string): Held {
    const held: Held = {
      traceId,
      number: nextNumber++,
      spans: [],
      facts: [],
      mapSeries: [],
      seen: new Set(),
      byteCount: 0,
      summary: {
        traceId,
        serviceName: '',
        name: '',
        hasRoot: false,
        startMs: 0,
        durationMs: 0,
        spanCount: 0,
        errorCount: 0,
        unfinishedCount: 0,
        services: [],
      },
      addedMs: 0,
    };
    traces.set(traceId, held);
    return held;
  }

  function noteMap({ mapSeries }: Held, sign: 1 | -1): void {
    for (const { fact, series } of mapSeries) for (const one of series) timeline.note(measurementOf(fact, one), sign);
  }

  function evict(): void {
    const oldestMs = now() - limits.maxAgeMs;
    for (const held of traces.values()) {
      if (held.addedMs >= oldestMs) break;
      drop(held);
    }
    if (byteCount <= limits.maxBytes && spanCount <= limits.maxSpans) return;
    const services = new Map<string, { plain: number; failed: number; traces: { plain: Held[]; failed: Held[] } }>();
    for (const held of traces.values()) {
      const { serviceName, errorCount, spanCount: count } = held.summary;
      const service = services.get(serviceName) ?? { plain: 0, failed: 0, traces: { plain: [], failed: [] } };
      services.set(serviceName, service);
      const side = errorCount > 0 ? 'failed' : 'plain';
      service[side] += count;
      service.traces[side].push(held);
    }
    for (const { traces: held } of services.values()) {
      // The oldest last, where it is cheap to take.
      held.plain.reverse();
      held.failed.reverse();
    }
    // Some more than must go, so that it is not done at every batch.
    while (spanCount > 0.95 * limits.maxSpans || byteCount > 0.95 * limits.maxBytes) {
      const chosen = chooseEvicted(services);
      const service = chosen && services.get(chosen.service);
      const side = chosen?.hasFailed ? 'failed' : 'plain';
      const held = service?.traces[side].pop();
      if (service === undefined || held === undefined) break;
      service[side] -= held.summary.spanCount;
      drop(held);
    }
  }

  function drop(held: Held): void {
    traces.delete(held.traceId);
    spanCount -= held.spans.length;
    byteCount -= held.byteCount;
    newestFirst = undefined;
    for (const fact of held.facts) timeline.note(measurementOf(fact, operationOf(fact)), -1);
    noteMap(held, -1);
    for (const { name, spanCount: count } of held.summary.services) evicted[name] = (evicted[name] ?? 0) + count;
  }

  function sorted(): readonly Held[] {
    newestFirst ??= [...traces.values()].sort((one, other) => comparePlaces(one.summary, other.summary));
    return newestFirst;
  }

  function* between({
    startMs = Number.NEGATIVE_INFINITY,
    endMs = Number.POSITIVE_INFINITY,
  }: TimeRange): Iterable<Held> {
    for (const held of sorted()) {
      const { summary } = held;
      if (summary.startMs >= startMs && summary.startMs <= endMs) yield held;
    }
  }

  function* matching(range: TraceQuery): Iterable<Held> {
    const query = range.query?.trim() ? parseQuery(range.query) : undefined;
    for (const held of between(range)) if (query === undefined || matchesTrace(query, held.spans)) yield held;
  }

  /** The range that is meant where an end is open. */
  function closed(range: TimeRange): ClosedRange {
    const first = sorted().findLast(({ summary }) => summary.startMs >= earliestPlausibleMs);
    return closeRange(range, first?.summary.startMs, now());
  }

  function* totals(range: ClosedRange): Iterable<readonly [Series, SeriesTotal]> {
    for (const total of timeline.read(range)) yield [readSeries(slots.seriesAt(total.series)), total];
  }

  /** Of those with a duration. */
  function newestOf(operation: string, leftOut?: string): MeasuredSpan[] {
    const found: MeasuredSpan[] = [];
    for (const { traceId, facts } of sorted()) {
      if (traceId === leftOut) continue;
      for (const fact of facts) {
        const durationMs = operationOf(fact) === operation ? measuredMs(fact.durationMs) : undefined;
        if (durationMs !== undefined) found.push({ traceId, spanId: fact.spanId, startMs: fact.startMs, durationMs });
      }
    }
    return found.sort((one, other) => other.startMs - one.startMs).slice(0, maxHistory);
  }

  return {
    add,

    list(request) {
      const limit = Math.min(request.limit ?? defaultLimit, maxLimit);
      const query = request.query?.trim() ? parseQuery(request.query) : undefined;
      const after = readCursor(request.cursor);
      const deadlineMs = performance.now() + maxSearchMs;
      const found: TraceSummary[] = [];
      let last: TraceSummary | undefined;
      let looked = 0;
      for (const { summary, spans } of between(request)) {
        if (after !== undefined && comparePlaces(after, summary) >= 0) continue;
        const isLate = query !== undefined && ++looked % 64 === 0 && performance.now() > deadlineMs;
        if (last !== undefined && (found.length === limit || isLate)) {
          return { traces: found, cursor: toCursor(last), searchedBackToMs: last.startMs, isComplete: false };
        }
        last = summary;
        if (query === undefined || matchesTrace(query, spans)) found.push(summary);
      }
      return { traces: found, searchedBackToMs: closed(request).startMs, isComplete: true };
    },

    scatter(request) {
      const all = [...matching(request)];
      const columns = emptyColumns();
      for (const { number, summary } of all) {
        columns.numberOf.push(number);
        columns.startMs.push(summary.startMs);
        columns.durationMs.push(summary.durationMs);
        columns.hasFailed.push(summary.errorCount > 0);
        columns.kindOf.push(`${summary.serviceName}\0${summary.name}`);
      }
      const shown = [...choosePoints(columns, request.limit ?? defaultPoints)].flatMap((index) => all[index] ?? []);
      const services = [...new Set(shown.map(({ summary }) => summary.serviceName))];
      return {
        traceIds: shown.map(({ traceId }) => traceId),
        startMs: shown.map(({ summary }) => summary.startMs),
        durationMs: shown.map(({ summary }) => summary.durationMs),
        isError: shown.map(({ summary }) => (summary.errorCount > 0 ? 1 : 0)),
        serviceOf: shown.map(({ summary }) => services.indexOf(summary.serviceName)),
        services,
        totalCount: all.length,
        searchedBackToMs: closed(request).startMs,
        isComplete: true,
      };
    },

    facets(request) {
      return countFacets(first(maxFacetTraces, matching(request), ({ spans }) => spans));
    },

    complete(request) {
      const newest = first(maxFacetTraces, sorted(), ({ spans }) => spans);
      return findCompletions(newest, request);
    },

    spans: (traceId) => traces.get(traceId)?.spans ?? [],

    history(span): SpanDetails['history'] {
      const facts = factsOf(span);
      const durationMs = measuredMs(facts.durationMs);
      if (durationMs === undefined) return undefined;
      const ascending = Float64Array.from(newestOf(operationOf(facts)).map((one) => one.durationMs)).sort();
      const percentile = percentileOf(durationMs, ascending);
      if (percentile === undefined) return undefined;
      return {
        count: ascending.length,
        percentile,
        p50Ms: durationAt(50, ascending) ?? 0,
        p95Ms: durationAt(95, ascending) ?? 0,
      };
    },

    operations(request) {
      const range = closed(request);
      return summariseOperations(totals(range), range, request.service);
    },

    median({ service, name, kind, traceId }): MedianTrace | undefined {
      const operations = new Set<string>();
      for (const { facts } of sorted()) {
        for (const fact of facts) {
          if (fact.serviceName !== service || fact.name !== name) continue;
          if (kind === undefined || fact.kind === kind) operations.add(operationOf(fact));
        }
      }
      const found = [...operations].flatMap((operation) => newestOf(operation, traceId));
      found.sort((one, other) => one.durationMs - other.durationMs);
      const middle = found[Math.floor((found.length - 1) / 2)];
      if (middle === undefined) return undefined;
      const { traceId: medianId, spanId, durationMs } = middle;
      return { traceId: medianId, spanId, durationMs, count: found.length };
    },

    map(request) {
      const range = closed(request);
      return drawMap(totals(range), range);
    },

    errors({ startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY }) {
      const failures = sorted()
        .filter(({ summary }) => summary.errorCount > 0)
        .flatMap(({ spans }) => spans.filter(hasFailed).map(failureOf))
        .filter(({ timeMs }) => timeMs >= startMs && timeMs <= endMs);
      return groupErrors(failures.sort((one, other) => other.timeMs - one.timeMs).slice(0, maxFailures));
    },

    services() {
      const names = new Set<string>();
      for (const { summary } of traces.values()) for (const { name } of summary.services) names.add(name);
      return [...names].sort();
    },

    counts() {
      const oldest = sorted().at(-1);
      return {
        kind: 'memory',
        spanCount,
        traceCount: traces.size,
        byteCount,
        ...(oldest && { oldestMs: oldest.summary.startMs }),
        limits,
        evicted: { ...evicted },
      };
    },

    clear() {
      traces.clear();
      newestFirst = [];
      spanCount = 0;
      byteCount = 0;
      slots = createMemorySlots();
      timeline = createTimeline(slots);
    },

    close() {},
  };
}

/** About what it takes in memory: texts, and what V8 needs around them. */
function bytesOf({ attributes, events = [], links = [] }: Span): number {
  let bytes = 900 + 300 * links.length;
  for (const key in attributes) bytes += 40 + toText(attributes[key] ?? null).length;
  for (const event of events) {
    bytes += 150;
    for (const key in event.attributes) bytes += 40 + toText(event.attributes[key] ?? null).length;
  }
  return bytes;
}

function* first<Item, Result>(count: number, items: Iterable<Item>, map: (item: Item) => Result): Iterable<Result> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield map(item);
  }
}
