/**
 * Finds traces. An index answers what it can; the rest is looked at, newest first, for a limited time: a call says how far it
 * came, and the next goes on from there.
 */
import type { Span } from '../../model/span.ts';
import { indexableTerms } from '../../query/indexable-terms.ts';
import { createTraceMatcher } from '../../query/matches.ts';
import type { Query } from '../../query/query.ts';
import { choosePoints, emptyColumns } from '../answers/choose-points.ts';
import { countFacets } from '../answers/count-facets.ts';
import { drawScatter, type Point } from '../answers/draw-scatter.ts';
import { findCompletions } from '../answers/find-completions.ts';
import { sampleSpans } from '../answers/sample-spans.ts';
import { comparePlaces, type Place, readCursor, toCursor } from '../cursor.ts';
import { defaultPoints, defaultTracesPerPage, maxTracesPerPage } from '../read-limits.ts';
import { hasSpanIn, reachesInto } from '../touches-range.ts';
import type { TimeRange, TraceQuery, TraceStore } from '../trace-store.ts';
import type { Driver, Row, SqlValue, Statement } from './driver.ts';
import { hashOfTerm } from './index-terms.ts';
import { neededTexts } from './needed-texts.ts';
import { createReachingTraces } from './reaching-traces.ts';
import { addPoint, preparePointScan, type ScannedPoints } from './scan-points.ts';
import { extentOf, placeOf, summaryColumns, summaryOf, traceIdOf } from './trace-row.ts';

export interface SearchParts {
  readonly driver: Driver;
  /**
   * The spans of a trace, as they came, batch by batch.
   *
   * @param texts In lower case. If the trace has not all of them, there are no spans.
   */
  readChunks(tid: number, traceId: string, texts?: readonly string[]): Iterable<readonly Span[]>;
  /** The range that is meant where an end is open. */
  rangeOf(range: TimeRange): { readonly startMs: number; readonly endMs: number };
  readonly maxSearchMs: number;
  /** Called between two steps of a search. */
  giveWay(): void;
}

const maxPoints = 20_000;

// Of so many that match the points are chosen: a bound on memory.
const maxFoundPoints = 100_000;

// Rows that are read at once, and traces that one statement may pass over: some milliseconds.
const pageSize = 256;
const windowSize = 8192;

// For what only helps to ask.
const maxSampledTraces = 500;

// A term of so few traces is fetched whole; one of more is so frequent that walking along the list meets it soon.
const maxFetched = 500;

/** What an index knows of a query. */
interface Plan {
  readonly query: Query | undefined;
  /** A trace must have one term of each group. */
  readonly groups: readonly (readonly number[])[];
  readonly minSpanMs: number;
  /** Of these traces one, if the query says which. */
  readonly traceIds: readonly string[] | undefined;
  /** Whether a trace that passes matches for certain. */
  readonly isExact: boolean;
}

/** What a walk comes to: a trace that may match, or only a place up to which there is none. */
interface Candidate {
  readonly row: Row | undefined;
  readonly place: Place;
}

/** The next traces of a window, and of one moment. */
interface Pages {
  readonly ofWindow: Statement;
  readonly ofMoment: Statement;
}

// Before and behind all ids.
const firstId = '0'.repeat(32);
const lastId: Uint8Array = new Uint8Array(16).fill(0xff);

export type Search = Pick<TraceStore, 'list' | 'scatter' | 'facets' | 'complete'>;

