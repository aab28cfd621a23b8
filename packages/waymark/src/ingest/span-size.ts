/**
 * Measures a span: the characters of its keys and values, and a fixed size for each value. Infinity means that it
 * exceeds a limit.
 */
import { type Attributes, isList, type SpanEvent, type SpanLink, type Value } from '../model/span.ts';
import { spanLimits, valueOverhead } from './span-limits.ts';

export function sizeOfEvent({ name, attributes }: SpanEvent): number {
  return sizeOfText(name) + sizeOfPart(attributes);
}

export function sizeOfLink({ traceState = '', attributes }: SpanLink): number {
  return valueOverhead * 3 + traceState.length + sizeOfPart(attributes);
}

function sizeOfPart(attributes: Attributes | undefined): number {
  return attributes === undefined ? 0 : sizeOfAttributes(attributes, spanLimits.partAttributes);
}

/** Infinite if something must be cut, however much room there is. */
export function sizeOfAttributes(attributes: Attributes, maxCount: number): number {
  let size = 0;
  let count = 0;
  for (const key in attributes) {
    count++;
    size += sizeOfEntry(key, attributes[key] ?? null);
  }
  return count > maxCount ? Number.POSITIVE_INFINITY : size;
}

export function sizeOfEntry(key: string, value: Value): number {
  return key.length > spanLimits.keyLength ? Number.POSITIVE_INFINITY : key.length + sizeOfValue(value);
}

function sizeOfValue(value: Value): number {
  if (typeof value === 'string') return sizeOfText(value);
  if (typeof value !== 'object' || value === null) return valueOverhead;
  let size = valueOverhead;
  if (isList(value)) for (const item of value) size += sizeOfValue(item);
  else if ('kvlistValue' in value) {
    for (const key in value.kvlistValue) size += sizeOfEntry(key, value.kvlistValue[key] ?? null);
  } else if ('bytesValue' in value) size = sizeOfText(value.bytesValue);
  return size;
}

function sizeOfText(text: string): number {
  return text.length > spanLimits.valueLength ? Number.POSITIVE_INFINITY : text.length + valueOverhead;
}
