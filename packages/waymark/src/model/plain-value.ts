/** Converts values for formats without OTLP's types, and for people. */
import { type Attributes, isList, type Value } from './span.ts';

/** A string stays as it is; any other value becomes JSON. */
export function toPlainText(value: Value): string {
  const plain = plainValue(value);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/** The string of a tag, in formats whose tags are strings: {@link toPlainText}, and the empty string for OTLP's empty value. */
export function toTagText(value: Value): string {
  return value === null ? '' : toPlainText(value);
}

export function toPlain(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(plainValue);
  if ('kvlistValue' in value) return toPlain(value.kvlistValue);
  if ('doubleValue' in value) return value.doubleValue;
  return 'intValue' in value ? value.intValue : value.bytesValue;
}
