/**
 * The text of a query before it is sent. postgres.js makes it when a connection is free: it numbers the parameters, and writes the
 * columns of its helpers. Here a helper with columns is a parameter; the text that was sent replaces this one in the end.
 */
import type { PostgresQuery } from './postgres-types.ts';

export interface QueryText {
  readonly text: string;
  /** Whether it is what will be sent. */
  readonly isExact: boolean;
}

/** Of templates without fragments and helpers. The strings of a template are one object for each place in the code. */
const plainTexts = new WeakMap<readonly string[], QueryText>();

export function textOf(query: PostgresQuery): QueryText {
  const { strings, args, tagged } = query;
  if (!tagged) {
    // sql.file() has not read it yet. sql.unsafe() also takes an object, whose toString() is the driver's to call.
    const [text] = strings as readonly unknown[];
    return typeof text === 'string' ? { text, isExact: true } : { text: '', isExact: false };
  }
  if (args.some((value) => isPart(value, query))) {
    const counter = { parameters: 0 };
    return { text: write(query, query, counter), isExact: false };
  }
  let plain = plainTexts.get(strings);
  if (plain === undefined) {
    plain = { text: write(query, query, { parameters: 0 }), isExact: true };
    plainTexts.set(strings, plain);
  }
  return plain;
}

function write(
  { strings, args }: Pick<PostgresQuery, 'strings' | 'args'>,
  query: PostgresQuery,
  counter: { parameters: number },
): string {
  let text = strings[0] ?? '';
  for (let index = 1; index < strings.length; index++) {
    text += writePart(args[index - 1], query, counter) + strings[index];
  }
  return text;
}

function writePart(value: unknown, query: PostgresQuery, counter: { parameters: number }): string {
  if (isFragment(value, query)) return write(value, query, counter);
  if (Array.isArray(value) && isFragment(value[0], query)) {
    return value.map((part) => (isFragment(part, query) ? write(part, query, counter) : '')).join(' ');
  }
  if (classOf(value) === 'Identifier') return String((value as { value?: unknown }).value); // with its quotes
  counter.parameters++;
  return `$${counter.parameters}`;
}

/** Whether a value becomes a part of the text, and not a parameter. */
function isPart(value: unknown, query: PostgresQuery): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return isFragment(value[0], query);
  const name = classOf(value);
  return name === 'Identifier' || name === 'Builder' || isFragment(value, query);
}

function isFragment(value: unknown, query: PostgresQuery): value is PostgresQuery {
  return typeof value === 'object' && value !== null && value.constructor === (query as object).constructor;
}

function classOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? value.constructor?.name : undefined;
}
