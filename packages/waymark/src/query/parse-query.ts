/** Parses a query: `service:orders status:error dur>200ms -user.id:* ("timeout" OR exception.type:Timeout*)`. */
import { type Condition, type Field, InvalidQuery, keyAliases, type Query, type Test } from './query.ts';
import { readTokens, type Token } from './read-tokens.ts';
import { toTraceCondition } from './trace-condition.ts';

/** Longer than a query that a person types, and short enough for a link. */
const maxQueryLength = 2000;

/** Deeper than a real query nests, and far from a stack overflow. */
const maxNesting = 50;

/** @throws {InvalidQuery} With the position in the string, and what to write there. */
export function parseQuery(text: string): Query {
  if (text.length > maxQueryLength) {
    throw new InvalidQuery(
      `A query has at most ${maxQueryLength} characters, this one has ${text.length}.`,
      maxQueryLength,
      text.length,
    );
  }
  const condition = readConditions(readTokens(text), text.length);
  return { text, condition, traceCondition: toTraceCondition(condition) };
}

function readConditions(tokens: readonly Token[], length: number): Condition {
  let at = 0;
  let nesting = 0;
  let isInBraces = false;

  function readEither(): Condition {
    const parts = [readAll()];
    while (tokens[at]?.type === 'or') {
      at++;
      parts.push(readAll());
    }
    return joined('or', parts);
  }

  /** Terms side by side, with or without AND between them. */
  function readAll(): Condition {
    const parts = [readOne()];
    for (;;) {
      const type = tokens[at]?.type;
      if (type === undefined || type === 'or' || type === ')' || type === '}') return joined('and', parts);
      if (type === 'and') at++;
      parts.push(readOne());
    }
  }

  function readOne(): Condition {
    const token = tokens[at++];
    if (token === undefined) {
      throw new InvalidQuery('The query ends where a term is expected, such as status:error.', length, length);
    }
    const { start, end } = token;
    if (token.type === 'field') return { ...readField(token), start, end };
    if (token.type === 'text') return { ...readText(token), start, end };
    if (token.type === '-' || token.type === 'not') {
      const part = nested(token, readOne);
      return { type: 'not', part, start, end: part.end };
    }
    if (token.type === '(') {
      const part = nested(token, readEither);
      return { ...part, start, end: close(token, ')') };
    }
    if (token.type === '{') {
      if (isInBraces)
        throw new InvalidQuery('Braces cannot be nested, as each pair is about one span: use ( ) instead.', start, end);
      isInBraces = true;
      const part = nested(token, readEither);
      isInBraces = false;
      return { type: 'some', part, start, end: close(token, '}') };
    }
    throw new InvalidQuery(
      `A term is missing before ${describe(token)}. To search for it as text, put it in quotes.`,
      start,
      end,
    );
  }

  function nested(token: Token, read: () => Condition): Condition {
    if (++nesting > maxNesting) {
      throw new InvalidQuery(`The query is nested deeper than ${maxNesting} levels.`, token.start, token.end);
    }
    const condition = read();
    nesting--;
    return condition;
  }

  function close(opening: Token, type: ')' | '}'): number {
    const token = tokens[at];
    if (token?.type !== type) {
      throw new InvalidQuery(
        `${describe(opening)} is not closed: add a ${type} where it ends.`,
        opening.start,
        opening.end,
      );
    }
    at++;
    return token.end;
  }

  if (tokens.length === 0) return { type: 'all', start: 0, end: length };
  const condition = readEither();
  const rest = tokens[at];
  if (rest !== undefined) {
    throw new InvalidQuery(
      `${describe(rest)} has no opening bracket: remove it, or put it in quotes.`,
      rest.start,
      rest.end,
    );
  }
  return condition;
}

function joined(type: 'and' | 'or', parts: readonly [Condition, ...Condition[]] | Condition[]): Condition {
  const [first] = parts as [Condition]; // callers add one part before they look for more
  const last = parts.at(-1) ?? first;
  return parts.length === 1 ? first : { type, parts, start: first.start, end: last.end };
}

function describe({ type }: Token): string {
  return type.length === 1 ? `"${type}"` : type.toUpperCase();
}

