/**
 * Attributes: OpenTelemetry's value types and limits, kept as one flat array `[key, value, key, value, …]`.
 *
 * A flat array costs one allocation for any number of attributes, keeps insertion order for any key (an object would move
 * integer-like keys to the front and give `__proto__` a meaning) and is what the encoders walk.
 */
import { isMap } from 'node:util/types';
import type { AttributeValue } from './attribute-value.ts';
import { copyAttributeValue, type ValueLimits } from './copy-attribute-value.ts';
import type { Diagnostics } from './diagnostics.ts';
import { longestWalk } from './longest-walk.ts';

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

/** How many attributes are kept, and the limits of each. */
export interface AttributeLimits extends ValueLimits {
  readonly countLimit: number;
}

/** The outcome of setting an attribute. `limit` is a loss, which the caller counts; `invalid` has been counted. */
export type AttributeOutcome = 'set' | 'limit' | 'invalid';

/**
 * Sets one attribute, replacing an earlier value of the same key.
 *
 * @param diagnostics Counts the attribute if it, or a part of its value, is invalid.
 * @returns `invalid` for an empty key or a value that cannot be kept, `limit` if the list is full.
 * @see https://opentelemetry.io/docs/specs/otel/common/#attribute
 */
export function putAttribute(
  list: AttributeList,
  key: string,
  value: unknown,
  limits: AttributeLimits,
  diagnostics: Pick<Diagnostics, 'count'>,
): AttributeOutcome {
  if (typeof key !== 'string' || key === '') {
    diagnostics.count('invalid-attribute', key === '' ? 'a key is empty' : 'a key is not a string');
    return 'invalid';
  }
  const kept = copyAttributeValue(key, value, limits, diagnostics);
  if (kept === undefined) return 'invalid';
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

/** Attributes copied from an object. */
export interface CollectedAttributes {
  readonly list: AttributeList;
  /** The number of attributes beyond the limit. */
  readonly dropped: number;
}

/**
 * Copies the attributes of an object. Any other value has none. If a getter throws, the attributes after it are lost.
 *
 * @param diagnostics Counts each attribute that is invalid, or has an invalid part.
 */
export function collectAttributes(
  attributes: unknown,
  limits: AttributeLimits,
  diagnostics: Pick<Diagnostics, 'count'>,
): CollectedAttributes {
  const list: AttributeList = [];
  let dropped = 0;
  if (attributes === undefined || attributes === null) return { list, dropped };
  if (typeof attributes !== 'object') {
    diagnostics.count('invalid-attribute', `attributes are a ${typeof attributes}`);
    return { list, dropped };
  }
  try {
    // A Map has no keys of an object, so it would be lost silently.
    if (isMap(attributes)) {
      diagnostics.count('invalid-attribute', 'attributes are a Map; use Object.fromEntries()');
      return { list, dropped };
    }
    // The keys of one object are distinct, so no key is searched for among the earlier ones.
    const keys = Object.keys(attributes);
    if (keys.length > longestWalk) dropped += keys.splice(longestWalk).length;
    for (const key of keys) {
      const value = (attributes as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) continue;
      if (key === '') {
        diagnostics.count('invalid-attribute', 'a key is empty');
        continue;
      }
      const kept = copyAttributeValue(key, value, limits, diagnostics);
      if (kept === undefined) continue;
      if (list.length >= limits.countLimit * 2) dropped++;
      else list.push(key, kept);
    }
  } catch {
    diagnostics.count('invalid-attribute', 'attributes cannot be read');
  }
  return { list, dropped };
}

/** Bytes as a string, for formats without bytes and for people. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The attributes as an object without a prototype, so that keys such as `__proto__` have no meaning. */
export function attributesToObject(list: Readonly<AttributeList>): Record<string, AttributeValue> {
  const object: Record<string, AttributeValue> = Object.create(null);
  for (let at = 0; at < list.length; at += 2) object[keyAt(list, at)] = valueAt(list, at);
  return object;
}
