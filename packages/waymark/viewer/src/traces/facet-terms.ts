/**
 * What a click on a facet writes into the query. Facets count traces, so what is clicked is asked of any span by itself,
 * in braces: `service:orders {http.route:/users}`; and what is excluded, of all spans: `-{status:error}`.
 */
import { formatTerm, isEither, isTerm, termState, toggleTerm, topTerms } from '../../../src/query/edit-query.ts';

export type FacetState = 'included' | 'excluded' | 'none';

export function facetState(query: string, key: string, value: string): FacetState {
  return findBraced(query, key, value)?.state ?? termState(query, key, value);
}

/** Adds the term; or takes it away, if it is there just so. */
export function toggleFacet(
  query: string,
  key: string,
  value: string,
  { isExcluded }: { isExcluded: boolean },
): string {
  const state = facetState(query, key, value);
  const rest = without(query, key, value).trim();
  if (state === (isExcluded ? 'excluded' : 'included')) return rest;
  const term = formatTerm(key, value);
  if (isExcluded) return `${rest} -{${term}}`.trim();
  // By itself it means the same without braces, and reads better.
  return rest === '' ? term : `${isEither(rest) ? `(${rest})` : rest} {${term}}`;
}

function without(query: string, key: string, value: string): string {
  const braced = findBraced(query, key, value);
  if (braced !== undefined) return `${query.slice(0, braced.start).trimEnd()} ${query.slice(braced.end).trimStart()}`;
  const state = termState(query, key, value);
  return state === 'none' ? query : toggleTerm(query, key, value, { isExcluded: state === 'excluded' });
}

function findBraced(query: string, key: string, value: string) {
  for (const part of topTerms(query)) {
    const inner = part.type === 'not' ? part.part : part;
    if (inner.type !== 'some' || !isTerm(inner.part, key, value)) continue;
    const state: FacetState = part.type === 'not' ? 'excluded' : 'included';
    return { state, start: part.start, end: part.end };
  }
  return undefined;
}
