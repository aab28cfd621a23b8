/**
 * Finds traces. An index answers what it can; the rest is looked at, newest first, for a limited time: a call says how far it
 * came, and the next goes on from there.
 */
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { indexableTerms } from '../../query/indexable-terms.ts';
import { matchesTrace } from '../../query/matches.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { Query } from '../../query/query.ts';
import { countFacets } from '../answers/count-facets.ts';
import { findCompletions } from '../answers/find-completions.ts';
import { type Place, readCursor, toCursor } from '../cursor.ts';
import type { TraceQuery, TraceStore } from '../trace-store.ts';
import type { Driver, Row, SqlValue } from './driver.ts';
import { hashOfTerm } from './index-terms.ts';
import { summaryColumns, summaryOf, traceIdOf } from './trace-row.ts';

export interface SearchParts {
  readonly driver: Driver;
  readSpans(tid: number, traceId: string): readonly Span[];
  nameOf(id: number): string;
}

const defaultLimit = 50;
const maxLimit = 1000;
const defaultPoints = 2000;
const maxPoints = 20_000;
const pageSize = 256;

// How long one call looks, and one that only helps to look.
const maxSearchMs = 200;
const maxFacetMs = 100;
const maxFacetTraces = 500;

// A term of so few traces is fetched whole; one of more is so frequent that walking along the list meets it soon.
const maxFetched = 1000;

/** What an index knows of a query. */
interface Plan {
  readonly query: Query | undefined;
  /** A trace must have one term of each group. */
  readonly groups: readonly (readonly number[])[];
  readonly minSpanMs: number;
  /** Whether a trace that passes matches for certain. */
  readonly isExact: boolean;
}

export type Search = Pick<TraceStore, 'list' | 'scatter' | 'facets' | 'complete'>;

