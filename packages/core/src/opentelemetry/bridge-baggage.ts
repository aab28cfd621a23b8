/** Baggage in the form of OpenTelemetry's API, and in Waymark's. */
import { Baggage, type BaggageEntry, type BaggageProperty, isToken } from '../baggage.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { longestWalk } from '../longest-walk.ts';
import { percentDecode, percentEncode } from '../propagation/percent-encoding.ts';

/** What OpenTelemetry's baggage has for a key. */
export interface OpenTelemetryBaggageEntry {
  value: string;
  /** The properties, in the form of the header: `k=v;flag`. */
  metadata?: { toString(): string };
}

/** OpenTelemetry's baggage: immutable, in the order in which keys were set. */
export class BridgeBaggage {
  readonly #entries: ReadonlyMap<string, OpenTelemetryBaggageEntry>;

  constructor(entries: ReadonlyMap<string, OpenTelemetryBaggageEntry>) {
    this.#entries = entries;
  }

  getEntry(key: string): OpenTelemetryBaggageEntry | undefined {
    const entry = this.#entries.get(key);
    return entry && { ...entry };
  }

  getAllEntries(): [string, OpenTelemetryBaggageEntry][] {
    return [...this.#entries].map(([key, entry]) => [key, { ...entry }]);
  }

  setEntry(key: string, entry: OpenTelemetryBaggageEntry): BridgeBaggage {
    return new BridgeBaggage(new Map(this.#entries).set(key, entry));
  }

  removeEntry(key: string): BridgeBaggage {
    return this.removeEntries(key);
  }

  removeEntries(...keys: string[]): BridgeBaggage {
    const entries = new Map(this.#entries);
    for (const key of keys) entries.delete(key);
    return new BridgeBaggage(entries);
  }

  clear(): BridgeBaggage {
    return new BridgeBaggage(new Map());
  }
}

// @opentelemetry/api, baggage/internal/symbol: what its propagators recognise metadata by.
const metadataType = Symbol('BaggageEntryMetadata');

/** Waymark's baggage in OpenTelemetry's form. */
export function toOpenTelemetryBaggage(baggage: Baggage): BridgeBaggage {
  const entries = new Map<string, OpenTelemetryBaggageEntry>();
  for (const [key, { value, properties }] of baggage.entries()) {
    entries.set(percentDecode(key), properties.length === 0 ? { value } : { value, metadata: toMetadata(properties) });
  }
  return new BridgeBaggage(entries);
}

function toMetadata(properties: readonly BaggageProperty[]): { toString(): string } {
  const text = properties
    .map(({ key, value }) => (value === undefined ? key : `${key}=${percentEncode(value)}`))
    .join(';');
  return { __TYPE__: metadataType, toString: () => text } as { toString(): string };
}

/**
 * OpenTelemetry's baggage in Waymark's form. Its keys may be any string: the header carries them percent-encoded, as OpenTelemetry's own
 * propagator does.
 *
 * @param given The value of a context's baggage key: a `Baggage` of any copy of the API.
 * @param diagnostics Counts the entries that no header can carry, as `invalid-baggage`.
 * @returns `undefined` if it is not baggage, or has no entry. Never throws.
 */
export function fromOpenTelemetryBaggage(
  given: unknown,
  diagnostics: () => Diagnostics | undefined,
): Baggage | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const entries: [string, BaggageEntry][] = [];
  let invalid = 0;
  try {
    const { getAllEntries } = given as { getAllEntries?: unknown }; // it is called only if it is a function
    if (typeof getAllEntries !== 'function') return undefined;
    for (const [key, entry] of (getAllEntries.call(given) as [string, OpenTelemetryBaggageEntry][]).slice(
      0,
      longestWalk,
    )) {
      const kept = toEntry(key, entry);
      if (kept === undefined) invalid++;
      else entries.push(kept);
    }
  } catch {
    invalid++; // a getter that throws, entries of another form
  }
  if (invalid > 0) diagnostics()?.count('invalid-baggage', undefined, invalid);
  const baggage = Baggage.from(entries);
  return baggage.size === 0 ? undefined : baggage;
}

function toEntry(key: string, { value, metadata }: OpenTelemetryBaggageEntry): [string, BaggageEntry] | undefined {
  const token = toToken(key);
  if (token === undefined || typeof value !== 'string') return undefined;
  return [
    token,
    { value, properties: metadata === undefined || metadata === null ? [] : toProperties(String(metadata)) },
  ];
}

/** The key as the header carries it. Brackets are no part of a token, and `encodeURIComponent()` leaves them. */
function toToken(key: unknown): string | undefined {
  if (isToken(key)) return key;
  if (typeof key !== 'string' || key === '') return undefined;
  const encoded = percentEncode(key).replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
  return isToken(encoded) ? encoded : undefined;
}

/** Those that the header can carry. */
function toProperties(metadata: string): BaggageProperty[] {
  const properties: BaggageProperty[] = [];
  for (const part of metadata.split(';')) {
    const equals = part.indexOf('=');
    const key = (equals === -1 ? part : part.slice(0, equals)).trim();
    if (!isToken(key)) continue;
    properties.push(equals === -1 ? { key } : { key, value: percentDecode(part.slice(equals + 1).trim()) });
  }
  return properties;
}
