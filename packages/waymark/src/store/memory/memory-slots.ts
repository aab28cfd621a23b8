/** Keeps the slots of a timeline in memory. */
import type { SlotStorage } from '../timeline/slot-storage.ts';

export function createMemorySlots(): SlotStorage {
  /** The parts of each slot, by level, then by number. */
  const levels: Map<number, Uint8Array[]>[] = [];
  const numbers = new Map<string, number>();
  const series = new Map<number, { readonly text: string; slots: number }>();
  let lastNumber = 0;

  function slotsOf(level: number): Map<number, Uint8Array[]> {
    levels[level] ??= new Map();
    return levels[level];
  }

  return {
    *parts(level, from, to) {
      const slots = slotsOf(level);
      const found =
        from === to
          ? [from]
          : [...slots.keys()].filter((number) => number >= from && number <= to).sort(compareNumbers);
      for (const number of found) for (const bytes of slots.get(number) ?? []) yield { number, bytes };
    },
    append(level, number, part, bytes) {
      const parts = slotsOf(level).get(number) ?? [];
      slotsOf(level).set(number, parts);
      parts[part] = Uint8Array.from(bytes);
    },
    replace(level, number, bytes) {
      if (bytes === undefined) slotsOf(level).delete(number);
      else slotsOf(level).set(number, [Uint8Array.from(bytes)]);
    },
    hold(text) {
      let number = numbers.get(text);
      if (number === undefined) {
        number = ++lastNumber;
        numbers.set(text, number);
        series.set(number, { text, slots: 0 });
      }
      const held = series.get(number);
      if (held !== undefined) held.slots++;
      return number;
    },
    release(number) {
      const held = series.get(number);
      if (held === undefined || --held.slots > 0) return;
      series.delete(number);
      numbers.delete(held.text);
    },
    seriesAt: (number) => series.get(number)?.text ?? '["other","operation"]',
  };
}

function compareNumbers(one: number, other: number): number {
  return one - other;
}
