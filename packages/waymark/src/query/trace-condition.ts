/** Turns a condition as written into a condition on a trace. */
import type { Condition } from './query.ts';

export function toTraceCondition(condition: Condition): Condition {
  const { start, end } = condition;
  if (condition.type === 'all') return condition;
  if (!hasBraces(condition)) return { type: 'some', part: condition, start, end };
  switch (condition.type) {
    case 'or':
      return { ...condition, parts: condition.parts.map(toTraceCondition) };
    case 'not':
      return { ...condition, part: toTraceCondition(condition.part) };
    case 'and': {
      // All parts outside of braces are about one span, whatever their order.
      const outside = condition.parts.filter((part) => !hasBraces(part));
      const inside = condition.parts.filter(hasBraces).map(toTraceCondition);
      if (outside.length === 0) return { ...condition, parts: inside };
      return { ...condition, parts: [{ type: 'some', part: { ...condition, parts: outside }, start, end }, ...inside] };
    }
    default:
      return condition;
  }
}

function hasBraces(condition: Condition): boolean {
  switch (condition.type) {
    case 'some':
      return true;
    case 'and':
    case 'or':
      return condition.parts.some(hasBraces);
    case 'not':
      return hasBraces(condition.part);
    default:
      return false;
  }
}
