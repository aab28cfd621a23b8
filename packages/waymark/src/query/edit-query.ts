/** Adds terms to a query string and removes them, as a click on a facet does. The rest of the string stays as it is. */
import { parseQuery } from './parse-query.ts';
import { builtInKeys, type Condition, keyAliases } from './query.ts';

export interface TermOptions {
  /** Whether the term excludes the value: `-status:error`. Default `false`. */
  readonly isExcluded?: boolean;
}

/** The term as a query writes it: `http.route:"/users/:id"`. */
export function formatTerm(key: string, value: string, { isExcluded = false }: TermOptions = {}): string {
  return `${isExcluded ? '-' : ''}${formatKey(key)}:${quoteValue(value)}`;
}

/** In quotes if the value needs them. */
export function quoteValue(value: string): string {
  return /^[\p{L}\p{N}_./@:=<>,;!?#%&+~^$'-]+$/u.test(value) ? value : quote(value);
}

function formatKey(key: string): string {
  return !keyAliases.has(key) && /^[\p{L}\p{N}_./@][\p{L}\p{N}_./@-]*$/u.test(key) ? key : quote(key);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether the query asks for this value, excludes it, or does neither. */
export function termState(text: string, key: string, value: string): 'included' | 'excluded' | 'none' {
  for (const part of topTerms(text)) {
    if (isTerm(part, key, value)) return 'included';
    if (part.type === 'not' && isTerm(part.part, key, value)) return 'excluded';
  }
  return 'none';
}

/** The query with this term added. */
export function withTerm(text: string, key: string, value: string, { isExcluded = false }: TermOptions = {}): string {
  const term = formatTerm(key, value, { isExcluded });
  const rest = withoutTerm(text, key, value).trim();
  if (rest === '') return term;
  return `${isEither(rest) ? `(${rest})` : rest} ${term}`;
}

/** The query without this term, whether it was included or excluded. */
export function withoutTerm(text: string, key: string, value: string): string {
  let rest = text;
  const terms = topTerms(text).filter((part) => isTerm(part.type === 'not' ? part.part : part, key, value));
  for (const { start, end } of terms.toReversed()) {
    rest = `${rest.slice(0, start).replace(/\s*(AND\s+)?$/, '')} ${rest.slice(end).replace(/^\s*(AND\s)?\s*/, '')}`;
  }
  return terms.length === 0 ? text : rest.trim();
}

/** Adds the term, or removes it if it is there in the same form. */
export function toggleTerm(text: string, key: string, value: string, { isExcluded = false }: TermOptions = {}): string {
  const isThere = termState(text, key, value) === (isExcluded ? 'excluded' : 'included');
  return isThere ? withoutTerm(text, key, value) : withTerm(text, key, value, { isExcluded });
}

/** The terms of the outermost AND, or the whole query as one; none if the text cannot be parsed yet. */
export function topTerms(text: string): readonly Condition[] {
  const condition = tryParse(text);
  if (condition === undefined) return [];
  return condition.type === 'and' && !isInParentheses(condition) ? condition.parts : [condition];
}

function isInParentheses(condition: Extract<Condition, { readonly parts: unknown }>): boolean {
  return condition.parts[0]?.start !== condition.start;
}

/** Whether a condition is `key:value` and no more. */
export function isTerm(condition: Condition, key: string, value: string): boolean {
  if (condition.type !== 'field' || condition.test.operator !== 'equals') return false;
  const isBuiltIn = builtInKeys.some((name) => name === key);
  return condition.key === key && condition.isAttribute !== isBuiltIn && condition.test.value === value;
}

/** Whether the outermost operator is OR, so that a term cannot be added without parentheses. */
export function isEither(text: string): boolean {
  const condition = tryParse(text);
  return condition?.type === 'or' && !isInParentheses(condition);
}

function tryParse(text: string): Condition | undefined {
  try {
    return parseQuery(text).condition;
  } catch {
    return undefined;
  }
}
