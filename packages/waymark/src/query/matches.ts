/** Decides whether a query matches a span or a trace. */

import { findValue } from '../model/nested-values.ts';
import { toPlainText } from '../model/plain-value.ts';
import { scopeFieldOf } from '../model/scope-fields.ts';
import { type Attributes, isList, type Span, type Value } from '../model/span.ts';
import { durationMsOf } from '../model/span-duration.ts';
import type { Condition, Field, Query, Test } from './query.ts';

/** Whether a trace has the spans that the query asks for. */
export function matchesTrace({ traceCondition }: Query, spans: readonly Span[]): boolean {
  return combine(traceCondition, ({ part }) => spans.some((span) => holdsForSpan(part, span)));
}

/** Matches a trace part by part, since it may be too large to be in memory as a whole. */
export interface TraceMatcher {
  add(spans: readonly Span[]): void;
  /** Whether further spans cannot change the result. */
  isDecided(): boolean;
  /** The result. Call it after all spans. */
  matches(): boolean;
}

export function createTraceMatcher({ traceCondition }: Query): TraceMatcher {
  const found = new Set<Condition>();
  const wanted = conditionsOnSpans(traceCondition);
  const canTurnFalse = hasNot(traceCondition);
  const holds = (condition: Condition): boolean => combine(condition, (some) => found.has(some));
  return {
    add(spans) {
      for (const some of wanted) {
        if (!found.has(some) && spans.some((span) => holdsForSpan(some.part, span))) found.add(some);
      }
    },
    isDecided: () => found.size === wanted.length || (!canTurnFalse && holds(traceCondition)),
    matches: () => holds(traceCondition),
  };
}

type SomeSpan = Extract<Condition, { readonly type: 'some' }>;

function conditionsOnSpans(condition: Condition): readonly SomeSpan[] {
  switch (condition.type) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(conditionsOnSpans);
    case 'not':
      return conditionsOnSpans(condition.part);
    case 'some':
      return [condition];
    default:
      return [];
  }
}

function hasNot(condition: Condition): boolean {
  return condition.type === 'not' || ('parts' in condition && condition.parts.some(hasNot));
}

/** Whether a query asks for this span. If braces ask for several spans, whether it is one of them. */
export function matchesSpan({ traceCondition }: Query, span: Span): boolean {
  return isAskedFor(traceCondition, span);
}

/** @param isThere Whether the trace has such a span. */
function combine(condition: Condition, isThere: (some: SomeSpan) => boolean): boolean {
  switch (condition.type) {
    case 'and':
      return condition.parts.every((part) => combine(part, isThere));
    case 'or':
      return condition.parts.some((part) => combine(part, isThere));
    case 'not':
      return !combine(condition.part, isThere);
    case 'some':
      return isThere(condition);
    default:
      return true;
  }
}

function isAskedFor(condition: Condition, span: Span): boolean {
  switch (condition.type) {
    case 'and':
    case 'or':
      return condition.parts.some((part) => isAskedFor(part, span));
    case 'not':
      return false;
    case 'some':
      return holdsForSpan(condition.part, span);
    default:
      return true;
  }
}

function holdsForSpan(condition: Condition, span: Span): boolean {
  switch (condition.type) {
    case 'and':
      return condition.parts.every((part) => holdsForSpan(part, span));
    case 'or':
      return condition.parts.some((part) => holdsForSpan(part, span));
    case 'not':
      return !holdsForSpan(condition.part, span);
    case 'text':
      return hasText(span, condition.lowerCaseText);
    case 'field':
      return fieldHolds(condition, span);
    default:
      return true;
  }
}

function fieldHolds({ key, isAttribute, test }: Field, span: Span): boolean {
  if (isAttribute) return someValue(span, key, (value) => valueHolds(value, test));
  switch (key) {
    case 'service':
      return textHolds(span.resource.serviceName, test);
    case 'name':
      return textHolds(span.name, test);
    case 'status':
      return textHolds(span.status?.code ?? 'unset', test);
    case 'kind':
      return textHolds(span.kind, test);
    case 'trace':
      return textHolds(span.traceId, test);
    case 'span':
      return textHolds(span.spanId, test);
    default:
      return numberHolds(durationMsOf(span) ?? Number.NaN, test); // an unfinished span matches no duration
  }
}

/** Tests the values that a query for an attribute means: the span's own, else its resource's, its scope's, or those of its events. */
export function someValue(
  { attributes, resource, scope, events = [] }: Span,
  key: string,
  holds: (value: Value) => boolean,
): boolean {
  const own = findValue(attributes, key);
  if (own !== undefined) return holds(own);
  const shared = findValue(resource.attributes, key);
  if (shared !== undefined) return holds(shared);
  const ofScope = scopeFieldOf(scope, key);
  if (ofScope !== undefined) return holds(ofScope);
  return events.some((event) => {
    const value = event.attributes === undefined ? undefined : findValue(event.attributes, key);
    return value !== undefined && holds(value);
  });
}

function valueHolds(value: Value, test: Test): boolean {
  if (test.operator === 'exists') return true;
  if (isList(value)) return value.some((item) => valueHolds(item, test));
  const text = toPlainText(value);
  if (test.operator === 'equals' || test.operator === 'like') return textHolds(text, test);
  return text !== '' && numberHolds(Number(text), test);
}

function textHolds(text: string, test: Test): boolean {
  switch (test.operator) {
    case 'exists':
      return true;
    case 'equals':
      return text === test.value;
    case 'like':
      return isLike(text, test.parts);
    default:
      return false;
  }
}

/** Whether the string consists of the parts in this order, with anything between them. */
function isLike(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] ?? '';
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function numberHolds(number: number, test: Test): boolean {
  switch (test.operator) {
    case '<':
      return number < test.value;
    case '<=':
      return number <= test.value;
    case '>':
      return number > test.value;
    case '>=':
      return number >= test.value;
    default:
      return false;
  }
}

function hasText({ name, resource, attributes, events, status }: Span, needle: string): boolean {
  return (
    contains(name, needle) ||
    contains(resource.serviceName, needle) ||
    anyContains(attributes, needle) ||
    (status?.message !== undefined && contains(status.message, needle)) ||
    (events ?? []).some((event) => contains(event.name, needle) || anyContains(event.attributes ?? {}, needle))
  );
}

function anyContains(attributes: Attributes, needle: string): boolean {
  for (const key in attributes) if (contains(toPlainText(attributes[key] ?? null), needle)) return true;
  return false;
}

function contains(text: string, needle: string): boolean {
  return text.toLowerCase().includes(needle);
}
