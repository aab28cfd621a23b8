/** Random numbers from a seed: each run makes the same traces. */
export interface Random {
  /** At least 0 and below 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  pick<T>(choices: readonly T[]): T;
  hex(digits: number): string;
  uuid(): string;
}

/** Mulberry32. @see https://github.com/cprosche/mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  function int(least: number, most: number): number {
    return least + Math.floor(next() * (most - least + 1));
  }
  function hex(digits: number): string {
    return Array.from({ length: digits }, () => int(0, 15).toString(16)).join('');
  }
  return {
    next,
    int,
    hex,
    pick: <T>(choices: readonly T[]) => choices[int(0, choices.length - 1)] as T, // never called with an empty list
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}
