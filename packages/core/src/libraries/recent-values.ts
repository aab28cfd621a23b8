/**
 * Values by string, for the keys that were used last. The memory is bounded: old keys leave, and a key does not keep a longer
 * string alive that it was cut from.
 */

export interface RecentValues<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/**
 * Two generations in place of a list in order of use: reading a recent key is one look-up and changes nothing. When the young
 * generation is full, it becomes the old one, and what the old one still had is forgotten.
 *
 * @param maxKeys Most keys kept, at least 2.
 * @param maxCharacters Most characters of all keys together.
 */
export function createRecentValues<Value>(maxKeys: number, maxCharacters: number): RecentValues<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let characters = 0;

  function add(key: string, value: Value): void {
    if (young.size >= maxKeys >> 1 || characters + key.length > maxCharacters >> 1) {
      old = young;
      young = new Map();
      characters = 0;
    }
    young.set(key, value);
    characters += key.length;
  }

  return {
    get(key) {
      const recent = young.get(key);
      if (recent !== undefined) return recent;
      const value = old.get(key);
      if (value !== undefined) add(detached(key), value);
      return value;
    },
    set(key, value) {
      if (young.has(key)) young.set(key, value);
      else add(detached(key), value);
    },
  };
}

/**
 * A copy. V8 keeps what `slice()` and regular expressions return as a window into the whole string, such as a file of migrations.
 * What `slice()` returns here is a window, too: into the copy that adding a character makes.
 */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}
