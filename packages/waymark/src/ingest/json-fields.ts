/** Reads fields of JSON objects from senders. An error says which field has the wrong type. */
import { UnreadableBody } from './unreadable-body.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The path of a value: `resourceSpans[0].scopeSpans[1]`. It is put together only for a message. */
export interface Place {
  readonly parent?: Place | undefined;
  readonly name: string;
  readonly index?: number;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function asObject(value: unknown, place: Place): JsonObject {
  if (isObject(value)) return value;
  throw mismatch('an object', value, place);
}

/** Empty if it is absent or null, as in all of protobuf's JSON. */
export function asList(value: unknown, place: Place): readonly unknown[] {
  if (isAbsent(value)) return [];
  if (Array.isArray(value)) return value;
  throw mismatch('a list', value, place);
}

export function asString(value: unknown, place: Place): string {
  if (typeof value === 'string') return value;
  if (isAbsent(value)) return '';
  throw mismatch('a string', value, place);
}

/** A whole number of at most 32 bits; 0 if it is absent. */
export function asCount(value: unknown, place: Place): number {
  if (isAbsent(value)) return 0;
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < 2 ** 32) return number;
  throw mismatch('a whole number from 0 to 4294967295', value, place);
}

export function mismatch(expected: string, value: unknown, place: Place): UnreadableBody {
  return new UnreadableBody(`${nameOf(place)} must be ${expected}, got ${describe(value)}`);
}

function nameOf({ parent, name, index }: Place): string {
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name; // the sender chooses keys
  const own = index === undefined ? shown : `${shown}[${index}]`;
  return parent === undefined ? own : `${nameOf(parent)}.${own}`;
}

/** A short description of any value. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
