/** Slots of a timeline in the file. */
import type { SlotStorage } from '../timeline/timeline.ts';
import type { Driver } from './driver.ts';
import type { Names } from './names.ts';

/** @param table One for each timeline. */
export function createSqliteSlots(driver: Driver, names: Names, table: 'operation_slots' | 'map_slots'): SlotStorage {
  const sql = {
    read: driver.prepare(`SELECT data FROM ${table} WHERE level = ? AND number = ?`),
    write: driver.prepare(`INSERT OR REPLACE INTO ${table} (level, number, data) VALUES (?, ?, ?)`),
    delete: driver.prepare(`DELETE FROM ${table} WHERE level = ? AND number = ?`),
    range: driver.prepare(
      `SELECT number, data FROM ${table} WHERE level = ? AND number >= ? AND number <= ? ORDER BY number`,
    ),
  };
  return {
    read: (level, number) => sql.read.get(level, number)?.data as Uint8Array | undefined, // BLOB NOT NULL
    write(level, number, bytes) {
      if (bytes === undefined) sql.delete.run(level, number);
      else sql.write.run(level, number, bytes);
    },
    *range(level, from, to) {
      for (const { number, data } of sql.range.all(level, from, to)) {
        yield { number: Number(number), bytes: data as Uint8Array }; // as above
      }
    },
    numberOf: (series) => names.idOf(series),
  };
}
