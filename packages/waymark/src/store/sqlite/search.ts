/**
 * Finds traces. An index answers what it can. The other traces are read, the newest first, for a limited time: a call
 * reports how far it came, and the next call goes on from there.
 */
import type { Span } from '../../model/span.ts';
import { createTraceMatcher } from '../../query/matches.ts';
import type { Query } from '../../query/query.ts';
import { choosePoints, emptyColumns } from '../answers/choose-points.ts';
import { countFacets } from '../answers/count-facets.ts';
import { drawScatter, type Point } from '../answers/draw-scatter.ts';
import { findCompletions } from '../answers/find-completions.ts';
import { sampleSpans } from '../answers/sample-spans.ts';
import { type Place, toCursor } from '../cursor.ts';
import { defaultPoints, defaultTracesPerPage, maxTracesPerPage } from '../read-limits.ts';
import type { TimeRange, TraceQuery, TraceStore } from '../trace-store.ts';
import { createCandidates } from './candidates.ts';
import type { Driver, Row } from './driver.ts';
import { requiredStrings } from './required-strings.ts';
import { addPoint, preparePointScan, type ScannedPoints } from './scan-points.ts';
import { planOf } from './search-plan.ts';
import { summaryOf, traceIdOf } from './trace-row.ts';

export interface SearchParts {
  readonly driver: Driver;
  /**
   * The spans of a trace in order of arrival, batch by batch.
   *
   * @param texts Strings in lower case. If the trace does not contain all of them, no spans are read.
   */
  readChunks(tid: number, traceId: string, texts?: readonly string[]): Iterable<readonly Span[]>;
  /** Closes a range with an open end. */
  rangeOf(range: TimeRange): { readonly startMs: number; readonly endMs: number };
  readonly maxSearchMs: number;
  /** Called between two steps of a search. */
  giveWay(): void;
}

const maxPoints = 20_000;

// Points are chosen from at most this many matching traces, which bounds memory.
const maxFoundPoints = 100_000;

// For suggestions.
const maxSampledTraces = 500;

export type Search = Pick<TraceStore, 'list' | 'scatter' | 'facets' | 'complete'>;

export function createSearch({ driver, readChunks, rangeOf, maxSearchMs, giveWay }: SearchParts): Search {
  // Only rows are read, so a large store can be read as a whole: a million rows in a second or two.
  const maxScanMs = 10 * maxSearchMs;

  const sql = {
    count: driver.prepare('SELECT count(*) AS count FROM traces WHERE start >= ? AND start <= ?'),
    point: driver.prepare(
      'SELECT hex(trace_id) AS traceId, start, duration, errors, service FROM traces WHERE tid = ?',
    ),
  };

  const candidates = createCandidates(driver, readChunks);
  const scanPoints = preparePointScan(driver, giveWay);

  /** The traces that match, until there are enough or the time is over. `isComplete` once all have been checked. */
  function find(request: TraceQuery, limit: number, maxMs: number) {
    const plan = planOf(request.query);
    const { query, isExact } = plan;
    const texts = query === undefined ? [] : requiredStrings(query);
    const deadlineMs = performance.now() + maxMs;
    const found: Row[] = [];
    let last: Place | undefined;
    for (const { row, place } of candidates.of(plan, request)) {
      giveWay();
      if (row !== undefined && found.length === limit) return { found, last, isComplete: false };
      const readsSpans = query !== undefined || place.startMs < (request.startMs ?? Number.NEGATIVE_INFINITY);
      if (readsSpans && last !== undefined && performance.now() > deadlineMs) {
        return { found, last, isComplete: false };
      }
      last = place;
      if (row === undefined) continue;
      if (isExact || query === undefined || matches(row, query, texts)) found.push(row);
    }
    return { found, last, isComplete: true };
  }

  function findPoints(request: TraceQuery): ScannedPoints & { readonly totalCount: number } {
    const { found, last, isComplete } = find(request, maxFoundPoints, maxSearchMs);
    const columns = emptyColumns();
    for (const row of found) addPoint(columns, row);
    return { columns, searchedBackToMs: isComplete ? undefined : last?.startMs, totalCount: found.length };
  }

  /** All traces of a range. */
  function scanRange(request: TraceQuery): ScannedPoints & { readonly totalCount: number } {
    const [fromMs, toMs] = bounds(request);
    const deadlineMs = performance.now() + maxScanMs;
    const { columns, searchedBackToMs } = scanPoints(fromMs, toMs, maxScanMs);
    let totalCount = Number(sql.count.get(fromMs, toMs)?.count);
    if (searchedBackToMs !== undefined) return { columns, searchedBackToMs, totalCount };
    for (const { row, place } of candidates.reaching(planOf(undefined), request)) {
      if (performance.now() > deadlineMs) return { columns, searchedBackToMs: place.startMs, totalCount };
      if (row === undefined) continue;
      addPoint(columns, row);
      totalCount++;
    }
    return { columns, searchedBackToMs: undefined, totalCount };
  }

  function bounds({ startMs, endMs }: TraceQuery): [number, number] {
    return [startMs ?? -Number.MAX_VALUE, endMs ?? Number.MAX_VALUE];
  }

  function matches(row: Row, query: Query, texts: readonly string[]): boolean {
    const matcher = createTraceMatcher(query);
    let isThere = false;
    for (const spans of readChunks(Number(row.tid), traceIdOf(row), texts)) {
      isThere = true;
      matcher.add(spans);
      if (matcher.isDecided()) break;
    }
    return isThere && matcher.matches();
  }

  function* chunksOf(rows: readonly Row[]): Iterable<Iterable<readonly Span[]>> {
    for (const row of rows) yield readChunks(Number(row.tid), traceIdOf(row));
  }

  return {
    list(request) {
      const limit = Math.min(request.limit ?? defaultTracesPerPage, maxTracesPerPage);
      const { found, last, isComplete } = find(request, limit, maxSearchMs);
      const traces = found.map(summaryOf);
      if (!isComplete && last !== undefined) {
        return { traces, cursor: toCursor(last), searchedBackToMs: last.startMs, isComplete };
      }
      return { traces, searchedBackToMs: rangeOf(request).startMs, isComplete: true };
    },

    scatter(request) {
      const limit = Math.min(request.limit ?? defaultPoints, maxPoints);
      const hasQuery = request.query !== undefined;
      const { columns, searchedBackToMs, totalCount } = hasQuery ? findPoints(request) : scanRange(request);
      const chosen = [...choosePoints(columns, limit)];
      const rows = chosen
        .map((index) => sql.point.get(columns.numberOf[index] as number))
        .filter((row) => row !== undefined);
      return drawScatter(rows.map(pointOf), {
        totalCount,
        searchedBackToMs: searchedBackToMs ?? rangeOf(request).startMs,
        isComplete: searchedBackToMs === undefined,
      });
    },

    facets(request) {
      const { found } = find(request, maxSampledTraces, maxSearchMs / 2);
      return countFacets(sampleSpans(chunksOf(found), maxSearchMs / 2));
    },

    complete(request) {
      const { found } = find({}, maxSampledTraces, maxSearchMs / 2);
      return findCompletions(sampleSpans(chunksOf(found), maxSearchMs / 2), request);
    },
  };
}

function pointOf(row: Row): Point {
  return {
    traceId: traceIdOf(row),
    startMs: Number(row.start),
    durationMs: Number(row.duration),
    hasFailed: Number(row.errors) > 0,
    serviceName: String(row.service),
  };
}
