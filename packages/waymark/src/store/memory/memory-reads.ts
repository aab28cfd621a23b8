/** The reads of the store in memory. Each visits traces from the newest on, and gives way between two of them. */
import { inOrderOfStart } from '../../analysis/to-outline.ts';
import type { MedianTrace, SpanDetails, TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { durationMsOf } from '../../model/span-duration.ts';
import { nanoToUnixMs } from '../../model/time.ts';
import { matchesTrace } from '../../query/matches.ts';
import { choosePoints, emptyColumns } from '../answers/choose-points.ts';
import { countFacets } from '../answers/count-facets.ts';
import { drawMap } from '../answers/draw-map.ts';
import { drawScatter } from '../answers/draw-scatter.ts';
import { findCompletions } from '../answers/find-completions.ts';
import { type Failure, groupErrors, maxFailures } from '../answers/group-errors.ts';
import { rankDuration } from '../answers/rank-duration.ts';
import { sampleSpans } from '../answers/sample-spans.ts';
import { summariseOperations } from '../answers/summarise-operations.ts';
import { type ClosedRange, closeRange, earliestPlausibleMs } from '../closed-range.ts';
import { comparePlaces, readCursor, toCursor } from '../cursor.ts';
import { keepNewest, type Newest } from '../keep-newest.ts';
import { defaultPoints, defaultTracesPerPage, maxHistory, maxTracesPerPage } from '../read-limits.ts';
import { measuredMs } from '../span-facts.ts';
import { namedTotals } from '../timeline/named-totals.ts';
import type { Timelines } from '../timeline/timeline.ts';
import { hasSpanIn, reachesInto } from '../touches-range.ts';
import type { TimeRange, TraceQuery, TraceReader, TraceReads } from '../trace-store.ts';
import type { HeldTrace } from './held-trace.ts';

export interface MemoryReadParts {
  newestFirst(): readonly HeldTrace[];
  find(traceId: string): HeldTrace | undefined;
  timelines(): Timelines;
  now(): number;
  readonly maxSearchMs: number;
  /** Called between two steps of a read. */
  giveWay(): void;
}

interface MeasuredSpan {
  readonly span: Span;
  readonly durationMs: number;
}

// Spans of a trace that are read at a time.
const spansOfPart = 1000;
const maxFacetTraces = 2000;

export function createMemoryReads({
  newestFirst,
  find,
  timelines,
  now,
  maxSearchMs,
  giveWay,
}: MemoryReadParts): Omit<TraceReads, 'services'> {
  function* between(range: TimeRange): Iterable<HeldTrace> {
    for (const held of newestFirst()) {
      giveWay();
      // The trace may have made room for others in the meantime.
      if (find(held.traceId) !== undefined && isInRange(held, range)) yield held;
    }
  }

  function isInRange({ summary, spans }: HeldTrace, range: TimeRange): boolean {
    return reachesInto(summary, range) ?? hasSpanIn([spans], range);
  }

  /** Ends when the time is over, and then returns the start of the last trace that it examined. */
  function* matching({ query, ...range }: TraceQuery, maxMs: number): Generator<HeldTrace, number | undefined> {
    const deadlineMs = performance.now() + maxMs;
    for (const held of between(range)) {
      if (query === undefined || matchesTrace(query, held.spans)) yield held;
      if (query !== undefined && performance.now() > deadlineMs) return held.summary.startMs;
    }
    return undefined;
  }

  /** Closes a range with an open end. */
  function closed(range: TimeRange): ClosedRange {
    const first = newestFirst().findLast(({ summary }) => summary.startMs >= earliestPlausibleMs);
    return closeRange(range, first?.summary.startMs, now());
  }

  /** The newest spans of an operation that have a duration, up to `maxHistory` of each kind. */
  function newestOf(serviceName: string, name: string, isWanted: (span: Span) => boolean): readonly MeasuredSpan[] {
    const found = new Map<Span['kind'], Newest<MeasuredSpan>>();
    for (const { spans } of newestFirst()) {
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
    list(request) {
      const limit = Math.min(request.limit ?? defaultTracesPerPage, maxTracesPerPage);
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
      const all: HeldTrace[] = [];
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
      return drawScatter(
        shown.map(({ traceId, summary: { startMs, durationMs, errorCount, serviceName } }) => ({
          traceId,
          startMs,
          durationMs,
          hasFailed: errorCount > 0,
          serviceName,
        })),
        {
          totalCount: all.length,
          searchedBackToMs: stoppedAtMs ?? closed(request).startMs,
          isComplete: stoppedAtMs === undefined,
        },
      );
    },

    facets(request) {
      const found = first(maxFacetTraces, matching(request, maxSearchMs / 2), ({ spans }) => [spans]);
      return countFacets(sampleSpans(found, maxSearchMs / 2));
    },

    complete(request) {
      const newest = first(maxFacetTraces, newestFirst(), ({ spans }) => [spans]);
      return findCompletions(sampleSpans(newest, maxSearchMs / 2), request);
    },

    reader(traceId) {
      const spans = find(traceId)?.spans;
      return spans && readerOf(spans, giveWay);
    },

    spans: (traceId) => inOrderOfStart(find(traceId)?.spans ?? []),

    history(span): SpanDetails['history'] {
      const durationMs = measuredMs(durationMsOf(span));
      if (durationMs === undefined) return undefined;
      const newest = newestOf(span.resource.serviceName, span.name, ({ kind }) => kind === span.kind);
      return rankDuration(
        durationMs,
        Float64Array.from(newest, (one) => one.durationMs),
      );
    },

    operations(request) {
      const range = closed(request);
      return summariseOperations(namedTotals(timelines().operations, range), range, request.service);
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
      return drawMap(namedTotals(timelines().map, range), range);
    },

    errors(range) {
      const newest = keepNewest<Failure>(maxFailures);
      for (const held of newestFirst()) {
        if (held.summary.errorCount === 0 || !isInRange(held, range)) continue;
        for (const { failure } of held.failed) newest.add(failure, failure.timeMs);
      }
      return groupErrors(newest.read());
    },
  };
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

function* first<Item, Result>(count: number, items: Iterable<Item>, map: (item: Item) => Result): Iterable<Result> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield map(item);
  }
}
