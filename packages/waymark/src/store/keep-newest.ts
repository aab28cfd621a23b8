/** Keeps the newest of any number of items. At most a few thousand items are held at a time. */

export interface Newest<Item> {
  add(item: Item, timeMs: number): void;
  /** The newest first. Items of one time stay in the order in which they were added. */
  read(): readonly Item[];
}

export function keepNewest<Item>(count: number): Newest<Item> {
  let held: { readonly item: Item; readonly timeMs: number }[] = [];
  /** Items that are older are not among the newest. */
  let oldestMs = Number.NEGATIVE_INFINITY;

  function cut(): void {
    held.sort((one, other) => other.timeMs - one.timeMs);
    if (held.length < count) return;
    held = held.slice(0, count);
    oldestMs = held.at(-1)?.timeMs ?? oldestMs;
  }

  return {
    add(item, timeMs) {
      if (timeMs < oldestMs) return;
      held.push({ item, timeMs });
      if (held.length > 4 * count) cut();
    },
    read() {
      cut();
      return held.map(({ item }) => item);
    },
  };
}
