/** Keeps the slots of a timeline in the file. */
import type { SlotStorage } from '../timeline/slot-storage.ts';
import type { Driver } from './driver.ts';
import type { SeriesNames } from './series-names.ts';

/** @param table The table of the timeline. */
export function createSqliteSlots(
  driver: Driver,
  names: SeriesNames,
  table: 'operation_slots' | 'map_slots',
): SlotStorage {
  const sql = {
    append: driver.prepare(`INSERT INTO ${table} (level, number, part, data) VALUES (?, ?, ?, ?)`),
    delete: driver.prepare(`DELETE FROM ${table} WHERE level = ? AND number = ?`),
    parts: driver.prepare(
      `SELECT number, data FROM ${table} WHERE level = ? AND number >= ? AND number <= ? ORDER BY number, part`,
    ),
  };
  return {
    *parts(level, from, to) {
      for (const { number, data } of sql.parts.all(level, from, to)) {
        yield { number: Number(number), bytes: data as Uint8Array }; // BLOB NOT NULL
      }
    },
    append: (level, number, part, bytes) => sql.append.run(level, number, part, bytes),
    replace(level, number, bytes) {
      sql.delete.run(level, number);
      if (bytes !== undefined) sql.append.run(level, number, 0, bytes);
    },
    hold: (series) => names.hold(series),
    release: (series) => names.release(series),
    seriesAt: (number) => names.textOf(number),
  };
}
