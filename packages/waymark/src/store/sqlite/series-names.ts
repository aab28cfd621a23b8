/**
 * Numbers series. Slots have these numbers in place of strings. When no slot has a number, it is forgotten, and never
 * used again.
 */
import type { Driver } from './driver.ts';

export interface SeriesNames {
  /** Called when one more slot has the series. */
  hold(text: string): number;
  /** Called when one slot less has the series. */
  release(id: number): void;
  textOf(id: number): string;
  /** Called after a rollback: the file may lack what is in memory. */
  forget(): void;
}

const maxInMemory = 10_000;

export function createSeriesNames(driver: Driver): SeriesNames {
  const texts = new Map<number, string>();
  const sql = {
    hold: driver.prepare(
      'INSERT INTO series (text, slots) VALUES (?, 1) ON CONFLICT (text) DO UPDATE SET slots = slots + 1 RETURNING id',
    ),
    release: driver.prepare('UPDATE series SET slots = slots - 1 WHERE id = ?'),
    remove: driver.prepare('DELETE FROM series WHERE id = ? AND slots <= 0'),
    text: driver.prepare('SELECT text FROM series WHERE id = ?'),
  };

  return {
    hold: (text) => Number(sql.hold.get(text)?.id),
    release(id) {
      sql.release.run(id);
      sql.remove.run(id);
    },
    textOf(id) {
      let text = texts.get(id);
      if (text === undefined) {
        text = String(sql.text.get(id)?.text ?? '["other","operation"]');
        if (texts.size >= maxInMemory) texts.clear();
        texts.set(id, text);
      }
      return text;
    },
    forget: () => texts.clear(),
  };
}
