/**
 * Decides which series have a place in a slot. Names that contain ids have no limit: if there are too many, the rest is
 * counted together. What was counted in a place is subtracted in the same place, so that all counts stay exact.
 */
import { hashOfString } from '../hash-of-string.ts';
import { othersOfSeries, ownerOfSeries, readSeries, type Series, textOfSeries } from '../span-series.ts';

export interface Place {
  readonly series: number;
  readonly text: string;
  /** The number of spans in it. */
  count: number;
}

export interface SlotPlaces {
  /** By the series as a string. */
  readonly places: Map<string, Place>;
  /** The number of series with a place, without the others, for each service. `named` is the number for all. */
  readonly namedOf: Map<string, number>;
  named: number;
  /** The number of series that count others of one service. */
  others: number;
  /** The series that are counted among others, as bits by hash; `undefined` if the slot was read from storage. */
  readonly amongOthers: Uint32Array | undefined;
}

export interface PlaceLimits {
  /** Series in one slot. Default 1000. */
  readonly maxSeries?: number;
  /** Series of one service in one slot. Default 250: services have fewer operations, and few name one in ten seconds. */
  readonly maxOfService?: number;
  /** Services in one slot that may count their other names together. Default 250. */
  readonly maxOthers?: number;
}

const hashBits = 16;

export function createSlotPlaces({ isNew }: { readonly isNew: boolean }): SlotPlaces {
  const amongOthers = isNew ? new Uint32Array(2 ** hashBits / 32) : undefined;
  return { places: new Map(), namedOf: new Map(), named: 0, others: 0, amongOthers };
}

/**
 * @param isKnown Whether the series has come before. Unknown ones may take half of the places: names with ids come
 *   once.
 * @returns The series that counts it, as a string: itself, or one of others.
 */
export function choosePlace(
  slot: SlotPlaces,
  text: string,
  isKnown: boolean,
  { maxSeries = 1000, maxOfService = 250, maxOthers = 250 }: PlaceLimits,
): string {
  if (slot.places.has(text)) return text;
  const series = readSeries(text);
  const others = othersOfSeries(series).map(textOfSeries);
  const other = others.find((each) => slot.places.has(each));
  const isFree = other === undefined || (slot.amongOthers !== undefined && !hasBit(slot.amongOthers, text));
  if (isFree && series[0] !== 'other') {
    const share = isKnown ? 1 : 0.5;
    const owner = ownerOfSeries(series);
    const ofOwner = owner === undefined ? 0 : (slot.namedOf.get(owner) ?? 0);
    if (slot.named < share * maxSeries && ofOwner < share * maxOfService) return text;
  }
  if (slot.amongOthers !== undefined) setBit(slot.amongOthers, text);
  if (other !== undefined) return other;
  const last = others.at(-1) ?? text;
  return slot.others < maxOthers ? (others[0] ?? last) : last;
}

export function enterPlace(slot: SlotPlaces, place: Place): void {
  slot.places.set(place.text, place);
  countPlace(slot, readSeries(place.text), 1);
}

export function leavePlace(slot: SlotPlaces, { text }: Place): void {
  slot.places.delete(text);
  countPlace(slot, readSeries(text), -1);
}

function countPlace(slot: SlotPlaces, series: Series, by: 1 | -1): void {
  if (series[0] === 'other') {
    if (series[2] !== undefined) slot.others += by;
    return;
  }
  slot.named += by;
  const owner = ownerOfSeries(series);
  if (owner === undefined) return;
  const ofOwner = (slot.namedOf.get(owner) ?? 0) + by;
  if (ofOwner === 0) slot.namedOf.delete(owner);
  else slot.namedOf.set(owner, ofOwner);
}

function hasBit(bits: Uint32Array, text: string): boolean {
  const bit = bitOf(text);
  return ((bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
}

function setBit(bits: Uint32Array, text: string): void {
  const bit = bitOf(text);
  bits[bit >>> 5] = (bits[bit >>> 5] as number) | (1 << (bit & 31));
}

function bitOf(text: string): number {
  return hashOfString(text) % 2 ** hashBits;
}
