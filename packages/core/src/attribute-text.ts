/**
 * Attributes as strings: for formats without OTLP's types, and for people.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/#anyvalue-representation-for-non-otlp-protocols
 */
import { type AttributeMap, type AttributeValue, isList } from './attribute-value.ts';
import { type AttributeList, keyAt, toBase64, valueAt } from './attributes.ts';
import { quote } from './json-string.ts';

/** A value as a string: strings as they are, arrays and objects as JSON, bytes in base64, `null` and `undefined` as the empty string. */
export function attributeText(value: AttributeValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'undefined':
      return '';
    case 'object':
      if (value === null) return '';
      return value instanceof Uint8Array ? toBase64(value) : jsonText(value);
    default:
      return String(value); // minus zero becomes 0
  }
}

/** Attributes as a JSON object, each value with its type. */
export function attributesJson(list: Readonly<AttributeList>): string {
  const members: string[] = [];
  for (let at = 0; at < list.length; at += 2) members.push(memberText(keyAt(list, at), valueAt(list, at)));
  return `{${members.join()}}`;
}

function memberText(key: string, value: AttributeValue | undefined): string {
  return `${quote(key)}:${jsonText(value)}`;
}

function jsonText(value: AttributeValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`; // JSON has no infinities and no NaN
    case 'undefined':
      return 'null';
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Uint8Array) return quote(toBase64(value));
      return isList(value) ? `[${value.map(jsonText).join()}]` : mapText(value as AttributeMap); // what the other types left
  }
}

function mapText(map: AttributeMap): string {
  return `{${Object.keys(map)
    .map((key) => memberText(key, map[key]))
    .join()}}`;
}
