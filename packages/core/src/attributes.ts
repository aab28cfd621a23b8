/**
 * Attributes: OpenTelemetry's value types and limits, kept as one flat array `[key, value, key, value, …]`.
 *
 * A flat array costs one allocation for any number of attributes, keeps insertion order for any key (an object would move
 * integer-like keys to the front and give `__proto__` a meaning) and is what the encoders walk.
 */
import { isMap, isUint8Array } from 'node:util/types';
import { longestWalk } from './longest-walk.ts';
import { readProperty } from './read-property.ts';

/**
 * OpenTelemetry's attribute value: a string, number or boolean, an array of one of them (holes allowed), or bytes.
 *
 * An array has at most 65,536 elements. A bigint has at most 64 bits, signed. It is kept as a number where that holds it exactly, and is an integer on the wire in any case.
 */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly (string | null | undefined)[]
  | readonly (number | bigint | null | undefined)[]
  | readonly (boolean | null | undefined)[];

/** Attributes as a plain object. Keys whose value is `undefined` are skipped. */
export interface Attributes {
  /** Any key; OpenTelemetry's semantic conventions name the usual ones, such as `url.path`. */
  readonly [key: string]: AttributeValue | undefined;
}

/**
 * Attributes as `[key, value, key, value, …]`: a key at each even place, its value right behind it. Walk a list with
 *
 *   for (let at = 0; at < list.length; at += 2) use(keyAt(list, at), valueAt(list, at));
 *
 * V8 inlines the two. A generator was tried: it made the same walk ten times as long, and every span is walked.
 */
export type AttributeList = (string | AttributeValue)[];

/** @param at The place of a key: an even number. */
export function keyAt(list: Readonly<AttributeList>, at: number): string {
  return list[at] as string;
}

/** The value of the key at that place. */
export function valueAt(list: Readonly<AttributeList>, at: number): AttributeValue {
  return list[at + 1] as AttributeValue;
}

/** The place of a key; -1 if the list does not have it. */
export function placeOf(list: Readonly<AttributeList>, key: string): number {
  for (let at = 0; at < list.length; at += 2) if (list[at] === key) return at;
  return -1;
}

/** How many attributes are kept, and how long a string may be, or bytes. `Infinity` for no limit. */
export interface AttributeLimits {
  readonly countLimit: number;
  readonly valueLengthLimit: number;
}

/** The outcome of setting an attribute. `limit` and `invalid` are losses, which the caller counts. */
export type AttributeOutcome = 'set' | 'limit' | 'invalid';

/**
 * Sets one attribute, replacing an earlier value of the same key.
 *
 * @returns `invalid` for an empty key or a value that is not an {@link AttributeValue}, `limit` if the list is full.
 * @see https://opentelemetry.io/docs/specs/otel/common/#attribute
 */
export function putAttribute(
  list: AttributeList,
  key: string,
  value: unknown,
  limits: AttributeLimits,
): AttributeOutcome {
  const kept = toAttributeValue(value, limits.valueLengthLimit);
  if (kept === undefined || typeof key !== 'string' || key === '') return 'invalid';
  const at = placeOf(list, key);
  if (at !== -1) {
    list[at + 1] = kept;
    return 'set';
  }
  if (list.length >= limits.countLimit * 2) return 'limit';
  list.push(key, kept);
  return 'set';
}

/** Removes an attribute from the list, if it is there. */
export function removeAttribute(list: AttributeList, key: string): void {
  const at = placeOf(list, key);
  if (at !== -1) list.splice(at, 2);
}

/** Attributes copied from an object, and what was left out of it. */
export interface CollectedAttributes {
  readonly list: AttributeList;
  /** The number of attributes beyond the limit. */
  readonly dropped: number;
  /** Descriptions of the invalid attributes: key and kind of value, for people. */
  readonly invalid: readonly string[];
}

const noneInvalid: readonly string[] = Object.freeze([]);

