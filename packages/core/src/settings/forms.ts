/** The forms that several settings share. */
import { longestTimerMs } from '../longest-timer.ts';
import { type Form, Unreadable } from './setting.ts';

/** A form that reads a variable without looking at other variables. */
export interface TextForm<Value> extends Form<Value> {
  readonly check: (value: unknown) => Value | Unreadable;
  readonly read: (text: string) => Value | Unreadable;
}

// Specification, "Boolean value": true only for a case-insensitive "true"; any other value except "false" deserves a warning.
export const boolean: Form<boolean> = {
  read(text) {
    const lower = text.toLowerCase();
    if (lower === 'true') return true;
    return lower === 'false' ? false : new Unreadable('true or false');
  },
  check: (value) => (typeof value === 'boolean' ? value : new Unreadable('true or false')),
};

export const text: Form<string> = {
  read: (value) => value,
  check: (value) => (typeof value === 'string' && value.trim() !== '' ? value : new Unreadable('a non-empty string')),
};

/** A whole number. `Infinity` is allowed if there is no maximum. */
export function integer(least: number, most: number = Number.POSITIVE_INFINITY): TextForm<number> {
  const expected = `a whole number of at least ${least}${most === Number.POSITIVE_INFINITY ? '' : ` and at most ${most}`}`;
  const check = (value: unknown): number | Unreadable =>
    typeof value === 'number' &&
    (Number.isInteger(value) || value === Number.POSITIVE_INFINITY) &&
    value >= least &&
    value <= most
      ? value
      : new Unreadable(expected);
  return { check, read: (digits) => (/^\d+$/.test(digits) ? check(Number(digits)) : new Unreadable(expected)) };
}

/** Milliseconds that a timer can wait for. */
export const durationMs: TextForm<number> = integer(0, longestTimerMs);

/** Milliseconds; 0 and `Infinity` mean no limit. They are replaced by the longest wait of a timer. */
export const timeoutMs: TextForm<number> = {
  // Specification, "Timeout": zero and infinity mean no limit.
  read(digits) {
    const value = durationMs.read(digits);
    return value === 0 ? longestTimerMs : value;
  },
  check: (value) => (value === 0 || value === Number.POSITIVE_INFINITY ? longestTimerMs : durationMs.check(value)),
};

/** One of the names, in any case. */
export function choice<Name extends string>(names: readonly Name[]): TextForm<Name> {
  const find = (value: unknown): Name | Unreadable =>
    names.find((name) => typeof value === 'string' && name === value.toLowerCase()) ??
    new Unreadable(`one of ${names.join(', ')}`);
  return { check: find, read: find };
}

/** Strings by name: `key1=value1,key2=value2` in the environment, an object in code. */
export const keyValues: TextForm<Readonly<Record<string, string>>> = {
  // Specification, OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS: the W3C Baggage syntax without metadata,
  // percent-decoded; a list with any mistake is ignored as a whole.
  read(list) {
    const pairs: [string, string][] = [];
    for (const member of list.split(',')) {
      if (member.trim() === '') continue;
      const equals = member.indexOf('=');
      const key = member.slice(0, Math.max(equals, 0)).trim();
      if (key === '') return new Unreadable('a list like key1=value1,key2=value2');
      try {
        pairs.push([decodeURIComponent(key), decodeURIComponent(member.slice(equals + 1).trim())]);
      } catch {
        return new Unreadable('a list like key1=value1,key2=value2 with valid percent-encoding');
      }
    }
    return Object.fromEntries(pairs); // __proto__ is an ordinary key here
  },
  check: (value) =>
    isPlainObject(value) && Object.values(value).every((entry) => typeof entry === 'string')
      ? (value as Readonly<Record<string, string>>) // each value: just checked
      : new Unreadable('an object of strings'),
};

/** An object with these methods. */
export function objectWith<Value extends object>(...methods: readonly (keyof Value & string)[]): Form<Value> {
  return {
    check: (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Partial<Value>)[method] === 'function')
        ? (value as Value) // its other members are not checked
        : new Unreadable(`an object with the methods ${methods.join(' and ')}`),
  };
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
