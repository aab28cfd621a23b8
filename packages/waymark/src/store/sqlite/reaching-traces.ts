/**
 * Traces that begin before a moment and last beyond it. The index has them by length: of those of one length only the stretch before
 * the moment that is as long can hold any, so that one trace of two hours does not have all of two hours read.
 */
import { comparePlaces, type Place } from '../cursor.ts';
import type { Driver, Row } from './driver.ts';
import { placeOf, summaryColumns } from './trace-row.ts';

/** The most that a trace of each length lasts, in milliseconds: four times the one before, from a second to two years, and any. */
const lengthsMs: readonly number[] = [...Array.from({ length: 14 }, (_, index) => 1000 * 4 ** index), Number.MAX_VALUE];

/** The length of a row that is not the shortest, as a number from 1. The index is found by these very expressions. */
const lengthOf = lengthsMs
  .slice(0, -1)
  .map((ms) => `(duration > ${ms})`)
  .join(' + ');
const isLong = `duration > ${lengthsMs[0]}`;

/** Most traces are short: an index of them would have to be written for each. The second before the moment is quickly read. */
export const reachIndex: string = `CREATE INDEX IF NOT EXISTS traces_by_length ON traces (${lengthOf}, start DESC, trace_id, duration)
  WHERE ${isLong}`;

const pageSize = 256;

export interface ReachingTraces {
  /** Newest start first, as in lists. */
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
      // What is behind a full page of one length may come before rows of another: only so many are in order for certain.
      const isLast = pages.every(({ length }) => length < pageSize);
      const rows = pages.flat().sort((one, other) => comparePlaces(placeOf(one), placeOf(other)));
      const certain = isLast ? rows : rows.slice(0, pageSize);
      yield* certain;
      if (isLast) return;
      place = placeOf(certain.at(-1) as Row); // a page was full
    }
  }

  return { at };
}
