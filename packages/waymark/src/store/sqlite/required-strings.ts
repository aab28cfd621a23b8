/**
 * Finds the strings that a trace's JSON must contain if a query matches it. Searching for them takes a third of the
 * time that reading the spans takes.
 */
import type { Condition, Field, Query } from '../../query/query.ts';

/** @returns Strings in lower case, all of which must be there. Empty if nothing is certain. */
export function requiredStrings({ traceCondition }: Query): readonly string[] {
  return textsOf(traceCondition).filter(isPlain);
}

function textsOf(condition: Condition): readonly string[] {
  switch (condition.type) {
    case 'and':
      return condition.parts.flatMap(textsOf);
    case 'some':
      return textsOf(condition.part);
    case 'text':
      return [condition.lowerCaseText];
    case 'field':
      return textsOfField(condition);
    default:
      return [];
  }
}

function textsOfField({ isAttribute, test }: Field): readonly string[] {
  if (!isAttribute) return [];
  if (test.operator === 'equals') return [test.value.toLowerCase()];
  return test.operator === 'like' ? test.parts.map((part) => part.toLowerCase()) : [];
}

/** Whether the string is the same in JSON as in a value, whatever is next to it. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text) && !/["\\]/.test(text);
}
