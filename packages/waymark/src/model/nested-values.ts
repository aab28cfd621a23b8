/** Finds values inside maps and lists of maps, by the keys that lead to them, such as `user.id`. */
import { type Attributes, isList, type Value } from './span.ts';

/**
 * The value of a key. If no attribute has this key, it is taken as a path: `user.id` finds the `id` of a map `user`, and `items.sku`
 * the `sku` of each map in a list `items`, as a list.
 */
export function findValue(attributes: Attributes, key: string): Value | undefined {
  if (Object.hasOwn(attributes, key)) return attributes[key];
  for (const { holder, rest } of splitsOf(key)) {
    if (!Object.hasOwn(attributes, holder)) continue;
    const found = findWithin(attributes[holder] ?? null, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Split {
  readonly holder: string;
  readonly rest: string;
}

// Spans are searched for a few keys again and again, and most do not have them: strings must not be cut each time.
const maxKnownKeys = 1000;
const knownSplits = new Map<string, readonly Split[]>();

/** The ways to read a key as a path, the longest holder first. */
function splitsOf(key: string): readonly Split[] {
  let splits = knownSplits.get(key);
  if (splits === undefined) {
    const names = key.split('.');
    splits = names
      .slice(1)
      .map((_, index) => ({ holder: names.slice(0, index + 1).join('.'), rest: names.slice(index + 1).join('.') }))
      .reverse();
    if (knownSplits.size >= maxKnownKeys) knownSplits.clear();
    knownSplits.set(key, splits);
  }
  return splits;
}

function findWithin(value: Value, key: string): Value | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isList(value)) {
    const found = value.map((item) => findWithin(item, key)).filter((item) => item !== undefined);
    return found.length === 0 ? undefined : found;
  }
  return 'kvlistValue' in value ? findValue(value.kvlistValue, key) : undefined;
}

/**
 * Visits each value with its key or path. The values of a map are visited one by one, those of maps in a list too. Another list is one
 * value.
 */
export function visitValues(attributes: Attributes, visit: (key: string, value: Value) => void, prefix = ''): void {
  for (const key in attributes) visitValue(prefix + key, attributes[key] ?? null, visit);
}

function visitValue(key: string, value: Value, visit: (key: string, value: Value) => void): void {
  if (typeof value === 'object' && value !== null) {
    if (isList(value) && value.some(hasMap)) {
      for (const item of value) visitValue(key, item, visit);
      return;
    }
    if ('kvlistValue' in value) {
      visitValues(value.kvlistValue, visit, `${key}.`);
      return;
    }
  }
  visit(key, value);
}

function hasMap(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isList(value) ? value.some(hasMap) : 'kvlistValue' in value;
}
