/** An event's attributes, in the text of Zipkin's annotation, which has nothing else: `"cache.miss": {"key":"7"}`. */
import { toPlain } from './plain-value.ts';
import type { Attributes, SpanEvent, Value } from './span.ts';

/** As OpenTelemetry's specification has it. */
export function toAnnotation({ name, attributes = {} }: Pick<SpanEvent, 'name' | 'attributes'>): string {
  if (Object.keys(attributes).length === 0) return name;
  return `${JSON.stringify(name)}: ${JSON.stringify(toPlain(attributes))}`;
}

/** The event, if its annotation is this very text; else one that has the text for its name. */
export function readAnnotation(text: string): Pick<SpanEvent, 'name' | 'attributes'> {
  const [, quoted = '', json = ''] = text.startsWith('"') ? (/^("(?:[^"\\]|\\.)*"): (\{.*\})$/s.exec(text) ?? []) : [];
  if (json === '') return { name: text };
  try {
    const event = { name: String(JSON.parse(quoted)), attributes: toAttributes(JSON.parse(json)) };
    return toAnnotation(event) === text ? event : { name: text };
  } catch {
    return { name: text }; // it only looks like one
  }
}

function toAttributes(object: object): Attributes {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)]));
}

/** @param value From JSON.parse(). */
function toValue(value: unknown): Value {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'object' && value !== null) return { kvlistValue: toAttributes(value) };
  return value as string | number | boolean | null; // all else that JSON has
}
