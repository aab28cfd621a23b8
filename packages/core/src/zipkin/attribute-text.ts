/**
 * Attributes as strings: Zipkin's tags have no other type.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/#attribute
 */
import { type AttributeList, type AttributeValue, keyAt, toBase64, valueAt } from '../attributes.ts';
import { quote } from './json-writer.ts';

/** The value of a tag: strings as they are, arrays as JSON, bytes in base64. */
export function tagText(value: AttributeValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'object':
      return value instanceof Uint8Array ? toBase64(value) : jsonText(value);
    default:
      return String(value); // minus zero becomes 0
  }
}

/** Attributes as a JSON object, each value with its type. */
export function attributesJson(list: Readonly<AttributeList>): string {
  const members: string[] = [];
  for (let at = 0; at < list.length; at += 2) members.push(`${quote(keyAt(list, at))}:${jsonText(valueAt(list, at))}`);
  return `{${members.join()}}`;
}

function jsonText(value: AttributeValue | null | undefined): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`; // JSON has no infinities and no NaN
    default:
      if (value instanceof Uint8Array) return quote(toBase64(value));
      return Array.isArray(value) ? `[${value.map(jsonText).join()}]` : 'null';
  }
}
