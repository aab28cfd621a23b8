/** Remembers recent names. A name that contains an id comes once; names of a program come again. */

export interface RecentlySeen {
  has(text: string): boolean;
  add(text: string): void;
  clear(): void;
}

// Two generations of this many strings, about 100 bytes each.
const maxPerGeneration = 5000;

export function createRecentlySeen(): RecentlySeen {
  let newer = new Set<string>();
  let older = new Set<string>();
  return {
    has: (text) => newer.has(text) || older.has(text),
    add(text) {
      if (newer.size >= maxPerGeneration) {
        older = newer;
        newer = new Set();
      }
      newer.add(text);
    },
    clear() {
      newer = new Set();
      older = new Set();
    },
  };
}
