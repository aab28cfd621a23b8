/** Decides which part of a query the index can answer. The spans answer the rest. */
import { indexableTerms } from '../../query/indexable-terms.ts';
import type { Query } from '../../query/query.ts';
import { hashOfTerm } from './index-terms.ts';

/** The part of a query that the index can answer. */
export interface SearchPlan {
  readonly query: Query | undefined;
  /** A trace must have at least one term of each group. */
  readonly groups: readonly (readonly number[])[];
  readonly minSpanMs: number;
  /** The ids that the query names, if it names any. */
  readonly traceIds: readonly string[] | undefined;
  /** Whether a trace that passes is certain to match. */
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
    else hashed.push(hashes as number[]); // just checked
  }
  return { query, groups: hashed, minSpanMs, traceIds, isExact: isExact && areAllHashed };
}
