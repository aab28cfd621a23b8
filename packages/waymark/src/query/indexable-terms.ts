/** The part of a query that an index can answer, so that a store need not read every trace. */
import { isScopeKey } from '../model/scope-fields.ts';
import type { StatusCode } from '../model/span.ts';
import type { Condition, Field, Query } from './query.ts';

/** Holds for a trace in which at least one span has this. */
export type IndexTerm =
  | { readonly key: 'service' | 'name' | 'kind' | 'trace' | 'span'; readonly value: string }
  | { readonly key: 'status'; readonly value: StatusCode }
  /** Milliseconds, both inclusive. */
  | { readonly key: 'dur'; readonly minMs: number; readonly maxMs: number }
  /** An attribute of the span, its resource, or one of its events. */
  | { readonly key: 'attribute'; readonly name: string; readonly value: string };

export interface IndexableTerms {
  /** A trace that matches has at least one term of each group. */
  readonly groups: readonly (readonly IndexTerm[])[];
  /** Whether every trace with a term of each group matches. If not, `matchesTrace()` decides. */
  readonly isExact: boolean;
}

/**
 * @example
 * indexableTerms(parseQuery('(service:a OR service:b) "timeout"'))
 * // { groups: [[{ key: 'service', value: 'a' }, { key: 'service', value: 'b' }]], isExact: false }
 */
export function indexableTerms({ traceCondition }: Query): IndexableTerms {
  const groups = groupsOf(traceCondition);
  return { groups, isExact: isExact(traceCondition) };
}

type Groups = readonly (readonly IndexTerm[])[];

function groupsOf(condition: Condition): Groups {
  switch (condition.type) {
    case 'and':
      return condition.parts.flatMap(groupsOf);
    case 'or': {
      // One group of each part: if a part holds, so does a term of its group. The smallest group excludes the most traces.
      const chosen = condition.parts.map((part) => smallestOf(groupsOf(part)));
      return chosen.includes(undefined) ? [] : [chosen.flatMap((group) => group ?? [])];
    }
    case 'some':
      return groupsOf(condition.part);
    case 'field': {
      const term = termOf(condition);
      return term === undefined ? [] : [[term]];
    }
    default:
      return [];
  }
}

function smallestOf(groups: Groups): readonly IndexTerm[] | undefined {
  let smallest = groups[0];
  for (const group of groups) if (smallest !== undefined && group.length < smallest.length) smallest = group;
  return smallest;
}

function termOf({ key, isAttribute, test }: Field): IndexTerm | undefined {
  if (test.operator === 'exists' || test.operator === 'like') return undefined;
  if (test.operator !== 'equals') {
    if (isAttribute || key !== 'dur') return undefined;
    const isMin = test.operator === '>' || test.operator === '>=';
    return isMin
      ? { key, minMs: test.value, maxMs: Number.POSITIVE_INFINITY }
      : { key, minMs: Number.NEGATIVE_INFINITY, maxMs: test.value };
  }
  if (isAttribute && isScopeKey(key)) return undefined; // spans are not indexed by their scopes
  if (isAttribute) return { key: 'attribute', name: key, value: test.value };
  return { key, value: test.value } as IndexTerm; // the parser has checked that the value fits the key
}

/** Exact with one term for each span. Two terms must hold for the same span, and an index only knows traces. */
function isExact(condition: Condition): boolean {
  switch (condition.type) {
    case 'all':
      return true;
    case 'some':
      return isOneTerm(condition.part);
    case 'and':
      return condition.parts.every(isExact);
    case 'or':
      return condition.parts.every((part) => part.type === 'some' && isOneTerm(part.part));
    default:
      return false;
  }
}

function isOneTerm(condition: Condition): boolean {
  if (condition.type === 'or') return condition.parts.every(isOneTerm);
  return condition.type === 'field' && condition.key !== 'dur' && termOf(condition) !== undefined;
}
