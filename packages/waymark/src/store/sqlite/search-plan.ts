/** What the index can answer of a query, and what is left to the spans. */
import { indexableTerms } from '../../query/indexable-terms.ts';
import type { Query } from '../../query/query.ts';
import { hashOfTerm } from './index-terms.ts';

/** What an index knows of a query. */
export interface SearchPlan {
  readonly query: Query | undefined;
  /** A trace must have one term of each group. */
  readonly groups: readonly (readonly number[])[];
  readonly minSpanMs: number;
  /** Of these traces one, if the query says which. */
  readonly traceIds: readonly string[] | undefined;
  /** Whether a trace that passes matches for certain. */
  readonly isExact: boolean;
}

export function planOf(query: Query | undefined): SearchPlan {
  const all = { groups: [], minSpanMs: -Number.MAX_VALUE, traceIds: undefined };
  if (query === undefined) return { ...all, query, isExact: true };
  const { groups, isExact } = indexableTerms(query);
  const hashed: number[][] = [];
  let { minSpanMs } = all;
  let traceIds: readonly string[] | undefined;
  let areAllHashed = true;
  for (const terms of groups) {
    const [only] = terms;
    if (terms.length === 1 && only?.key === 'dur') minSpanMs = Math.max(minSpanMs, only.minMs);
    if (terms.every(({ key }) => key === 'trace')) traceIds = terms.map((term) => ('value' in term ? term.value : ''));
    const hashes = terms.map(hashOfTerm);
    if (hashes.includes(undefined)) areAllHashed = false;
    else hashed.push(hashes as number[]); // just looked
  }
  return { query, groups: hashed, minSpanMs, traceIds, isExact: isExact && areAllHashed };
}
