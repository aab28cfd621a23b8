/**
 * The query terms that a click on a facet adds or removes. Facets count traces, so the term is in braces: any span of the trace
 * may match it, as in `service:orders {http.route:/users}`. An excluded value must match no span: `-{status:error}`.
 */
import { formatTerm, isEither, isTerm, termState, toggleTerm, topTerms } from '../../../src/query/edit-query.ts';

export type FacetState = 'included' | 'excluded' | 'none';

export function facetState(query: string, key: string, value: string): FacetState {
  return findBraced(query, key, value)?.state ?? termState(query, key, value);
}

/** Adds the term, or removes it if the query already has it. */
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
  // A single term means the same without braces, and is easier to read.
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
