/** Numbers as the model keeps them: an int and a double of equal value stay apart. */
import type { Value } from '../model/span.ts';

export function valueOfDouble(value: number): Value {
  if (Number.isSafeInteger(value)) return { doubleValue: value };
  if (Number.isFinite(value)) return value;
  return { doubleValue: Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity' };
}

/** @param digits Of a signed 64-bit number. */
export function valueOfInt(digits: string): Value {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : { intValue: digits };
}

/** A key can be anything, even one that means something to JavaScript. */
export function setAttribute(attributes: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    attributes[key] = value;
  }
}
