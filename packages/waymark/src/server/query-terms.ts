/** Translates the searches of other APIs into our query language. */
import { formatTerm, quoteValue } from '../query/edit-query.ts';
import { parseQuery } from '../query/parse-query.ts';
import { builtInKeys, type Query } from '../query/query.ts';

/** A term about the span itself: its service, name or kind. */
export function fieldTerm(key: 'service' | 'name' | 'kind', value: string | undefined): string | undefined {
  return value === undefined ? undefined : formatTerm(key, value);
}

/** A term about an attribute, even if its key is also the name of a built-in one. */
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

/** Without an exponent, which the query language does not have. */
function toDecimal(number: number): string {
  const text = String(number);
  return text.includes('e') ? number.toFixed(6) : text;
}
