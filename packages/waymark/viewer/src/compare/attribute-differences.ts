/** The attributes that differ between two spans. */
import { toPlainText } from '../../../src/model/plain-value.ts';
import type { Attributes } from '../../../src/model/span.ts';

export interface AttributeDifference {
  readonly key: string;
  /** Absent on the side without the key. */
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/** Sorted by key, without equal values. */
export function listAttributeDifferences(a: Attributes, b: Attributes): AttributeDifference[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return keys
    .map((key) => ({ key, a: textOf(a, key), b: textOf(b, key) }))
    .filter(({ a: valueA, b: valueB }) => valueA !== valueB);
}

function textOf(attributes: Attributes, key: string): string | undefined {
  const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  return value === undefined ? undefined : toPlainText(value);
}
