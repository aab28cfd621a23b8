/** Writes what other APIs ask for in our query language. */
import { formatTerm, quoteValue } from '../query/edit-query.ts';
import { parseQuery } from '../query/parse-query.ts';
import { builtInKeys, type Query } from '../query/query.ts';

/** About the span itself: its service, name or kind. */
export function fieldTerm(key: 'service' | 'name' | 'kind', value: string | undefined): string | undefined {
  return value === undefined ? undefined : formatTerm(key, value);
}

/** An attribute, even one that is called as a part of the span is. */
export function tagTerm(key: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const isTaken = builtInKeys.some((name) => name === key);
  return isTaken ? `"${key}":${quoteValue(value)}` : formatTerm(key, value);
}

export function durationTerm(operator: '>=' | '<=', ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `dur${operator}${toDecimal(ms)}ms`;
}

/** One span for which all terms hold; undefined if there is no term. */
export function toQuery(terms: readonly (string | undefined)[]): Query | undefined {
  const given = terms.filter((term) => term !== undefined);
  return given.length === 0 ? undefined : parseQuery(given.join(' '));
}

/** The language has no exponents. */
function toDecimal(number: number): string {
  const text = String(number);
  return text.includes('e') ? number.toFixed(6) : text;
}
