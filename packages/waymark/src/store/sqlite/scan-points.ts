/** Reads the points of a scatter for all traces in a range, a few thousand at a time. */
import { emptyColumns, type PointColumns } from '../answers/choose-points.ts';
import type { Driver, Row } from './driver.ts';

export interface ScannedPoints {
  readonly columns: PointColumns;
  /** The start of the last trace that was read; `undefined` if all were read. */
  readonly searchedBackToMs: number | undefined;
}

// Rows that one statement reads: about ten milliseconds.
const pageSize = 8192;

// After all ids.
const lastOfAllIds = new Uint8Array(16).fill(0xff);

/**
 * @param giveWay Called between two pages.
 * @returns A function that reads the newest first, until all are read or the time is over. Bounds are inclusive.
 */
export function preparePointScan(
  driver: Driver,
  giveWay: () => void,
): (fromMs: number, toMs: number, maxMs: number) => ScannedPoints {
  const page = driver.prepare(
    `SELECT ${pointColumns} FROM traces WHERE start >= ? AND start <= ? AND (start < ? OR trace_id > ?)
      ORDER BY start DESC, trace_id LIMIT ${pageSize}`,
  );
  const traceId = driver.prepare('SELECT trace_id FROM traces WHERE tid = ?');

  return (fromMs, toMs, maxMs) => {
    const deadlineMs = performance.now() + maxMs;
    const columns = emptyColumns();
    let [lastMs, lastId] = [Number.MAX_VALUE, new Uint8Array()];
    for (;;) {
      const rows = page.all(fromMs, Math.min(toMs, lastMs), lastMs, lastId);
      for (const row of rows) addPoint(columns, row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return { columns, searchedBackToMs: undefined };
      lastMs = Number(last.start);
      const id = traceId.get(Number(last.tid))?.trace_id as Uint8Array<ArrayBuffer> | undefined; // BLOB NOT NULL
      lastId = id ?? lastOfAllIds; // the trace may have made room for others
      giveWay();
      if (performance.now() > deadlineMs) return { columns, searchedBackToMs: lastMs };
    }
  };
}

/** The columns that {@link addPoint} reads. */
const pointColumns = 'tid, start, duration, errors, service, name';

export function addPoint(columns: PointColumns, { tid, start, duration, errors, service, name }: Row): void {
  columns.numberOf.push(Number(tid));
  columns.startMs.push(Number(start));
  columns.durationMs.push(Number(duration));
  columns.hasFailed.push(Number(errors) > 0);
  columns.kindOf.push(Number(service) * 0x1_0000_0000 + Number(name));
}
