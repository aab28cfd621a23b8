/** The forms that several settings share. */
import { longestTimerMs } from '../longest-timer.ts';
import { type Form, Unreadable } from './setting.ts';

/** A form whose reading depends on the text alone. */
export interface TextForm<Value> extends Form<Value> {
  readonly check: (value: unknown) => Value | Unreadable;
  readonly read: (text: string) => Value | Unreadable;
}

// Specification, "Boolean value": true only for a case-insensitive "true"; anything else but "false" deserves a warning.
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
  check: (value) =>
    typeof value === 'string' && value.trim() !== '' ? value : new Unreadable('a text that is not empty'),
};

/** A whole number; `Infinity` too, unless there is an upper end. */
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

/** Milliseconds; 0 and `Infinity` for no limit, for which the longest wait of a timer stands from here on. */
export const timeoutMs: TextForm<number> = {
  // Specification, "Timeout": zero and infinity mean no limit.
  read(digits) {
    const value = durationMs.read(digits);
    return value === 0 ? longestTimerMs : value;
  },
  check: (value) => (value === 0 || value === Number.POSITIVE_INFINITY ? longestTimerMs : durationMs.check(value)),
};

/** One of a few names, in any case. */
export function choice<Name extends string>(names: readonly Name[]): TextForm<Name> {
  const find = (value: unknown): Name | Unreadable =>
    names.find((name) => typeof value === 'string' && name === value.toLowerCase()) ??
    new Unreadable(`one of ${names.join(', ')}`);
  return { check: find, read: find };
}

/** Texts by name: `key1=value1,key2=value2` in the environment, an object in code. */
export const keyValues: TextForm<Readonly<Record<string, string>>> = {
  // Specification, OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS: the W3C Baggage syntax without metadata,
  // percent-decoded; a list with anything wrong in it is ignored whole.
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
    return Object.fromEntries(pairs); // a key such as __proto__ is one like any other
  },
  check: (value) =>
    isPlainObject(value) && Object.values(value).every((entry) => typeof entry === 'string')
      ? (value as Readonly<Record<string, string>>) // each value: just checked
      : new Unreadable('an object of texts'),
};

/** An object with these methods. */
export function objectWith<Value extends object>(...methods: readonly (keyof Value & string)[]): Form<Value> {
  return {
    check: (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Partial<Value>)[method] === 'function')
        ? (value as Value) // as far as can be seen
        : new Unreadable(`an object with the methods ${methods.join(' and ')}`),
  };
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