/** Copies the attributes of an object. Any other value has none. If a getter throws, the attributes after it are lost. */
export function collectAttributes(
  attributes: unknown,
  { countLimit, valueLengthLimit }: AttributeLimits,
): CollectedAttributes {
  const list: AttributeList = [];
  let dropped = 0;
  let invalid: string[] | undefined;
  if (attributes === undefined || attributes === null) return { list, dropped, invalid: noneInvalid };
  if (typeof attributes !== 'object') return { list, dropped, invalid: [`attributes are ${kindOf(attributes)}`] };
  try {
    // A Map has no keys of an object, so it would be lost silently.
    if (isMap(attributes)) return { list, dropped, invalid: ['attributes are a Map; use Object.fromEntries()'] };
    // The keys of one object are distinct, so no key is searched for among the earlier ones.
    const keys = Object.keys(attributes);
    if (keys.length > longestWalk) dropped += keys.splice(longestWalk).length;
    for (const key of keys) {
      const value = (attributes as Readonly<Record<string, unknown>>)[key];
      if (value === undefined || value === null) continue;
      const kept = toAttributeValue(value, valueLengthLimit);
      if (kept === undefined || key === '') {
        invalid ??= [];
        invalid.push(describeInvalid(key, value));
      } else if (list.length >= countLimit * 2) dropped++;
      else list.push(key, kept);
    }
  } catch {
    invalid ??= [];
    invalid.push('attributes cannot be read');
  }
  return { list, dropped, invalid: invalid ?? noneInvalid };
}

// A key may be any string, of any length.
const longestShownKey = 60;

/** Describes an invalid attribute for people. Never throws. */
export function describeInvalid(key: unknown, value: unknown): string {
  if (key === '') return 'a key is empty';
  if (typeof key !== 'string') return `a key is ${kindOf(key)}`;
  return `${key.slice(0, longestShownKey)} is ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return 'a bigint of more than 64 bits';
    case 'object':
      if (!isArray(value)) return 'an object';
      return isTooLong(value)
        ? `an array of more than ${longestWalk} elements`
        : 'an array of several types, or of objects';
    default:
      return `a ${typeof value}`;
  }
}

/** Like `Array.isArray()`, which throws for a revoked proxy. */
function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function isTooLong(values: readonly unknown[]): boolean {
  const length = readProperty(values, 'length');
  return typeof length === 'number' && length > longestWalk;
}

/** The value in the form that is kept (strings cut to the limit, arrays and bytes copied), or `undefined` if it is not valid. */
export function toAttributeValue(value: unknown, valueLengthLimit: number): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value, valueLengthLimit);
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return toInteger(value);
    case 'object':
      if (isUint8Array(value)) return copyBytes(value, valueLengthLimit);
      return isArray(value) ? copyArray(value, valueLengthLimit) : undefined;
    default:
      return undefined;
  }
}

/** A number where that is exact, so that an integer is the same value as a number and as a bigint. */
function toInteger(value: bigint): number | bigint | undefined {
  if (BigInt.asIntN(64, value) !== value) return undefined;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function copyBytes(bytes: Uint8Array, limit: number): Uint8Array {
  return Uint8Array.prototype.slice.call(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, limit);
}

/** Bytes as a string, for formats without bytes and for people. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** At most `limit` UTF-16 units, without half of a surrogate pair at the end: UTF-8 cannot encode that. */
function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const lastUnit = text.charCodeAt(limit - 1); // NaN for a limit of 0
  const endsInPair = lastUnit >= 0xd800 && lastUnit <= 0xdbff;
  return text.slice(0, endsInPair ? limit - 1 : limit);
}

/** A copy, so that the caller may change its array afterwards; `undefined` if the elements have more than one type. */
function copyArray(values: readonly unknown[], valueLengthLimit: number): AttributeValue | undefined {
  if (isTooLong(values)) return undefined;
  let elementType: string | undefined;
  const copy: unknown[] = [];
  try {
    for (const value of values) {
      if (copy.length >= longestWalk) return undefined; // an endless iterator
      if (value === null || value === undefined) {
        copy.push(null);
        continue;
      }
      const kept = typeof value === 'object' ? undefined : toAttributeValue(value, valueLengthLimit);
      if (kept === undefined) return undefined;
      const type = typeof value === 'bigint' ? 'number' : typeof value;
      elementType ??= type;
      if (type !== elementType) return undefined;
      copy.push(kept);
    }
  } catch {
    return undefined; // a proxy, or an iterator that throws
  }
  return copy as AttributeValue; // the loop let one element type and null through
}

/** The attributes as an object without a prototype, so that keys such as `__proto__` have no meaning. */
export function attributesToObject(list: Readonly<AttributeList>): Record<string, AttributeValue> {
  const object: Record<string, AttributeValue> = Object.create(null);
  for (let at = 0; at < list.length; at += 2) object[keyAt(list, at)] = valueAt(list, at);
  return object;
}