export function createSearch({ driver, readChunks, rangeOf, maxSearchMs, giveWay }: SearchParts): Search {
  // Rows alone are read, so that all of a large store can be: a million in a second or two.
  const maxScanMs = 10 * maxSearchMs;

  const sql = {
    // The start of the trace behind so many, and the id of the last of so many that start at one moment.
    windowEnd: driver.prepare(
      `SELECT start FROM traces WHERE start >= ? AND start < ? ORDER BY start DESC LIMIT 1 OFFSET ${windowSize}`,
    ),
    momentEnd: driver.prepare(
      `SELECT hex(trace_id) AS traceId FROM traces WHERE start = ? AND trace_id > ? ORDER BY trace_id LIMIT 1 OFFSET ${windowSize - 1}`,
    ),
    byId: driver.prepare(`SELECT ${summaryColumns} FROM traces WHERE tid = ?`),
    byTraceId: driver.prepare('SELECT tid FROM traces WHERE trace_id = ?'),
    hasTerm: driver.prepare('SELECT 1 FROM terms WHERE hash = ? AND tid = ?'),
    countWith: driver.prepare(
      `SELECT count(*) AS count FROM (SELECT 1 FROM terms WHERE hash = ? LIMIT ${maxFetched + 1})`,
    ),
    tracesWith: driver.prepare('SELECT tid FROM terms WHERE hash = ?'),
    count: driver.prepare('SELECT count(*) AS count FROM traces WHERE start >= ? AND start <= ?'),
    point: driver.prepare(
      'SELECT hex(trace_id) AS traceId, start, duration, errors, service FROM traces WHERE tid = ?',
    ),
  };

  const scanPoints = preparePointScan(driver, giveWay);
  const reaching = createReachingTraces(driver);

  /** By how many terms each group has: one statement serves all queries of that shape. */
  const pages = new Map<string, Pages>();

  function pagesOf(groups: Plan['groups']): Pages {
    const shape = groups.map(({ length }) => length).join();
    let statements = pages.get(shape);
    if (statements === undefined) {
      const holds = groups.map(
        ({ length }) =>
          ` AND EXISTS (SELECT 1 FROM terms WHERE hash IN (${'?, '.repeat(length - 1)}?) AND tid = traces.tid)`,
      );
      const page = (where: string): Statement =>
        driver.prepare(
          `SELECT ${summaryColumns} FROM traces WHERE ${where} AND longest_span >= ?${holds.join('')}
            ORDER BY start DESC, trace_id LIMIT ${pageSize}`,
        );
      statements = {
        ofWindow: page('start > ? AND start <= ? AND (start < ? OR trace_id > ?)'),
        ofMoment: page('start = ? AND trace_id > ? AND trace_id <= ?'),
      };
      // Few shapes are ever asked for, and what somebody makes up need not be kept.
      if (pages.size < 50) pages.set(shape, statements);
    }
    return statements;
  }

  /** In order, what may match as far as an index knows, and now and then, where nothing does for long, how far it came. */
  function* candidates(plan: Plan, request: TraceQuery): Iterable<Candidate> {
    const after = readCursor(request.cursor);
    const few = fewestOf(plan);
    if (few === undefined) {
      yield* walk(plan, request, after);
      yield* walkReaching(plan, request, after);
      return;
    }
    const rows = few.flatMap((tid): readonly Row[] => {
      const row = sql.byId.get(tid);
      if (row === undefined || (after !== undefined && comparePlaces(after, placeOf(row)) >= 0)) return [];
      return mayMatch(plan, row) && isInRange(row, request) ? [row] : [];
    });
    yield* rows.sort(compareRows).map(toCandidate);
  }

  /** Each step ends before the last one, so that any number of traces may start at one moment. */
  function* walk(plan: Plan, { startMs, endMs }: TraceQuery, after: Place | undefined): Iterable<Candidate> {
    const from = startMs ?? -Number.MAX_VALUE;
    let before = Number.MAX_VALUE; // all that start there, and later, have been passed
    if (after !== undefined && after.startMs <= (endMs ?? Number.MAX_VALUE)) {
      if (after.startMs < from) return;
      yield* walkMoment(plan, after);
      before = after.startMs;
    } else if (endMs !== undefined) {
      if (endMs < from) return;
      yield* walkMoment(plan, { startMs: endMs, traceId: '' });
      before = endMs;
    }
    while (before > from) {
      const windowEnd = sql.windowEnd.get(from, before)?.start;
      if (windowEnd === undefined) {
        yield* walkWindow(plan, from, before);
        yield* walkMoment(plan, { startMs: from, traceId: '' });
        return;
      }
      const endsAt = Number(windowEnd);
      yield* walkWindow(plan, endsAt, before);
      yield { row: undefined, place: { startMs: endsAt, traceId: firstId } };
      yield* walkMoment(plan, { startMs: endsAt, traceId: '' });
      before = endsAt;
    }
  }

  /** Those that start before the range, which in order come behind all others. */
  function* walkReaching(plan: Plan, request: TraceQuery, after: Place | undefined): Iterable<Candidate> {
    const { startMs } = request;
    if (startMs === undefined) return;
    const rows = reaching.at(startMs, after !== undefined && after.startMs < startMs ? after : undefined);
    for (const row of rows) {
      const isFound = mayMatch(plan, row) && isInRange(row, request);
      yield { row: isFound ? row : undefined, place: placeOf(row) };
    }
  }

  function isInRange(row: Row, range: TimeRange): boolean {
    return reachesInto(extentOf(row), range) ?? hasSpanIn(readChunks(Number(row.tid), traceIdOf(row)), range);
  }

  /** Those that start between two moments, without these. */
  function* walkWindow({ groups, minSpanMs }: Plan, after: number, before: number): Iterable<Candidate> {
    const { ofWindow } = pagesOf(groups);
    let last: readonly [start: number, startAgain: number, id: SqlValue] = [before, before, lastId];
    for (;;) {
      const rows = ofWindow.all(after, ...last, minSpanMs, ...groups.flat());
      yield* rows.map(toCandidate);
      const end = rows.at(-1);
      if (end === undefined || rows.length < pageSize) return;
      const { startMs, traceId } = placeOf(end);
      last = [startMs, startMs, Buffer.from(traceId, 'hex')];
    }
  }

  /** Those that start at one moment, behind a place. */
  function* walkMoment({ groups, minSpanMs }: Plan, { startMs, traceId }: Place): Iterable<Candidate> {
    const { ofMoment } = pagesOf(groups);
    let after: Uint8Array = Buffer.from(traceId, 'hex');
    for (;;) {
      const end = sql.momentEnd.get(startMs, after);
      const windowEnd = end === undefined ? lastId : Buffer.from(traceIdOf(end), 'hex');
      for (;;) {
        const rows = ofMoment.all(startMs, after, windowEnd, minSpanMs, ...groups.flat());
        yield* rows.map(toCandidate);
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageSize) break;
        after = Buffer.from(traceIdOf(last), 'hex');
      }
      if (end === undefined) return;
      after = windowEnd;
      yield { row: undefined, place: { startMs, traceId: traceIdOf(end) } };
    }
  }

  /** The traces of the group that has the fewest; `undefined` if none has few. */
  function fewestOf({ groups, traceIds }: Plan): readonly number[] | undefined {
    if (traceIds !== undefined) {
      return traceIds.flatMap((id) => {
        const row = /^[0-9a-f]{32}$/.test(id) ? sql.byTraceId.get(Buffer.from(id, 'hex')) : undefined;
        return row === undefined ? [] : [Number(row.tid)];
      });
    }
    let fewest: readonly number[] | undefined;
    let fewestCount = maxFetched + 1;
    for (const hashes of groups) {
      const count = hashes.reduce((sum, hash) => sum + Number(sql.countWith.get(hash)?.count), 0);
      if (count >= fewestCount) continue;
      fewestCount = count;
      fewest = hashes;
    }
    return fewest && [...new Set(fewest.flatMap((hash) => sql.tracesWith.all(hash).map(({ tid }) => Number(tid))))];
  }

  function mayMatch({ groups, minSpanMs }: Plan, row: Row): boolean {
    const tid = Number(row.tid);
    return (
      Number(row.longest_span) >= minSpanMs &&
      groups.every((hashes) => hashes.some((hash) => sql.hasTerm.get(hash, tid) !== undefined))
    );
  }

  /** What matches, until there is enough or the time is over; `isComplete` once all has been seen. */
  function find(request: TraceQuery, limit: number, maxMs: number) {
    const plan = planOf(request.query);
    const { query, isExact } = plan;
    const texts = query === undefined ? [] : neededTexts(query);
    const deadlineMs = performance.now() + maxMs;
    const found: Row[] = [];
    let last: Place | undefined;
    for (const { row, place } of candidates(plan, request)) {
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
    for (const { row, place } of walkReaching(planOf(undefined), request, undefined)) {
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
      matcher.look(spans);
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

function planOf(query: Query | undefined): Plan {
  const all = { groups: [], minSpanMs: -Number.MAX_VALUE, traceIds: undefined };
  if (query === undefined) return { ...all, query, isExact: true };
  const { groups, isExact } = indexableTerms(query);
  const hashed: number[][] = [];
  let { minSpanMs } = all;
  let traceIds: readonly string[] | undefined;
  let areAllHashed = true;
  for (const terms of groups) {
    const [only] = terms;
    if (terms.length === 1 && only?.key === 'dur') minSpanMs = Math.max(minSpanMs, only.minMs);
    if (terms.every(({ key }) => key === 'trace')) traceIds = terms.map((term) => ('value' in term ? term.value : ''));
    const hashes = terms.map(hashOfTerm);
    if (hashes.includes(undefined)) areAllHashed = false;
    else hashed.push(hashes as number[]); // just looked
  }
  return { query, groups: hashed, minSpanMs, traceIds, isExact: isExact && areAllHashed };
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

function toCandidate(row: Row): Candidate {
  return { row, place: placeOf(row) };
}

function compareRows(one: Row, other: Row): number {
  const byStart = Number(other.start) - Number(one.start);
  return byStart !== 0 ? byStart : String(one.traceId) < String(other.traceId) ? -1 : 1;
}
