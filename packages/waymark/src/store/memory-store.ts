/** Traces in memory, bounded by bytes, number and age. */
import { durationAt, percentileOf } from '../analysis/percentiles.ts';
import { inOrderOfStart } from '../analysis/to-outline.ts';
import type { MedianTrace, SpanDetails, TraceSummary } from '../api/types.ts';
import type { Span } from '../model/span.ts';
import { msBetween, nanoToUnixMs } from '../model/time.ts';
import { matchesTrace, toText } from '../query/matches.ts';
import { parseQuery } from '../query/parse-query.ts';
import { countFacets } from './answers/count-facets.ts';
import { findCompletions } from './answers/find-completions.ts';
import { failureOf, groupErrors } from './answers/group-errors.ts';
import { type OperationSpan, summariseOperations } from './answers/summarise-operations.ts';
import { hasFailed, summariseTrace } from './answers/summarise-trace.ts';
import { chooseEvicted } from './choose-evicted.ts';
import { comparePlaces, readCursor, toCursor } from './cursor.ts';
import { defaultLimits } from './default-limits.ts';
import { keyOf } from './span-key.ts';
import type { StoreLimits, TimeRange, TraceQuery, TraceStore } from './trace-store.ts';
import { createTraffic } from './traffic.ts';

interface Held {
  readonly traceId: string;
  spans: readonly Span[];
  readonly seen: Set<string>;
  byteCount: number;
  summary: TraceSummary;
  /** When it last grew. Its age counts from here: a trace that is imported may be old, and was still wanted now. */
  addedMs: number;
}

// How long one call looks through spans before it says how far it came.
const maxSearchMs = 200;
const maxFacetTraces = 2000;
const maxHistory = 1000;
const defaultLimit = 50;
const maxLimit = 1000;
const defaultPoints = 2000;

