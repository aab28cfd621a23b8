/** Numbers of series, which stand in slots in place of their texts. A number is forgotten when no slot has it, and not given again. */
import type { Driver } from './driver.ts';

export interface SeriesNames {
  /** One slot more has it. */
  hold(text: string): number;
  /** One slot less has it. */
  release(id: number): void;
  textOf(id: number): string;
  /** What is in memory may not be in the file: after a transaction that came to nothing. */
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
