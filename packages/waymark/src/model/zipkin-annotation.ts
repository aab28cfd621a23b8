/** Converts an event with attributes to the text of a Zipkin annotation, and back: `cache.miss|{"key":"7"}|0`. */
import { toPlain } from './plain-value.ts';
import type { Attributes, SpanEvent, Value } from './span.ts';

type Event = Pick<SpanEvent, 'name' | 'attributes' | 'droppedAttributesCount'>;

/** Uses the OpenTelemetry Collector's form, or the form of OpenTelemetry's specification if the name contains a bar. */
export function toAnnotation(event: Event): string {
  const { name, attributes = {}, droppedAttributesCount = 0 } = event;
  if (Object.keys(attributes).length === 0 && droppedAttributesCount === 0) return name;
  if (name.includes('|')) return toSpecifiedAnnotation(event);
  return `${name}|${JSON.stringify(toPlain(attributes))}|${droppedAttributesCount}`;
}

function toSpecifiedAnnotation({ name, attributes = {} }: Event): string {
  return `${JSON.stringify(name)}: ${JSON.stringify(toPlain(attributes))}`;
}

/** Reads the event, if its annotation is exactly this text; else returns an event with the text as its name. */
export function readAnnotation(text: string): Event {
  try {
    const event = readCollectors(text) ?? readSpecified(text);
    if (event !== undefined) return event;
  } catch {
    // it only looks like such a text
  }
  return { name: text };
}

function readCollectors(text: string): Event | undefined {
  const [, name, json, dropped] = /^([^|]*)\|(\{.*\})\|(\d{1,10})$/s.exec(text) ?? [];
  if (name === undefined || json === undefined) return undefined;
  const droppedAttributesCount = Number(dropped);
  const attributes = toAttributes(JSON.parse(json));
  const event: Event = {
    name,
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(droppedAttributesCount > 0 && { droppedAttributesCount }),
  };
  return toAnnotation(event) === text ? event : undefined;
}

function readSpecified(text: string): Event | undefined {
  if (!text.startsWith('"')) return undefined;
  const [, quoted, json] = /^("(?:[^"\\]|\\.)*"): (\{.*\})$/s.exec(text) ?? [];
  if (quoted === undefined || json === undefined) return undefined;
  const event = { name: String(JSON.parse(quoted)), attributes: toAttributes(JSON.parse(json)) };
  const isExact = Object.keys(event.attributes).length > 0 && toSpecifiedAnnotation(event) === text;
  return isExact ? event : undefined;
}

function toAttributes(object: object): Attributes {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)]));
}

/** @param value The result of JSON.parse(). */
function toValue(value: unknown): Value {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'object' && value !== null) return { kvlistValue: toAttributes(value) };
  return value as string | number | boolean | null; // JSON has no other types
}
