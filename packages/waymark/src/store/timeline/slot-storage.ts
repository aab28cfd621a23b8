/**
 * Where slots are kept. A slot is in parts, which add up: each flush adds a small one, and now and then they become one.
 */
export interface SlotStorage {
  /** Both inclusive, in order; of one slot in the order in which they were written. */
  parts(level: number, from: number, to: number): Iterable<{ readonly number: number; readonly bytes: Uint8Array }>;
  /** @param part Its number in the slot: the first is 0. */
  append(level: number, number: number, part: number, bytes: Uint8Array): void;
  /** All parts become this one, or nothing. */
  replace(level: number, number: number, bytes: Uint8Array | undefined): void;
  /** One slot more has the series. @returns its number. */
  hold(series: string): number;
  /** One slot less has it. What no slot has is forgotten. */
  release(series: number): void;
  seriesAt(number: number): string;
}