export function createSearch({ driver, readSpans, nameOf }: SearchParts): Search {
  const sql = {
    page: driver.prepare(
      `SELECT ${summaryColumns} FROM traces WHERE start >= ? AND start <= ? AND (start < ? OR trace_id > ?)
        ORDER BY start DESC, trace_id LIMIT ${pageSize}`,
    ),
    byId: driver.prepare(`SELECT ${summaryColumns} FROM traces WHERE tid = ?`),
    hasTerm: driver.prepare('SELECT 1 FROM terms WHERE hash = ? AND tid = ?'),
    tracesWith: driver.prepare(`SELECT tid FROM terms WHERE hash = ? LIMIT ${maxFetched + 1}`),
    count: driver.prepare('SELECT count(*) AS count, min(start) AS first FROM traces WHERE start >= ? AND start <= ?'),
    points: driver.prepare(
      `SELECT hex(trace_id) AS traceId, start, duration, errors, service FROM traces
        WHERE start >= ? AND start <= ? AND tid % ? = 0 ORDER BY start DESC LIMIT ?`,
    ),
  };

  /** Rows in order that may match, as far as an index knows. */
  function* candidates({ groups }: Plan, request: TraceQuery): Iterable<Row> {
    const after = readCursor(request.cursor);
    const few = fewestOf(groups);
    if (few === undefined) yield* walk(request, after);
    else
      yield* few
        .flatMap((tid): readonly Row[] => {
          const row = sql.byId.get(tid);
          return row === undefined ? [] : [row];
        })
        .filter((row) => isInRange(row, request, after))
        .sort(compareRows);
  }

  function* walk({ startMs, endMs }: TraceQuery, after: Place | undefined): Iterable<Row> {
    let place = after;
    for (;;) {
      const last: SqlValue[] =
        place === undefined ? [Number.MAX_VALUE, ''] : [place.startMs, Buffer.from(place.traceId, 'hex')];
      const from = startMs ?? -Number.MAX_VALUE;
      const to = Math.min(endMs ?? Number.MAX_VALUE, place?.startMs ?? Number.MAX_VALUE);
      const rows = sql.page.all(from, to, ...last);
      yield* rows;
      const end = rows.at(-1);
      if (end === undefined || rows.length < pageSize) return;
      place = { startMs: Number(end.start), traceId: traceIdOf(end) };
    }
  }

  /** The traces of the group that has the fewest; `undefined` if none has few. */
  function fewestOf(groups: Plan['groups']): number[] | undefined {
    let fewest: Set<number> | undefined;
    for (const hashes of groups) {
      const tids = new Set<number>();
      for (const hash of hashes) for (const { tid } of sql.tracesWith.all(hash)) tids.add(Number(tid));
      if (tids.size <= maxFetched && tids.size < (fewest?.size ?? Number.POSITIVE_INFINITY)) fewest = tids;
    }
    return fewest && [...fewest];
  }

  function matches({ query, groups, minSpanMs, isExact }: Plan, row: Row): boolean {
    const tid = Number(row.tid);
    if (Number(row.longest_span) < minSpanMs) return false;
    if (!groups.every((hashes) => hashes.some((hash) => sql.hasTerm.get(hash, tid) !== undefined))) return false;
    return isExact || query === undefined || matchesTrace(query, readSpans(tid, traceIdOf(row)));
  }

  /** What matches, until there is enough or the time is over; `isComplete` once all has been seen. */
  function find(request: TraceQuery, limit: number, maxMs: number) {
    const plan = planOf(request.query);
    const deadlineMs = performance.now() + maxMs;
    const found: Row[] = [];
    let last: Row | undefined;
    for (const row of candidates(plan, request)) {
      if (found.length === limit || (plan.query !== undefined && performance.now() > deadlineMs)) {
        return { found, last, isComplete: false };
      }
      last = row;
      if (matches(plan, row)) found.push(row);
    }
    return { found, last, isComplete: true };
  }

  function bounds({ startMs, endMs }: TraceQuery): [number, number] {
    return [startMs ?? -Number.MAX_VALUE, endMs ?? Number.MAX_VALUE];
  }

  function summary(row: Row): TraceSummary {
    return summaryOf(row, nameOf);
  }

  function spansOf(row: Row): readonly Span[] {
    return readSpans(Number(row.tid), traceIdOf(row));
  }

  return {
    list(request) {
      const limit = Math.min(request.limit ?? defaultLimit, maxLimit);
      const { found, last, isComplete } = find(request, limit, maxSearchMs);
      const traces = found.map(summary);
      if (!isComplete && last !== undefined) {
        const place = { startMs: Number(last.start), traceId: traceIdOf(last) };
        return { traces, cursor: toCursor(place), searchedBackToMs: place.startMs, isComplete };
      }
      const first = sql.count.get(...bounds(request))?.first;
      return { traces, searchedBackToMs: request.startMs ?? Number(first ?? Date.now()), isComplete: true };
    },

    scatter(request) {
      const limit = Math.min(request.limit ?? defaultPoints, maxPoints);
      const range = bounds(request);
      let totalCount: number;
      let rows: readonly Row[];
      if (request.query?.trim()) {
        rows = find(request, limit, maxSearchMs).found;
        totalCount = rows.length;
      } else {
        totalCount = Number(sql.count.get(...range)?.count);
        rows = sql.points.all(...range, Math.max(Math.ceil(totalCount / limit), 1), limit);
      }
      const services = [...new Set(rows.map(({ service }) => Number(service)))];
      return {
        traceIds: rows.map(traceIdOf),
        startMs: rows.map(({ start }) => Number(start)),
        durationMs: rows.map(({ duration }) => Number(duration)),
        isError: rows.map(({ errors }) => (Number(errors) > 0 ? 1 : 0)),
        serviceOf: rows.map(({ service }) => services.indexOf(Number(service))),
        services: services.map(nameOf),
        totalCount,
      };
    },

    facets: (request) => countFacets(find(request, maxFacetTraces, maxFacetMs).found.map(spansOf)),

    complete: (request) => findCompletions(find({}, maxFacetTraces, maxFacetMs).found.map(spansOf), request),
  };
}

function planOf(text: string | undefined): Plan {
  if (!text?.trim()) return { query: undefined, groups: [], minSpanMs: Number.NEGATIVE_INFINITY, isExact: true };
  const query = parseQuery(text);
  const { groups, isExact } = indexableTerms(query);
  const hashed: number[][] = [];
  let minSpanMs = Number.NEGATIVE_INFINITY;
  let areAllHashed = true;
  for (const terms of groups) {
    const [only] = terms;
    if (terms.length === 1 && only?.key === 'dur') minSpanMs = Math.max(minSpanMs, only.minMs);
    const hashes = terms.map(hashOfTerm);
    if (hashes.includes(undefined)) areAllHashed = false;
    else hashed.push(hashes as number[]); // just looked
  }
  return { query, groups: hashed, minSpanMs, isExact: isExact && areAllHashed };
}

function isInRange({ start, traceId }: Row, { startMs, endMs }: TraceQuery, after: Place | undefined): boolean {
  const at = Number(start);
  if (startMs !== undefined && at < startMs) return false;
  if (endMs !== undefined && at > endMs) return false;
  if (after === undefined || at < after.startMs) return true;
  return at === after.startMs && String(traceId).toLowerCase() > after.traceId;
}

function compareRows(one: Row, other: Row): number {
  const byStart = Number(other.start) - Number(one.start);
  return byStart !== 0 ? byStart : String(one.traceId) < String(other.traceId) ? -1 : 1;
}
