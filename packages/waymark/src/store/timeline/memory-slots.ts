/** Slots of a timeline in memory. */
import type { SlotStorage } from './timeline.ts';

export interface MemorySlots extends SlotStorage {
  seriesAt(number: number): string;
}

export function createMemorySlots(): MemorySlots {
  const levels: Map<number, Uint8Array>[] = [];
  const numbers = new Map<string, number>();
  const texts: string[] = [];

  function slotsOf(level: number): Map<number, Uint8Array> {
    levels[level] ??= new Map();
    return levels[level];
  }

  return {
    read: (level, number) => slotsOf(level).get(number),
    write(level, number, bytes) {
      if (bytes === undefined) slotsOf(level).delete(number);
      else slotsOf(level).set(number, Uint8Array.from(bytes));
    },
    *range(level, from, to) {
      const slots = slotsOf(level);
      const found = [...slots.keys()]
        .filter((number) => number >= from && number <= to)
        .sort((one, other) => one - other);
      for (const number of found) yield { number, bytes: slots.get(number) as Uint8Array };
    },
    numberOf(series) {
      let number = numbers.get(series);
      if (number === undefined) {
        number = texts.push(series) - 1;
        numbers.set(series, number);
      }
      return number;
    },
    seriesAt: (number) => texts[number] ?? '',
  };
}