const traceIdAlone = /^[0-9a-f]{32}$/i;

function readText({ value, isQuoted }: Token & { type: 'text' }): Field | Extract<Condition, { type: 'text' }> {
  if (!isQuoted && traceIdAlone.test(value)) {
    return {
      type: 'field',
      key: 'trace',
      isAttribute: false,
      test: { operator: 'equals', value: value.toLowerCase() },
    };
  }
  // Text matches anywhere, so stars around it add nothing; many users type them by habit.
  const text = isQuoted ? value : value.replace(/^\*+|\*+$/g, '');
  return { type: 'text', lowerCaseText: text.toLowerCase(), start: 0, end: 0 };
}

type FieldToken = Token & { type: 'field' };

function readField(token: FieldToken): Field {
  const { isKeyQuoted } = token;
  if (isKeyQuoted) return { type: 'field', key: token.key, isAttribute: true, test: readTest(token) };
  const key = keyAliases.get(token.key) ?? token.key;
  const read = readers.get(key);
  return { type: 'field', key, isAttribute: read === undefined, test: (read ?? readTest)(token) };
}

const readers: ReadonlyMap<string, (token: FieldToken) => Test> = new Map([
  ['service', readTextTest],
  ['name', readTextTest],
  ['status', (token) => readChoice(token, ['error', 'ok', 'unset'])],
  ['kind', (token) => readChoice(token, ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'])],
  ['dur', readDuration],
  ['trace', (token) => readId(token, 32)],
  ['span', (token) => readId(token, 16)],
]);

function readTest(token: FieldToken): Test {
  const { operator, value } = token;
  if (operator === ':') return readTextTest(token);
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) {
    refuse(token, `${token.key}${operator} needs a number, got "${value}".`);
  }
  return { operator, value: number };
}

function readTextTest(token: FieldToken): Test {
  const { key, operator, value, parts } = token;
  if (operator !== ':')
    refuse(token, `${key} is a string and cannot be compared: write ${key}:${value || 'value'}, or ${key}:${value}*.`);
  if (parts.length === 1) return { operator: 'equals', value };
  return parts.every((part) => part === '') ? { operator: 'exists' } : { operator: 'like', parts };
}

function readChoice(token: FieldToken, choices: readonly string[]): Test {
  const value = token.value.toLowerCase();
  if (token.operator === ':' && value === '*') return { operator: 'exists' };
  if (token.operator !== ':' || !choices.includes(value)) {
    refuse(token, `${token.key} must be one of ${choices.join(', ')}, got "${token.value}".`);
  }
  return { operator: 'equals', value };
}

function readId(token: FieldToken, digits: number): Test {
  if (token.operator !== ':' || token.parts.length > 2 || !/^[0-9a-f]+\*?$/i.test(token.value)) {
    refuse(token, `${token.key} must be ${digits} hex digits, or the first of them and a *, got "${token.value}".`);
  }
  const lowerCase = {
    ...token,
    value: token.value.toLowerCase(),
    parts: token.parts.map((part) => part.toLowerCase()),
  };
  return readTextTest(lowerCase);
}

const unitsInMs: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3], // micro sign
  ['μs', 1e-3], // Greek letter
  ['ms', 1],
  ['s', 1e3],
  ['m', 6e4],
  ['min', 6e4],
  ['h', 3.6e6],
]);

function readDuration(token: FieldToken): Test {
  const { operator, value } = token;
  if (operator === ':') {
    const duration = value === '*' ? '200ms' : value;
    refuse(token, `dur needs a comparison: write dur>${duration} or dur<${duration}.`);
  }
  const [, digits = '', unit = 'ms'] = /^(\d*\.?\d+)([a-zµμ]+)?$/.exec(value) ?? [];
  const factor = unitsInMs.get(unit);
  if (digits === '' || factor === undefined) {
    refuse(token, `dur must be a duration, such as 200ms, 1.5s, 50us or 2m, got "${value}".`);
  }
  return { operator, value: Number(digits) * factor };
}

function refuse({ start, end }: Token, message: string): never {
  throw new InvalidQuery(message, start, end);
}