export function createMemoryStore(given: Partial<StoreLimits> = {}, now: () => number = Date.now): TraceStore {
  const limits = { ...defaultLimits, ...given };
  const traces = new Map<string, Held>();
  const evicted: Record<string, number> = {};
  let newestFirst: readonly Held[] | undefined = [];
  let spanCount = 0;
  let byteCount = 0;

  function add(spans: readonly Span[]): readonly TraceSummary[] {
    const touched = new Set<Held>();
    for (const span of spans) {
      const held = traces.get(span.traceId) ?? hold(span);
      const key = keyOf(span);
      if (held.seen.has(key)) continue;
      held.seen.add(key);
      (held.spans as Span[]).push(span); // of our own making, and in order again before anybody reads it
      const bytes = bytesOf(span);
      held.byteCount += bytes;
      byteCount += bytes;
      spanCount++;
      touched.add(held);
    }
    if (touched.size === 0) return [];
    for (const held of touched) {
      held.spans = [...inOrderOfStart(held.spans)];
      held.summary = summariseTrace(held.spans);
      held.addedMs = now();
    }
    newestFirst = undefined;
    evict();
    return [...touched].filter(({ traceId }) => traces.has(traceId)).map(({ summary }) => summary);
  }

  function hold(span: Span): Held {
    const { traceId } = span;
    const held = {
      traceId,
      spans: [],
      seen: new Set<string>(),
      byteCount: 0,
      summary: summariseTrace([span]),
      addedMs: 0,
    };
    traces.set(traceId, held);
    return held;
  }

  function evict(): void {
    const oldestMs = now() - limits.maxAgeMs;
    const isFull = byteCount > limits.maxBytes || spanCount > limits.maxSpans;
    for (const held of traces.values()) if (held.addedMs < oldestMs) drop(held);
    if (!isFull) return;
    // Some more than must go, so that it is not done at every batch.
    const surplus = { spans: spanCount - 0.95 * limits.maxSpans, bytes: byteCount - 0.95 * limits.maxBytes };
    for (const held of chooseEvicted([...traces.values()], surplus)) drop(held);
  }

  function drop(held: Held): void {
    traces.delete(held.traceId);
    spanCount -= held.spans.length;
    byteCount -= held.byteCount;
    newestFirst = undefined;
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
  function closed({ startMs, endMs }: TimeRange): { startMs: number; endMs: number } {
    const all = sorted();
    const lastMs = all[0] === undefined ? now() : Math.max(now(), all[0].summary.startMs);
    return { startMs: startMs ?? all.at(-1)?.summary.startMs ?? lastMs, endMs: endMs ?? lastMs };
  }

  function* spansIn(range: TimeRange): Iterable<Span> {
    for (const { spans } of between(range)) yield* spans;
  }

  function* operationSpans(range: TimeRange & { service?: string | undefined }): Iterable<OperationSpan> {
    for (const span of spansIn(range)) {
      if (range.service !== undefined && span.resource.serviceName !== range.service) continue;
      yield {
        serviceName: span.resource.serviceName,
        name: span.name,
        kind: span.kind,
        startMs: nanoToUnixMs(span.startTimeUnixNano),
        durationMs: durationOf(span),
        hasFailed: hasFailed(span),
      };
    }
  }

  return {
    add,

    list(request) {
      const limit = Math.min(request.limit ?? defaultLimit, maxLimit);
      const query = request.query?.trim() ? parseQuery(request.query) : undefined;
      const after = readCursor(request.cursor);
      const deadlineMs = performance.now() + maxSearchMs;
      const found: TraceSummary[] = [];
      let searchedBackToMs = closed(request).startMs;
      let last: TraceSummary | undefined;
      let looked = 0;
      for (const { summary, spans } of between(request)) {
        if (after !== undefined && comparePlaces(after, summary) >= 0) continue;
        if (found.length === limit || (query !== undefined && ++looked % 64 === 0 && performance.now() > deadlineMs)) {
          searchedBackToMs = last?.startMs ?? searchedBackToMs;
          return { traces: found, ...(last && { cursor: toCursor(last) }), searchedBackToMs, isComplete: false };
        }
        last = summary;
        if (query === undefined || matchesTrace(query, spans)) found.push(summary);
      }
      return { traces: found, searchedBackToMs, isComplete: true };
    },

    scatter(request) {
      const all = [...matching(request)];
      const limit = request.limit ?? defaultPoints;
      const step = Math.max(all.length / limit, 1);
      const shown = Array.from(
        { length: Math.min(all.length, limit) },
        (_, index) => all[Math.floor(index * step)] as Held,
      );
      const services = [...new Set(shown.map(({ summary }) => summary.serviceName))];
      return {
        traceIds: shown.map(({ traceId }) => traceId),
        startMs: shown.map(({ summary }) => summary.startMs),
        durationMs: shown.map(({ summary }) => summary.durationMs),
        isError: shown.map(({ summary }) => (summary.errorCount > 0 ? 1 : 0)),
        serviceOf: shown.map(({ summary }) => services.indexOf(summary.serviceName)),
        services,
        totalCount: all.length,
      };
    },

    facets(request) {
      return countFacets(first(maxFacetTraces, matching(request), ({ spans }) => spans));
    },

    complete(request) {
      return findCompletions(
        first(maxFacetTraces, sorted(), ({ spans }) => spans),
        request,
      );
    },

    spans: (traceId) => traces.get(traceId)?.spans ?? [],

    history(span): SpanDetails['history'] {
      const durations: number[] = [];
      for (const { spans } of sorted()) {
        for (const other of spans) if (isSameOperation(span, other)) durations.push(durationOf(other));
        if (durations.length >= maxHistory) break;
      }
      const ascending = Float64Array.from(durations).sort();
      const percentile = percentileOf(durationOf(span), ascending);
      if (percentile === undefined) return undefined;
      return {
        count: ascending.length,
        percentile,
        p50Ms: durationAt(50, ascending) ?? 0,
        p95Ms: durationAt(95, ascending) ?? 0,
      };
    },

    operations(request) {
      const { startMs, endMs } = closed(request);
      return summariseOperations(operationSpans(request), startMs, endMs);
    },

    median({ service, name, kind, traceId }): MedianTrace | undefined {
      const candidates: Span[] = [];
      for (const { spans } of sorted()) {
        for (const span of spans) {
          if (span.traceId === traceId || span.resource.serviceName !== service || span.name !== name) continue;
          if (kind === undefined || span.kind === kind) candidates.push(span);
        }
        if (candidates.length >= maxHistory) break;
      }
      candidates.sort((one, other) => durationOf(one) - durationOf(other));
      const middle = candidates[Math.floor((candidates.length - 1) / 2)];
      if (middle === undefined) return undefined;
      const { traceId: medianId, spanId } = middle;
      return { traceId: medianId, spanId, durationMs: durationOf(middle), count: candidates.length };
    },

    map(request) {
      const { startMs, endMs } = closed(request);
      const traffic = createTraffic();
      for (const { spans } of between(request)) traffic.count(spans);
      return traffic.map(startMs, endMs, undefined);
    },

    errors(request) {
      const failed = [...spansIn(request)].filter(hasFailed).map(failureOf);
      return groupErrors(failed.sort((one, other) => other.timeMs - one.timeMs));
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
    },

    close() {},
  };
}

/** About what it takes in memory: texts, and what V8 needs around them. */
function bytesOf({ attributes, events = [], links = [] }: Span): number {
  let bytes = 400 + 300 * links.length;
  for (const key in attributes) bytes += 40 + toText(attributes[key] ?? null).length;
  for (const event of events) {
    bytes += 150;
    for (const key in event.attributes) bytes += 40 + toText(event.attributes[key] ?? null).length;
  }
  return bytes;
}

function durationOf({ startTimeUnixNano, endTimeUnixNano }: Span): number {
  return msBetween(startTimeUnixNano, endTimeUnixNano);
}

function isSameOperation(one: Span, other: Span): boolean {
  return one.name === other.name && one.kind === other.kind && one.resource.serviceName === other.resource.serviceName;
}

function* first<Item, Result>(count: number, items: Iterable<Item>, map: (item: Item) => Result): Iterable<Result> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield map(item);
  }
}
