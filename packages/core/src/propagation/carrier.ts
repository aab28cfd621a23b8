/** Reads and writes the usual carriers, without a getter or setter from the caller. */
import { isMap } from 'node:util/types';
import { longestWalk } from '../longest-walk.ts';
import type { Getter, Setter } from './propagator.ts';

/** Names to values, as in message headers, job data, or `IncomingHttpHeaders`. Kafka's clients have values as buffers. */
export interface CarrierObject {
  /** A string, bytes of UTF-8, or an array of these. Other values are ignored. */
  [name: string]: unknown;
}

/** A `Headers`, a `Map`, or another object with their methods. */
export interface CarrierMap {
  /** Returns the value of a name. */
  get(name: string): unknown;
  /** Sets the value of a name. */
  set(name: string, value: string): unknown;
  /** Returns the names. */
  keys?(): Iterable<unknown>;
}

/** Pairs of name and value, repeated names allowed. */
export type CarrierPairs = [name: string, value: unknown][];

/** What `inject()` writes and `extract()` reads without a setter or getter. */
export type Carrier = CarrierObject | CarrierMap | CarrierPairs;

/**
 * Reads any {@link Carrier}; names match in any case, and two spellings of a name count as two fields. Values are strings,
 * bytes of UTF-8, or arrays of these; other values are ignored.
 */
export const carrierGetter: Getter<Carrier> = {
  get(carrier, name) {
    if (typeof carrier !== 'object' || carrier === null) return undefined;
    const texts: string[] = [];
    if (Array.isArray(carrier) || isMap(carrier)) {
      let left = longestWalk;
      for (const pair of carrier) {
        if (left-- === 0) break;
        if (Array.isArray(pair) && isName(pair[0], name)) collectTexts(pair[1], texts);
      }
    } else if (isCarrierMap(carrier)) {
      collectTexts(carrier.get(name), texts);
    } else {
      for (const key of Object.keys(carrier)) {
        if (isName(key, name)) collectTexts(carrier[key], texts);
      }
    }
    return texts.length > 1 ? texts : texts[0];
  },

  keys(carrier) {
    if (typeof carrier !== 'object' || carrier === null) return [];
    const keys: readonly unknown[] = Array.isArray(carrier)
      ? carrier.slice(0, longestWalk).map((pair) => pair?.[0])
      : isCarrierMap(carrier)
        ? firstOf(carrier.keys?.() ?? [])
        : Object.keys(carrier);
    return keys.filter((key) => typeof key === 'string');
  },
};

/** Writes to any {@link Carrier}, in lower case. Replaces the same name in any case. */
export const carrierSetter: Setter<Carrier> = {
  set(carrier, name, value) {
    if (typeof carrier !== 'object' || carrier === null) return;
    if (Array.isArray(carrier)) {
      for (let index = carrier.length - 1, left = longestWalk; index >= 0 && left > 0; index--, left--) {
        if (isName(carrier[index]?.[0], name)) carrier.splice(index, 1);
      }
      carrier.push([name, value]);
    } else if (isCarrierMap(carrier)) {
      // A Map is case-sensitive, unlike a Headers.
      if (isMap(carrier)) removeOtherCases(carrier.keys(), name, (key) => carrier.delete(key));
      carrier.set(name, value);
    } else {
      removeOtherCases(Object.keys(carrier), name, (key) => delete carrier[key]);
      carrier[name] = value;
    }
  },
};

function firstOf(keys: Iterable<unknown>): unknown[] {
  const found: unknown[] = [];
  for (const key of keys) {
    if (found.length >= longestWalk) break; // an endless iterator
    found.push(key);
  }
  return found;
}

function removeOtherCases(keys: Iterable<unknown>, name: string, remove: (key: string) => unknown): void {
  for (const key of keys) {
    if (key !== name && isName(key, name)) remove(key);
  }
}

function isCarrierMap(carrier: CarrierObject | CarrierMap): carrier is CarrierMap {
  return typeof carrier.get === 'function' && typeof carrier.set === 'function';
}

/** @param name In lower case. */
function isName(key: unknown, name: string): key is string {
  return typeof key === 'string' && key.length === name.length && (key === name || key.toLowerCase() === name);
}

function collectTexts(value: unknown, texts: string[]): void {
  for (const item of Array.isArray(value) ? value : [value]) {
    if (typeof item === 'string') texts.push(item);
    else if (item instanceof Uint8Array) texts.push(Buffer.from(item.buffer, item.byteOffset, item.length).toString());
  }
}
