/**
 * Finds the traces that begin before a moment and end after it. The index orders traces by length. For each length,
 * only traces that begin within that length before the moment can reach it. So a single trace of two hours does not
 * make the search read all traces of two hours.
 */
import { comparePlaces, type Place } from '../cursor.ts';
import type { Driver, Row } from './driver.ts';
import { placeOf, summaryColumns } from './trace-row.ts';

/**
 * The longest duration of each class of length, in milliseconds. Each is four times the one before, from a second to
 * two years; the last class has no limit.
 */
const lengthsMs: readonly number[] = [...Array.from({ length: 14 }, (_, index) => 1000 * 4 ** index), Number.MAX_VALUE];

/**
 * The class of a row that is not in the shortest class, as a number from 1. SQLite finds the index only by exactly
 * these expressions.
 */
const lengthOf = lengthsMs
  .slice(0, -1)
  .map((ms) => `(duration > ${ms})`)
  .join(' + ');
const isLong = `duration > ${lengthsMs[0]}`;

/**
 * Most traces are short, and an index of them would have to be written for each. The second before the moment is quick
 * to read.
 */
export const reachIndex: string = `CREATE INDEX IF NOT EXISTS traces_by_length ON traces (${lengthOf}, start DESC, trace_id, duration)
  WHERE ${isLong}`;

const pageSize = 256;

export interface ReachingTraces {
  /** Ordered by start, the newest first, as in lists. */
  at(momentMs: number, after?: Place): Iterable<Row>;
}

export function createReachingTraces(driver: Driver): ReachingTraces {
  const behind = 'start >= ? AND start < ? AND start <= ? AND (start < ? OR trace_id > ?) AND start + duration >= ?';
  const order = `ORDER BY start DESC, trace_id LIMIT ${pageSize}`;
  const shortPage = driver.prepare(`SELECT ${summaryColumns} FROM traces WHERE ${behind} AND NOT (${isLong}) ${order}`);
  const longPage = driver.prepare(
    `SELECT ${summaryColumns} FROM traces WHERE ${behind} AND ${isLong} AND ${lengthOf} = ? ${order}`,
  );

  function pageOf(length: number, momentMs: number, place: Place | undefined): readonly Row[] {
    const from = momentMs - (lengthsMs[length] as number);
    const last = place === undefined ? Number.MAX_VALUE : place.startMs;
    const lastId = place === undefined ? new Uint8Array() : Buffer.from(place.traceId, 'hex');
    const values = [from, momentMs, last, last, lastId, momentMs];
    return length === 0 ? shortPage.all(...values) : longPage.all(...values, length);
  }

  function* at(momentMs: number, after?: Place): Iterable<Row> {
    for (let place = after; ; ) {
      const pages = lengthsMs.map((_, length) => pageOf(length, momentMs, place));
      // Rows after a full page of one class may come before rows of another class. Only this many rows are certain to
      // be in order.
      const isLast = pages.every(({ length }) => length < pageSize);
      const rows = pages.flat().sort((one, other) => comparePlaces(placeOf(one), placeOf(other)));
      const certain = isLast ? rows : rows.slice(0, pageSize);
      yield* certain;
      if (isLast) return;
      place = placeOf(certain.at(-1) as Row); // at least one page was full
    }
  }

  return { at };
}
