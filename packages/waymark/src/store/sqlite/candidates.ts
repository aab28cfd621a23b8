/**
 * Finds the traces that may match a query, as far as an index can say: in order, the newest first. If an index says
 * little, the list of all traces is walked in windows, so that no statement takes long.
 */
import type { Span } from '../../model/span.ts';
import { comparePlaces, type Place, readCursor } from '../cursor.ts';
import { hasSpanIn, reachesInto } from '../touches-range.ts';
import type { TimeRange, TraceQuery } from '../trace-store.ts';
import type { Driver, Row, SqlValue, Statement } from './driver.ts';
import { createReachingTraces } from './reaching-traces.ts';
import type { SearchPlan } from './search-plan.ts';
import { extentOf, placeOf, summaryColumns, traceIdOf } from './trace-row.ts';

/** A result of a walk: a trace that may match, or only a position before which no trace does. */
export interface Candidate {
  readonly row: Row | undefined;
  readonly place: Place;
}

export interface Candidates {
  /** The traces that may match, in order. If no trace does for a while, it also gives the position that it has reached. */
  of(plan: SearchPlan, request: TraceQuery): Iterable<Candidate>;
  /** The traces that start before the range and reach into it. In order, they come after all others. */
  reaching(plan: SearchPlan, request: TraceQuery): Iterable<Candidate>;
}

// Rows that are read at once, and traces that one statement may skip: a few milliseconds.
const pageSize = 256;
const windowSize = 8192;

// A term of at most this many traces is read as a whole. A more frequent term is soon found while walking the list.
const maxFetched = 500;

/** Statements for the next traces of a window, and of one moment. */
interface Pages {
  readonly ofWindow: Statement;
  readonly ofMoment: Statement;
}

// Before and after all ids.
const firstId = '0'.repeat(32);
const lastId: Uint8Array = new Uint8Array(16).fill(0xff);

/** @param readChunks Reads the spans of a trace, batch by batch. */
export function createCandidates(
  driver: Driver,
  readChunks: (tid: number, traceId: string) => Iterable<readonly Span[]>,
): Candidates {
  const sql = {
    // The start of the trace after a whole window, and the id of the last trace of a window of traces that start
    // together.
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
  };

  const reaching = createReachingTraces(driver);

  /** By the number of terms in each group: one statement serves all queries of that shape. */
  const pages = new Map<string, Pages>();

  function pagesOf(groups: SearchPlan['groups']): Pages {
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
      // Few shapes are ever used. A shape that only one caller makes up need not be kept.
      if (pages.size < 50) pages.set(shape, statements);
    }
    return statements;
  }

  function* inOrder(plan: SearchPlan, request: TraceQuery): Iterable<Candidate> {
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

  /** Each step ends before the one before it, so any number of traces may start at one moment. */
  function* walk(plan: SearchPlan, { startMs, endMs }: TraceQuery, after: Place | undefined): Iterable<Candidate> {
    const from = startMs ?? -Number.MAX_VALUE;
    let before = Number.MAX_VALUE; // all traces that start there or later have been visited
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

  function* walkReaching(plan: SearchPlan, request: TraceQuery, after: Place | undefined): Iterable<Candidate> {
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

  /** Traces that start between two moments, without those that start at either of them. */
  function* walkWindow({ groups, minSpanMs }: SearchPlan, after: number, before: number): Iterable<Candidate> {
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

  /** Traces that start at one moment, after a position. */
  function* walkMoment({ groups, minSpanMs }: SearchPlan, { startMs, traceId }: Place): Iterable<Candidate> {
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

  /** The traces of the smallest group; `undefined` if no group is small. */
  function fewestOf({ groups, traceIds }: SearchPlan): readonly number[] | undefined {
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

  function mayMatch({ groups, minSpanMs }: SearchPlan, row: Row): boolean {
    const tid = Number(row.tid);
    return (
      Number(row.longest_span) >= minSpanMs &&
      groups.every((hashes) => hashes.some((hash) => sql.hasTerm.get(hash, tid) !== undefined))
    );
  }

  return { of: inOrder, reaching: (plan, request) => walkReaching(plan, request, undefined) };
}

function toCandidate(row: Row): Candidate {
  return { row, place: placeOf(row) };
}

function compareRows(one: Row, other: Row): number {
  const byStart = Number(other.start) - Number(one.start);
  return byStart !== 0 ? byStart : String(one.traceId) < String(other.traceId) ? -1 : 1;
}
