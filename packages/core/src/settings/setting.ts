/** A setting: a row of the tables in the `*-options.ts` files. */
import { describeValue } from '../errors.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a form may need in addition to the value. */
export interface Surroundings {
  /** For a form that reads a second variable. */
  readonly env: Environment;
  /** Reports a part that is ignored, when the rest is usable. */
  warn(message: string): void;
}

/** The variable that is being read. */
export interface Variable extends Surroundings {
  readonly name: string;
}

/** The form of a value: as a variable's string, and in code. */
export interface Form<Value> {
  /** Reads a variable's string, which is trimmed and not empty. Absent without a variable. */
  readonly read?: (text: string, variable: Variable) => Value | Unreadable;
  readonly check: (value: unknown, surroundings: Surroundings) => Value | Unreadable;
}

/** Stands for a value that cannot be used. */
export class Unreadable {
  /** Completes a sentence that begins with "must be". */
  readonly expected: string;
  /** A sentence in place of the setting's remedy, where this value has a better one. */
  readonly remedy: string | undefined;
  /** How messages print the value, where it may contain a secret. */
  readonly shown: string | undefined;

  constructor(expected: string, remedy?: string, shown?: string) {
    this.expected = expected;
    this.remedy = remedy;
    this.shown = shown;
  }
}

export interface Setting<Value> {
  /** The first variable with a readable value wins. */
  readonly variables: readonly string[];
  readonly form: Form<Value>;
  readonly fallback: Value;
  /** How to fix a wrong value in code: a sentence. */
  readonly remedy: string;
  /** Prints a value that is secret or may contain a secret, whether it is right or wrong. Messages use it too. */
  readonly show: ((value: unknown) => string) | undefined;
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** A row of a table: a dot in its name stands for an object inside the options (`limits.eventCount`). */
export function setting<Value, const Fallback extends Value | undefined>(row: {
  variables?: readonly string[];
  form: Form<Value>;
  fallback: Fallback;
  remedy?: string;
  show?: (value: unknown) => string;
}): Setting<Value | Fallback> {
  const {
    variables = [],
    form,
    fallback,
    remedy = `Leave it out to use ${printValue(row.fallback)}.`,
    show,
  }: typeof row = Object.assign(Object.create(null), row); // ignores a polluted `Object.prototype`
  return { variables, form, fallback, remedy, show };
}

/** Prints a value in force. */
export function printValue(value: unknown): string {
  if (value === Number.POSITIVE_INFINITY) return 'no limit';
  if (Array.isArray(value)) return value.map(printValue).join(', ') || 'none';
  if (typeof value === 'object' && value !== null) {
    if ('description' in value) return String(value.description);
    if ('name' in value) return String(value.name);
  }
  return typeof value === 'string' ? value : describeValue(value);
}
