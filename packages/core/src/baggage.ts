/** Baggage: the application's own name-value pairs that travel with a request from service to service. */

import { longestWalk } from './longest-walk.ts';

/** A note on an entry. `{ key: 'secret' }` and `{ key: 'secret', value: '' }` differ: `;secret` and `;secret=`. */
export interface BaggageProperty {
  /** An HTTP token. */
  readonly key: string;
  /** Absent for a property without a value. */
  readonly value?: string | undefined;
}

/** What baggage has for one key. */
export interface BaggageEntry {
  /** Any string. The header carries it percent-encoded. */
  readonly value: string;
  /** Notes on the entry, in the order of the header; empty if there are none. */
  readonly properties: readonly BaggageProperty[];
}

const noProperties: readonly BaggageProperty[] = Object.freeze([]);

/**
 * An immutable, ordered set of entries. Methods that change it return another set.
 *
 * A key is an HTTP token (letters, digits, and any of ``!#$%&'*+-.^_`|~``), since the header carries it as it is; a value
 * is any string. Other people's logs may contain all of it, so put nothing personal or secret here.
 *
 * @see https://www.w3.org/TR/baggage/
 */
export class Baggage {
  /** Baggage without entries. */
  static readonly empty: Baggage = new Baggage(new Map());

  /** Baggage of these entries, the last one of each key. Entries that {@link Baggage.set} refuses are left out. */
  static from(entries: Iterable<readonly [key: string, entry: BaggageEntry]>): Baggage {
    const map = new Map<string, BaggageEntry>();
    try {
      let left = longestWalk;
      for (const [key, { value, properties }] of entries) {
        if (left-- === 0) break;
        const entry = toEntry(key, value, properties);
        if (entry !== undefined) map.set(key, entry);
      }
    } catch {
      // An entry has the wrong shape: the entries before it are kept.
    }
    return map.size === 0 ? Baggage.empty : new Baggage(map);
  }

  // A Map keeps the order of keys such as `10`, and `__proto__` is a plain key in it.
  readonly #entries: ReadonlyMap<string, BaggageEntry>;

  private constructor(entries: ReadonlyMap<string, BaggageEntry>) {
    this.#entries = entries;
  }

  /** The number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, or `undefined` if there is no such entry. */
  get(key: string): string | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The value and the properties of a key, or `undefined` if there is no such entry. */
  getEntry(key: string): BaggageEntry | undefined {
    return this.#entries.get(key);
  }

  /**
   * Baggage with this entry, in place of the one with the same key or at the end. If a key, or a property's key, is not a
   * token, or a value is not a string, returns this same baggage.
   */
  set(key: string, value: string, properties: readonly BaggageProperty[] = noProperties): Baggage {
    const entry = toEntry(key, value, properties);
    return entry === undefined ? this : new Baggage(new Map(this.#entries).set(key, entry));
  }

  /** Baggage without this entry; this same baggage if it does not have the entry. */
  delete(key: string): Baggage {
    if (!this.#entries.has(key)) return this;
    const entries = new Map(this.#entries);
    entries.delete(key);
    return new Baggage(entries);
  }

  /** All entries, in their order. */
  entries(): IterableIterator<[key: string, entry: BaggageEntry]> {
    return this.#entries.entries();
  }
}

/**
 * The entry, or `undefined` if the header cannot carry one of its parts. Never throws.
 *
 * It is frozen and has copies of the properties, since requests share baggage through their contexts. Callers without types
 * pass numbers and symbols, and the header is written in the middle of a later request, so each part is checked here.
 */
function toEntry(key: unknown, value: unknown, properties: unknown): BaggageEntry | undefined {
  if (!isToken(key) || typeof value !== 'string') return undefined;
  try {
    const copies = toProperties(properties ?? noProperties);
    return copies && Object.freeze({ value, properties: copies });
  } catch {
    return undefined; // a getter that throws, a revoked proxy
  }
}

function toProperties(properties: unknown): readonly BaggageProperty[] | undefined {
  if (!Array.isArray(properties) || properties.length > longestWalk) return undefined;
  if (properties.length === 0) return noProperties;
  const copies: BaggageProperty[] = [];
  for (const { key, value } of properties) {
    if (!isToken(key) || (value !== undefined && typeof value !== 'string')) return undefined;
    copies.push(Object.freeze({ key, value }));
  }
  return Object.freeze(copies);
}

/** Whether a value is baggage, also of another copy of this package. Never throws. */
export function isBaggage(value: unknown): value is Baggage {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { size, getEntry } = value as Partial<Baggage>; // both are checked
    return typeof size === 'number' && typeof getEntry === 'function';
  } catch {
    return false; // a proxy
  }
}

// RFC 9110 section 5.6.2, "token".
const tokenForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && tokenForm.test(value);
}
