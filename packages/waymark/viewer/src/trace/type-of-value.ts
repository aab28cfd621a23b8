import { isList, type Value } from '../../../src/model/span.ts';

/** The type of an attribute's value, where its string does not say it. */
export function typeOfValue(value: Value): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return '';
  if (typeof value === 'number') return '';
  if (isList(value)) return 'list';
  if ('bytesValue' in value) return 'bytes, base64';
  if ('kvlistValue' in value) return 'map';
  return 'doubleValue' in value ? 'double' : 'int';
}
