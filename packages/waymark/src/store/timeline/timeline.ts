/**
 * Keeps counts and durations over time for each series. Counts are exact, durations are at most 2 % off. Any range is
 * quick to read, since longer slots are kept next to the short ones. Spans that make room for newer ones are subtracted
 * again.
 */
import type { ClosedRange } from '../closed-range.ts';
import { createRecentlySeen } from '../recently-seen.ts';
import type { Measurement } from '../span-series.ts';
import { bucketCount, bucketOf } from './latency-buckets.ts';
import { readTotals, type SeriesTotal, sparkParts } from './read-totals.ts';
import { addTally, encodeSlot, isZero, type Slot, sumOfParts, type Tally, tallyIn } from './slot.ts';
import {
  choosePlace,
  createSlotPlaces,
  enterPlace,
  leavePlace,
  type Place,
  type PlaceLimits,
  type SlotPlaces,
} from './slot-places.ts';
import type { SlotStorage } from './slot-storage.ts';

// Each level is six times as long as the one before. A range is read from the longest level of which it has at least
// thirty slots: so from at most 180 slots, and a week from 280.
const slotMs = [10_000, 60_000, 360_000, 2_160_000] as const;

export interface Timeline {
  /** @param sign -1 subtracts what was added. */
  note(measurement: Measurement, sign: 1 | -1): void;
  /** Writes what was noted. */
  flush(): void;
  /** Forgets what was noted but not written. */
  discard(): void;
  /**
   * Reads whole slots, so the range may be up to a thirtieth too long at each end. Spans beyond an open end count in
   * the part next to it.
   */
  read(range: ClosedRange): readonly SeriesTotal[];
}

/** The two timelines of a store: of operations, and of the map of services. */
export interface Timelines {
  readonly operations: Timeline;
  readonly map: Timeline;
}

// A flush adds at most one part to a slot. This many parts are quick to read.
const maxParts = 16;

// Slots whose places are kept in memory: for each level, the slots that new spans go to, and the slots that old spans
// are removed from.
const maxCachedSlots = 64;

export function createTimeline(storage: SlotStorage, limits: PlaceLimits = {}): Timeline {
  let noted = new Map<number, Map<string, Tally>>();
  /** The last entry is the one that was used last. */
  const cached = new Map<string, CachedSlot>();
  const seen = createRecentlySeen();

  function take(level: number, number: number): CachedSlot {
    const key = `${level} ${number}`;
    let slot = cached.get(key);
    cached.delete(key);
    slot ??= load(level, number);
    cached.set(key, slot);
    return slot;
  }

  function load(level: number, number: number): CachedSlot {
    const parts = [...storage.parts(level, number, number)];
    const slot: CachedSlot = { level, number, ...createSlotPlaces({ isNew: parts.length === 0 }), parts: parts.length };
    for (const [series, { count }] of sumOfParts(parts.map(({ bytes }) => bytes))) {
      enterPlace(slot, { series, text: storage.seriesAt(series), count });
    }
    return slot;
  }

  /** Finds the place of each series that changes in a slot. */
  function placeChange(slot: CachedSlot, change: Changes): Slot {
    const placed: Slot = new Map();
    const changed = new Set<Place>();
    for (const [text, tally] of change) {
      if (isZero(tally)) continue;
      const chosen = choosePlace(slot, text, seen.has(text), limits);
      let place = slot.places.get(chosen);
      if (place === undefined) {
        if (tally.count <= 0) continue; // it was never counted here
        place = { series: storage.hold(chosen), text: chosen, count: 0 };
        enterPlace(slot, place);
      }
      place.count += tally.count;
      changed.add(place);
      addTally(tallyIn(placed, place.series), tally);
    }
    for (const place of changed) {
      if (place.count > 0) continue;
      leavePlace(slot, place);
      storage.release(place.series);
    }
    return placed;
  }

  function mergeParts(slot: CachedSlot): void {
    const { level, number } = slot;
    const sum = sumOfParts([...storage.parts(level, number, number)].map(({ bytes }) => bytes));
    storage.replace(level, number, sum.size === 0 ? undefined : encodeSlot(sum));
    slot.parts = 1;
  }

  function write(level: number, number: number, change: Changes): void {
    const slot = take(level, number);
    const placed = placeChange(slot, change);
    if (slot.places.size === 0) {
      if (slot.parts > 0) storage.replace(level, number, undefined);
      cached.delete(`${level} ${number}`);
    } else if (placed.size > 0) {
      storage.append(level, number, slot.parts++, encodeSlot(placed));
      if (slot.parts >= maxParts) mergeParts(slot);
    }
  }

  /** Removes the slots from memory that have not been used for the longest time. Each is merged into one part. */
  function dropUnused(): void {
    for (const [key, slot] of cached) {
      if (cached.size <= maxCachedSlots) return;
      if (slot.parts > 1) mergeParts(slot);
      cached.delete(key);
    }
  }

  return {
    note({ series, startMs, durationMs, hasFailed }, sign) {
      const number = Math.floor(startMs / slotMs[0]);
      let slot = noted.get(number);
      if (slot === undefined) {
        slot = new Map();
        noted.set(number, slot);
      }
      const tally = tallyIn(slot, series);
      tally.count += sign;
      if (hasFailed) tally.errorCount += sign;
      if (durationMs === undefined) return;
      const bucket = Math.min(bucketOf(durationMs), bucketCount - 1);
      tally.totalMs += sign * durationMs;
      const ofBucket = (tally.buckets.get(bucket) ?? 0) + sign;
      if (ofBucket !== 0) tally.buckets.set(bucket, ofBucket);
      else tally.buckets.delete(bucket);
    },

    flush() {
      let changes = noted;
      noted = new Map();
      const texts = new Set([...changes.values()].flatMap((change) => [...change.keys()]));
      slotMs.forEach((lengthMs, level) => {
        const nextMs = slotMs[level + 1];
        const above = new Map<number, Map<string, Tally>>();
        for (const [number, change] of changes) {
          if (nextMs !== undefined) {
            const numberAbove = Math.floor((number * lengthMs) / nextMs);
            const slotAbove = above.get(numberAbove) ?? new Map();
            above.set(numberAbove, slotAbove);
            for (const [text, tally] of change) addTally(tallyIn(slotAbove, text), tally);
          }
          write(level, number, change);
        }
        changes = above;
      });
      for (const text of texts) seen.add(text);
      dropUnused();
    },

    discard() {
      noted = new Map();
      cached.clear();
    },

    read({ startMs, endMs, isStartOpen, isEndOpen }) {
      const partMs = Math.max(endMs - startMs, 1) / sparkParts;
      const level = Math.max(
        slotMs.findLastIndex((lengthMs) => lengthMs <= partMs),
        0,
      );
      const lengthMs = slotMs[level] as number;
      const parts = (): ReturnType<SlotStorage['parts']> =>
        storage.parts(
          level,
          isStartOpen ? Number.MIN_SAFE_INTEGER : Math.floor(startMs / lengthMs),
          isEndOpen ? Number.MAX_SAFE_INTEGER : Math.floor(endMs / lengthMs),
        );
      const partOf = (number: number): number => {
        const middleMs = (number + 0.5) * lengthMs;
        return Math.min(Math.max(Math.floor((middleMs - startMs) / partMs), 0), sparkParts - 1);
      };
      return readTotals({ parts, partOf, seriesAt: storage.seriesAt });
    },
  };
}

type Changes = ReadonlyMap<string, Tally>;

interface CachedSlot extends SlotPlaces {
  readonly level: number;
  readonly number: number;
  parts: number;
}
