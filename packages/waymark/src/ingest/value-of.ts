/** Converts numbers to values of the model, in which an int and a double of equal value stay different. */
import type { Value } from '../model/span.ts';

export function valueOfDouble(value: number): Value {
  if (Number.isSafeInteger(value)) return { doubleValue: value };
  if (Number.isFinite(value)) return value;
  return { doubleValue: Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity' };
}

/** @param digits The digits of a signed 64-bit number. */
export function valueOfInt(digits: string): Value {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : { intValue: digits };
}

/** A sender chooses the key, which may be `__proto__`. */
export function setAttribute(attributes: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    attributes[key] = value;
  }
}
