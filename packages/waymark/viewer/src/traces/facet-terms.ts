/**
 * What a click on a facet writes into the query. Facets count traces, so what is clicked is asked of any span by itself,
 * in braces: `service:orders {http.route:/users}`; and what is excluded, of all spans: `-{status:error}`.
 */
import { formatTerm, termState, toggleTerm } from '../../../src/query/edit-query.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { builtInKeys, type Condition } from '../../../src/query/query.ts';

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
  for (const part of topParts(query)) {
    const inner = part.type === 'not' ? part.part : part;
    if (inner.type !== 'some' || !isTerm(inner.part, key, value)) continue;
    const state: FacetState = part.type === 'not' ? 'excluded' : 'included';
    return { state, start: part.start, end: part.end };
  }
  return undefined;
}

function isTerm(condition: Condition, key: string, value: string): boolean {
  if (condition.type !== 'field' || condition.test.operator !== 'equals') return false;
  const isBuiltIn = builtInKeys.some((name) => name === key);
  return condition.key === key && condition.isAttribute !== isBuiltIn && condition.test.value === value;
}

function isEither(query: string): boolean {
  return parse(query)?.type === 'or' && !query.trimStart().startsWith('(');
}

function topParts(query: string): readonly Condition[] {
  const condition = parse(query);
  if (condition === undefined) return [];
  return condition.type === 'and' ? condition.parts : [condition];
}

function parse(query: string): Condition | undefined {
  try {
    return parseQuery(query).condition;
  } catch {
    return undefined;
  }
}
