/** The dictionary: a few hundred texts that stand in a million rows. */
import type { Driver } from './driver.ts';

export interface Names {
  /** Adds it if it is not there. */
  idOf(text: string): number;
  /** `undefined` if it is not there. */
  find(text: string): number | undefined;
  textOf(id: number): string;
  /** What is in memory may not be in the file: after a transaction that came to nothing. */
  forget(): void;
}

// Somebody always puts ids into names.
const maxInMemory = 50_000;

export function createNames(driver: Driver): Names {
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();
  const sql = {
    insert: driver.prepare('INSERT INTO names (text) VALUES (?) RETURNING id'),
    find: driver.prepare('SELECT id FROM names WHERE text = ?'),
    text: driver.prepare('SELECT text FROM names WHERE id = ?'),
  };

  function find(text: string): number | undefined {
    const known = ids.get(text);
    if (known !== undefined) return known;
    const row = sql.find.get(stored(text));
    return row === undefined ? undefined : remember(text, Number(row.id));
  }

  function remember(text: string, id: number): number {
    if (ids.size >= maxInMemory) ids.clear();
    ids.set(text, id);
    return id;
  }

  return {
    find,
    idOf: (text) => find(text) ?? remember(text, Number(sql.insert.get(stored(text))?.id)),
    textOf(id) {
      let text = texts.get(id);
      if (text === undefined) {
        text = String(sql.text.get(id)?.text ?? '');
        if (texts.size >= maxInMemory) texts.clear();
        texts.set(id, text);
      }
      return text;
    },
    forget() {
      ids.clear();
      texts.clear();
    },
  };
}

/** The WebAssembly driver ends a text at a zero. */
function stored(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
