/** Splits a query string into tokens, in one pass. Throws an `InvalidQuery` with the position of what it cannot read. */
import { InvalidQuery } from './query.ts';

export type Token = (
  | { readonly type: '(' | ')' | '{' | '}' | '-' | 'and' | 'or' | 'not' }
  | { readonly type: 'text'; readonly value: string; readonly isQuoted: boolean }
  | ({
      readonly type: 'field';
      readonly key: string;
      readonly isKeyQuoted: boolean;
      readonly operator: Operator;
    } & Value)
) & { readonly start: number; readonly end: number };

export type Operator = ':' | '<' | '<=' | '>' | '>=';

export interface Value {
  /** Without quotes. */
  readonly value: string;
  /** The strings between stars that are outside of quotes; one part if there is no star. */
  readonly parts: readonly string[];
  readonly valueStart: number;
}

interface Word {
  readonly text: string;
  readonly parts: readonly string[];
  readonly isQuoted: boolean;
  readonly end: number;
}

const keywords: ReadonlyMap<string, 'and' | 'or' | 'not'> = new Map([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
]);
const endsKey = /[\s(){}:=<>"]/;
const endsValue = /[\s(){}"]/;

export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) at++;
    else if (/[(){}]/.test(character)) {
      tokens.push({ type: character as '(' | ')' | '{' | '}', start: at, end: ++at }); // the pattern matches no other
    } else if (character === '-' && !/^(\s|$)/.test(text.slice(at + 1, at + 2))) {
      tokens.push({ type: '-', start: at, end: ++at });
    } else {
      const token = readTerm(text, at);
      tokens.push(token);
      at = token.end;
    }
  }
  return tokens;
}

function readTerm(text: string, start: number): Token {
  const word = readWord(text, start, endsKey);
  const operator = /^([:=]|[<>]=?)/.exec(text.slice(word.end, word.end + 2))?.[0];
  if (operator === undefined) {
    const keyword = word.isQuoted ? undefined : keywords.get(word.text);
    if (keyword !== undefined) return { type: keyword, start, end: word.end };
    return { type: 'text', value: word.text, isQuoted: word.isQuoted, start, end: word.end };
  }
  const valueStart = word.end + operator.length;
  if (word.text === '') {
    throw new InvalidQuery(
      `A key is missing before "${operator}": write a name in front, such as status${operator}error.`,
      start,
      valueStart,
    );
  }
  const value = readWord(text, valueStart, endsValue);
  if (value.end === valueStart) {
    throw new InvalidQuery(
      `A value is missing after "${text.slice(start, valueStart)}". For any value, write ${word.text}:*.`,
      start,
      valueStart,
    );
  }
  return {
    type: 'field',
    key: word.text,
    isKeyQuoted: word.isQuoted,
    operator: operator === '=' ? ':' : (operator as Operator), // the pattern matches no other
    value: value.text,
    parts: value.parts,
    valueStart,
    start,
    end: value.end,
  };
}

/** Reads up to a character that ends the word; parts of it may be in quotes. */
function readWord(text: string, start: number, ends: RegExp): Word {
  let at = start;
  let whole = '';
  let part = '';
  let isQuoted = false;
  const parts: string[] = [];
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      const quoted = readQuoted(text, at);
      isQuoted = true;
      part += quoted.text;
      whole += quoted.text;
      at = quoted.end;
    } else if (ends.test(character)) break;
    else {
      if (character === '*') {
        parts.push(part);
        part = '';
      } else part += character;
      whole += character;
      at++;
    }
  }
  return { text: whole, parts: [...parts, part], isQuoted, end: at };
}

/** Reads a string in quotes. `\"` is a quote and `\\` a backslash. */
function readQuoted(text: string, start: number): { text: string; end: number } {
  let quoted = '';
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return { text: quoted, end: at + 1 };
    if (character === '\\' && /["\\]/.test(text.charAt(at + 1))) quoted += text.charAt(++at);
    else quoted += character;
  }
  throw new InvalidQuery('The quote is not closed: add a " at its end.', start, text.length);
}
