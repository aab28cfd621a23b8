/**
 * Keeps slots. A slot consists of parts that add up: each flush adds a small part, and sometimes all parts are merged
 * into one.
 */
export interface SlotStorage {
  /** Both ends are inclusive. In order of the slots; the parts of one slot are in the order in which they were written. */
  parts(level: number, from: number, to: number): Iterable<{ readonly number: number; readonly bytes: Uint8Array }>;
  /** @param part The number of the part in its slot: the first is 0. */
  append(level: number, number: number, part: number, bytes: Uint8Array): void;
  /** Replaces all parts of the slot by this one, or by nothing. */
  replace(level: number, number: number, bytes: Uint8Array | undefined): void;
  /** Called when one more slot has the series. @returns The number of the series. */
  hold(series: string): number;
  /** Called when one slot less has the series. A series that is in no slot is forgotten. */
  release(series: number): void;
  seriesAt(number: number): string;
}
