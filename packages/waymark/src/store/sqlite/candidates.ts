/**
 * Which traces may match a query, as far as an index knows: in order, newest first. Where an index says little, the list of all traces
 * is walked in windows, so that no statement takes long.
 */
import type { Span } from '../../model/span.ts';
import { comparePlaces, type Place, readCursor } from '../cursor.ts';
import { hasSpanIn, reachesInto } from '../touches-range.ts';
import type { TimeRange, TraceQuery } from '../trace-store.ts';
import type { Driver, Row, SqlValue, Statement } from './driver.ts';
import { createReachingTraces } from './reaching-traces.ts';
import type { SearchPlan } from './search-plan.ts';
import { extentOf, placeOf, summaryColumns, traceIdOf } from './trace-row.ts';

/** What a walk comes to: a trace that may match, or only a place up to which there is none. */
export interface Candidate {
  readonly row: Row | undefined;
  readonly place: Place;
}

export interface Candidates {
  /** In order, what may match as far as an index knows, and now and then, where nothing does for long, how far it came. */
  of(plan: SearchPlan, request: TraceQuery): Iterable<Candidate>;
  /** Those that start before the range, which in order come behind all others. */
  reaching(plan: SearchPlan, request: TraceQuery): Iterable<Candidate>;
}

// Rows that are read at once, and traces that one statement may pass over: some milliseconds.
const pageSize = 256;
const windowSize = 8192;

// A term of so few traces is fetched whole; one of more is so frequent that walking along the list meets it soon.
const maxFetched = 500;

/** The next traces of a window, and of one moment. */
interface Pages {
  readonly ofWindow: Statement;
  readonly ofMoment: Statement;
}

// Before and behind all ids.
const firstId = '0'.repeat(32);
const lastId: Uint8Array = new Uint8Array(16).fill(0xff);

/** @param readChunks The spans of a trace, as they came, batch by batch. */
export function createCandidates(
  driver: Driver,
  readChunks: (tid: number, traceId: string) => Iterable<readonly Span[]>,
): Candidates {
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
  };

  const reaching = createReachingTraces(driver);

  /** By how many terms each group has: one statement serves all queries of that shape. */
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
      // Few shapes are ever asked for, and what somebody makes up need not be kept.
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

  /** Each step ends before the last one, so that any number of traces may start at one moment. */
  function* walk(plan: SearchPlan, { startMs, endMs }: TraceQuery, after: Place | undefined): Iterable<Candidate> {
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

  /** Those that start between two moments, without these. */
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

  /** Those that start at one moment, behind a place. */
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

  /** The traces of the group that has the fewest; `undefined` if none has few. */
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
