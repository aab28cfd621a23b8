/** Formats an attribute value as a string. */
import type { Value } from '../../../src/model/span.ts';

export function formatValue(value: Value): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(toPlain(value)) ?? '';
}

/** The type, if the string does not show it. */
export function typeOfValue(value: Value): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return '';
  if (typeof value === 'number') return '';
  if (isList(value)) return 'list';
  if ('bytesValue' in value) return 'bytes, base64';
  if ('kvlistValue' in value) return 'map';
  return 'doubleValue' in value ? 'double' : 'int';
}

function toPlain(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(toPlain);
  if ('doubleValue' in value) return value.doubleValue;
  if ('intValue' in value) return value.intValue;
  if ('bytesValue' in value) return value.bytesValue;
  return Object.fromEntries(Object.entries(value.kvlistValue).map(([key, inner]) => [key, toPlain(inner)]));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
