/** What a setting is. The tables in the `*-options.ts` files are made of these. */
import { describeValue } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a form may need beside the value. */
export interface Surroundings {
  /** For a form that has to look at a second variable. */
  readonly env: Environment;
  /** Tells of a part that is left out, where the rest is good. */
  warn(message: string): void;
}

/** The variable that is being read. */
export interface Variable extends Surroundings {
  readonly name: string;
}

/** What a value may look like: as a variable's text, and in code. */
export interface Form<Value> {
  /** Reads a variable's text, which is trimmed and not empty. Absent: there is no variable. */
  readonly read?: (text: string, variable: Variable) => Value | Unreadable;
  readonly check: (value: unknown, surroundings: Surroundings) => Value | Unreadable;
}

/** In place of a value that cannot be used. */
export class Unreadable {
  /** To be read after "must be". */
  readonly expected: string;
  /** A sentence in place of the setting's remedy, where this value has a better one. */
  readonly remedy: string | undefined;

  constructor(expected: string, remedy?: string) {
    this.expected = expected;
    this.remedy = remedy;
  }
}

export interface Setting<Value> {
  /** The first that is set to something readable wins. */
  readonly variables: readonly string[];
  readonly form: Form<Value>;
  readonly fallback: Value;
  /** What to do about a wrong value in code: a sentence. */
  readonly remedy: string;
  /** What people see, in messages too, in place of a value that is a secret or may hold one; right or wrong. */
  readonly show: ((value: unknown) => string) | undefined;
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** A row of a table: a dot in its name stands for an object within the options (`limits.eventCount`). */
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
  }: typeof row = Object.assign(Object.create(null), row); // nothing from a prototype
  return { variables, form, fallback, remedy, show };
}

/** A value that is in force, for people. */
export function printValue(value: unknown): string {
  if (value === Number.POSITIVE_INFINITY) return 'no limit';
  if (Array.isArray(value)) return value.map(printValue).join(', ') || 'none';
  if (typeof value === 'object' && value !== null) {
    if ('description' in value) return String(value.description);
    if ('name' in value) return String(value.name);
  }
  return typeof value === 'string' ? value : describeValue(value);
}
