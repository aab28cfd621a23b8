/** What a trace's text must have somewhere for a query to hold: looking for it takes a third of the time that reading spans takes. */
import type { Condition, Field, Query } from '../../query/query.ts';

/** @returns In lower case; all of them must be there. None if nothing can be said. */
export function neededTexts({ traceCondition }: Query): readonly string[] {
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

/** Whether it stands in JSON as it stands in a value, whatever stands beside it. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text) && !/["\\]/.test(text);
}
