/** Traces in memory, bounded by bytes, number and age. */
import { durationAt, percentileOf } from '../../analysis/percentiles.ts';
import { inOrderOfStart } from '../../analysis/to-outline.ts';
import type { MedianTrace, SpanDetails, TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { durationMsOf } from '../../model/span-duration.ts';
import { nanoToUnixMs } from '../../model/time.ts';
import { matchesTrace, toText } from '../../query/matches.ts';
import { choosePoints, emptyColumns } from '../answers/choose-points.ts';
import { countFacets } from '../answers/count-facets.ts';
import { drawMap } from '../answers/draw-map.ts';
import { findCompletions } from '../answers/find-completions.ts';
import { type Failure, groupErrors, maxFailures } from '../answers/group-errors.ts';
import { sampleSpans } from '../answers/sample-spans.ts';
import { summariseOperations } from '../answers/summarise-operations.ts';
import { chooseEvicted } from '../choose-evicted.ts';
import { type ClosedRange, closeRange, earliestPlausibleMs } from '../closed-range.ts';
import { comparePlaces, readCursor, toCursor } from '../cursor.ts';
import { defaultLimits } from '../default-limits.ts';
import { createEvictedCounts } from '../evicted-counts.ts';
import { createGrowingTrace, type GrowingTrace } from '../growing-trace.ts';
import { keepNewest, type Newest } from '../keep-newest.ts';
import { maxNamedServices } from '../named-services.ts';
import { factsOf, measuredMs } from '../span-facts.ts';
import { measurementOf, operationOf, readSeries, type Series } from '../span-series.ts';
import { createMemorySlots } from './memory-slots.ts';
import type { SeriesTotal } from '../timeline/read-totals.ts';
import { createTimeline, type Timeline } from '../timeline/timeline.ts';
import { hasSpanIn, reachesInto } from '../touches-range.ts';
import type { NoteSeries } from '../trace-calls.ts';
import type { FailedSpan } from '../trace-failures.ts';
import type { StoreLimits, TimeRange, TraceQuery, TraceReader, TraceStore } from '../trace-store.ts';

interface MeasuredSpan {
  readonly span: Span;
  readonly durationMs: number;
}

interface Held {
  readonly traceId: string;
  /** In order of arrival. */
  readonly number: number;
  /** As they came. */
  readonly spans: Span[];
  readonly growing: GrowingTrace;
  /** Of its failed spans those that are counted: see trace-failures.ts. */
  readonly failed: Set<FailedSpan>;
  byteCount: number;
  summary: TraceSummary;
  /** When it last grew. Its age counts from here: a trace that is imported may be old, and was still wanted now. */
  addedMs: number;
}

// A trace is read so many spans at a time.
const spansOfPart = 1000;
const maxFacetTraces = 2000;
// How many of the newest spans of an operation stand for all.
const maxHistory = 1000;
const defaultLimit = 50;
const maxLimit = 1000;
const defaultPoints = 2000;

/**
 * @param maxSearchMs How long one call looks through spans before it says how far it came. Half of that for what only helps to ask.
 * @param giveWay Called between two steps of a read: batches may be added there.
 */
export function createMemoryStore(
  given: Partial<StoreLimits> = {},
  now: () => number = Date.now,
  maxSearchMs = 200,
  giveWay: () => void = () => {},
): TraceStore {
  const limits = { ...defaultLimits, ...given };
  const traces = new Map<string, Held>();
  const evicted = createEvictedCounts();
  let timelines = createTimelines();
  let newestFirst: readonly Held[] | undefined = [];
  let spanCount = 0;
  let byteCount = 0;
  let nextNumber = 1;

  function add(spans: readonly Span[]): readonly TraceSummary[] {
    const touched = new Set<Held>();
    for (const span of spans) {
      const held = traces.get(span.traceId) ?? hold(span.traceId);
      const facts = factsOf(span);
      if (!held.growing.add(facts, noteMap)) continue;
      touched.add(held);
      held.spans.push(span);
      const bytes = bytesOf(span);
      held.byteCount += bytes;
      byteCount += bytes;
      spanCount++;
      timelines.operations.note(measurementOf(facts, operationOf(facts)), 1);
    }
    for (const held of touched) {
      held.summary = held.growing.summary();
      const { added, removed } = held.growing.takeFailures();
      for (const failed of removed) held.failed.delete(failed);
      for (const failed of added) held.failed.add(failed);
      // Behind those that have not grown since: the order is by age.
      held.addedMs = now();
      traces.delete(held.traceId);
      traces.set(held.traceId, held);
    }
    if (touched.size === 0) return [];
    newestFirst = undefined;
    evict();
    flush();
    return [...touched].filter(({ traceId }) => traces.has(traceId)).map(({ summary }) => summary);
  }

  function hold(traceId: string): Held {
    const held: Held = {
      traceId,
      number: nextNumber++,
      spans: [],
      growing: createGrowingTrace(traceId),
      failed: new Set(),
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

  function noteMap(series: string, span: Parameters<NoteSeries>[1], sign: 1 | -1): void {
    timelines.map.note(measurementOf(span, series), sign);
  }

  function evict(): void {
    const oldestMs = now() - limits.maxAgeMs;
    for (const held of traces.values()) {
      if (held.addedMs >= oldestMs) break;
      drop(held);
    }
    if (byteCount <= limits.maxBytes && spanCount <= limits.maxSpans) return;
    // Those that have least are one, if services are many: their names contain ids.
    const named = mostFrequent(countOwned(), maxNamedServices / 2);
    const services = new Map<
      string | undefined,
      { plain: number; failed: number; traces: { plain: Held[]; failed: Held[] } }
    >();
    for (const held of traces.values()) {
      const { serviceName, errorCount, spanCount: count } = held.summary;
      const owner = named.has(serviceName) ? serviceName : undefined;
      const service = services.get(owner) ?? { plain: 0, failed: 0, traces: { plain: [], failed: [] } };
      services.set(owner, service);
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

  /** Spans of the traces that begin at each service. */
  function countOwned(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { summary } of traces.values()) {
      counts.set(summary.serviceName, (counts.get(summary.serviceName) ?? 0) + summary.spanCount);
    }
    return counts;
  }

  function drop(held: Held): void {
    traces.delete(held.traceId);
    spanCount -= held.spans.length;
    byteCount -= held.byteCount;
    newestFirst = undefined;
    // What was counted follows from the order in which spans came: it is taken back in the same order.
    const growing = createGrowingTrace(held.traceId);
    for (const span of held.spans) {
      const facts = factsOf(span);
      timelines.operations.note(measurementOf(facts, operationOf(facts)), -1);
      growing.add(facts, (series, part, sign) => noteMap(series, part, sign === 1 ? -1 : 1));
    }
    for (const { name, spanCount: count } of held.summary.services) evicted.add(name, count);
  }

  function sorted(): readonly Held[] {
    newestFirst ??= [...traces.values()].sort((one, other) => comparePlaces(one.summary, other.summary));
    return newestFirst;
  }

  function* between(range: TimeRange): Iterable<Held> {
    for (const held of sorted()) {
      giveWay();
      // What has made room meanwhile is no longer there.
      if (traces.has(held.traceId) && isInRange(held, range)) yield held;
    }
  }

  function isInRange({ summary, spans }: Held, range: TimeRange): boolean {
    return reachesInto(summary, range) ?? hasSpanIn([spans], range);
  }

  /** Until the time is over: then the start of the last that was looked at is returned. */
  function* matching({ query, ...range }: TraceQuery, maxMs: number): Generator<Held, number | undefined> {
    const deadlineMs = performance.now() + maxMs;
    for (const held of between(range)) {
      if (query === undefined || matchesTrace(query, held.spans)) yield held;
      if (query !== undefined && performance.now() > deadlineMs) return held.summary.startMs;
    }
    return undefined;
  }

  /** The range that is meant where an end is open. */
  function closed(range: TimeRange): ClosedRange {
    const first = sorted().findLast(({ summary }) => summary.startMs >= earliestPlausibleMs);
    return closeRange(range, first?.summary.startMs, now());
  }

  function flush(): void {
    timelines.operations.flush();
    timelines.map.flush();
  }

  function* totals(timeline: Timeline, range: ClosedRange): Iterable<readonly [Series, SeriesTotal]> {
    for (const total of timeline.read(range)) yield [readSeries(total.series), total];
  }

  /** The newest spans of an operation that have a duration: so many of each kind. */
  function newestOf(serviceName: string, name: string, isWanted: (span: Span) => boolean): readonly MeasuredSpan[] {
    const found = new Map<Span['kind'], Newest<MeasuredSpan>>();
    for (const { spans } of sorted()) {
      giveWay();
      for (const span of spans) {
        if (span.name !== name || span.resource.serviceName !== serviceName || !isWanted(span)) continue;
        const durationMs = measuredMs(durationMsOf(span));
        if (durationMs === undefined) continue;
        const newest = found.get(span.kind) ?? keepNewest(maxHistory);
        found.set(span.kind, newest);
        newest.add({ span, durationMs }, nanoToUnixMs(span.startTimeUnixNano));
      }
    }
    return [...found.values()].flatMap((newest) => newest.read());
  }

  return {
    add,

    list(request) {
      const limit = Math.min(request.limit ?? defaultLimit, maxLimit);
      const { query } = request;
      const after = readCursor(request.cursor);
      const deadlineMs = performance.now() + maxSearchMs;
      const found: TraceSummary[] = [];
      let last: TraceSummary | undefined;
      for (const { summary, spans } of between(request)) {
        if (after !== undefined && comparePlaces(after, summary) >= 0) continue;
        const isLate = query !== undefined && performance.now() > deadlineMs;
        if (last !== undefined && (found.length === limit || isLate)) {
          return { traces: found, cursor: toCursor(last), searchedBackToMs: last.startMs, isComplete: false };
        }
        last = summary;
        if (query === undefined || matchesTrace(query, spans)) found.push(summary);
      }
      return { traces: found, searchedBackToMs: closed(request).startMs, isComplete: true };
    },

    scatter(request) {
      const all: Held[] = [];
      const search = matching(request, maxSearchMs);
      let next = search.next();
      for (; next.done !== true; next = search.next()) all.push(next.value);
      const stoppedAtMs = next.value;
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
        searchedBackToMs: stoppedAtMs ?? closed(request).startMs,
        isComplete: stoppedAtMs === undefined,
      };
    },

    facets(request) {
      const found = first(maxFacetTraces, matching(request, maxSearchMs / 2), ({ spans }) => [spans]);
      return countFacets(sampleSpans(found, maxSearchMs / 2));
    },

    complete(request) {
      const newest = first(maxFacetTraces, sorted(), ({ spans }) => [spans]);
      return findCompletions(sampleSpans(newest, maxSearchMs / 2), request);
    },

    reader(traceId) {
      const spans = traces.get(traceId)?.spans;
      return spans && readerOf(spans, giveWay);
    },

    spans: (traceId) => inOrderOfStart(traces.get(traceId)?.spans ?? []),

    history(span): SpanDetails['history'] {
      const durationMs = measuredMs(durationMsOf(span));
      if (durationMs === undefined) return undefined;
      const newest = newestOf(span.resource.serviceName, span.name, ({ kind }) => kind === span.kind);
      const ascending = Float64Array.from(newest, (one) => one.durationMs).sort();
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
      return summariseOperations(totals(timelines.operations, range), range, request.service);
    },

    median({ service, name, kind, traceId }): MedianTrace | undefined {
      const isWanted = (span: Span): boolean => (kind === undefined || span.kind === kind) && span.traceId !== traceId;
      const found = newestOf(service, name, isWanted).toSorted((one, other) => one.durationMs - other.durationMs);
      const middle = found[Math.floor((found.length - 1) / 2)];
      if (middle === undefined) return undefined;
      const { span, durationMs } = middle;
      return { traceId: span.traceId, spanId: span.spanId, durationMs, count: found.length };
    },

    map(request) {
      const range = closed(request);
      return drawMap(totals(timelines.map, range), range);
    },

    errors(range) {
      const newest = keepNewest<Failure>(maxFailures);
      for (const held of sorted()) {
        if (held.summary.errorCount === 0 || !isInRange(held, range)) continue;
        for (const { failure } of held.failed) newest.add(failure, failure.timeMs);
      }
      return groupErrors(newest.read());
    },

    services() {
      const counts = new Map<string, number>();
      for (const { summary } of traces.values()) {
        for (const { name, spanCount: count } of summary.services) counts.set(name, (counts.get(name) ?? 0) + count);
      }
      return [...mostFrequent(counts, maxNamedServices)].sort();
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
        ...evicted.counts(),
      };
    },

    clear() {
      traces.clear();
      newestFirst = [];
      spanCount = 0;
      byteCount = 0;
      timelines = createTimelines();
    },

    upkeep() {
      evict();
      flush();
      return false;
    },

    close() {},
  };
}

function createTimelines(): { readonly operations: Timeline; readonly map: Timeline } {
  return { operations: createTimeline(createMemorySlots()), map: createTimeline(createMemorySlots()) };
}

function mostFrequent(counts: ReadonlyMap<string, number>, most: number): ReadonlySet<string> {
  if (counts.size <= most) return new Set(counts.keys());
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return new Set(sorted.slice(0, most).map(([name]) => name));
}

function readerOf(spans: readonly Span[], giveWay: () => void): TraceReader {
  return {
    spanCount: spans.length,
    *parts(from = 0) {
      for (let at = from; at < spans.length; at += spansOfPart) {
        giveWay();
        yield { spans: spans.slice(at, at + spansOfPart), next: at + spansOfPart };
      }
    },
    lastPart() {
      const at = spans.length - (spans.length % spansOfPart || spansOfPart);
      return { spans: spans.slice(at), next: at + spansOfPart };
    },
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
