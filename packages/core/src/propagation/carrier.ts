/** The carriers that need no getter or setter of the caller's own. */
import type { Getter, Setter } from './propagator.ts';

/** Names to values, as in message headers, job data, or `IncomingHttpHeaders`. Kafka's clients have values as buffers. */
export interface CarrierObject {
  [name: string]: unknown;
}

/** A `Headers`, a `Map`, or anything else with their two methods. */
export interface CarrierMap {
  get(name: string): unknown;
  set(name: string, value: string): unknown;
}

/** Pairs of name and value, repeated names allowed. */
export type CarrierPairs = [name: string, value: unknown][];

export type Carrier = CarrierObject | CarrierMap | CarrierPairs;

/** Reads any {@link Carrier}; names match in any case. */
export const carrierGetter: Getter<Carrier> = {
  get(carrier, name) {
    if (typeof carrier !== 'object' || carrier === null) return undefined;
    if (Array.isArray(carrier)) {
      const values: string[] = [];
      for (const pair of carrier) {
        if (Array.isArray(pair) && typeof pair[0] === 'string' && pair[0].toLowerCase() === name) {
          const text = fieldText(pair[1]);
          if (typeof text === 'string') values.push(text);
        }
      }
      return values.length > 1 ? values : values[0];
    }
    if (isCarrierMap(carrier)) return fieldText(carrier.get(name) ?? findKey(carrier, name));
    if (Object.hasOwn(carrier, name)) return fieldText(carrier[name]);
    const key = Object.keys(carrier).find((candidate) => candidate.toLowerCase() === name);
    return key === undefined ? undefined : fieldText(carrier[key]);
  },
};

/** Writes to any {@link Carrier}, in lower case, in place of the same name in any case. */
export const carrierSetter: Setter<Carrier> = {
  set(carrier, name, value) {
    if (typeof carrier !== 'object' || carrier === null) return;
    if (Array.isArray(carrier)) {
      for (let index = carrier.length - 1; index >= 0; index--) {
        if (String(carrier[index]?.[0]).toLowerCase() === name) carrier.splice(index, 1);
      }
      carrier.push([name, value]);
    } else if (isCarrierMap(carrier)) {
      carrier.set(name, value);
    } else {
      for (const key of Object.keys(carrier)) {
        if (key !== name && key.toLowerCase() === name) delete carrier[key];
      }
      carrier[name] = value;
    }
  },
};

function isCarrierMap(carrier: CarrierObject | CarrierMap): carrier is CarrierMap {
  return typeof carrier.get === 'function' && typeof carrier.set === 'function';
}

/** A `Map` is case-sensitive, unlike a `Headers`. */
function findKey(carrier: CarrierMap, name: string): unknown {
  if (!(carrier instanceof Map)) return undefined;
  for (const [key, value] of carrier) {
    if (typeof key === 'string' && key.toLowerCase() === name) return value;
  }
  return undefined;
}

function fieldText(value: unknown): string | readonly string[] | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  if (Array.isArray(value)) return value.map(fieldText).filter((text) => typeof text === 'string');
  return undefined;
}
