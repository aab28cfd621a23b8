/** Finds what a query line can offer: keys, or the values of one key. */
import type { Completions } from '../../api/types.ts';
import { findValue, visitValues } from '../../model/nested-values.ts';
import { toPlainText } from '../../model/plain-value.ts';
import { isList, type Span, type Value } from '../../model/span.ts';
import { builtInKeys } from '../../query/query.ts';
import { facetAttributes } from './count-facets.ts';

const maxCompletions = 50;

/** @param traces The spans of the newest traces. */
export function findCompletions(
  traces: Iterable<readonly Span[]>,
  { key, prefix = '' }: { key?: string | undefined; prefix?: string | undefined },
): Completions {
  const found = new Set<string>(key === undefined ? [...builtInKeys, ...facetAttributes] : []);
  for (const spans of traces) {
    for (const span of spans) {
      if (key !== undefined) for (const value of valuesOf(span, key)) found.add(value);
      else visitValues(span.attributes, (path) => found.add(path));
    }
  }
  const lower = prefix.toLowerCase();
  const rank = (text: string): number => (text.toLowerCase().startsWith(lower) ? 0 : 1);
  const completions = [...found].filter((text) => text.toLowerCase().includes(lower));
  completions.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  const shown = completions.slice(0, maxCompletions);
  return { completions: shown, otherCount: completions.length - shown.length };
}

function* valuesOf(span: Span, key: string): Iterable<string> {
  switch (key) {
    case 'service':
      yield span.resource.serviceName;
      return;
    case 'name':
      yield span.name;
      return;
    case 'kind':
      yield span.kind;
      return;
    case 'status':
      yield span.status?.code ?? 'unset';
      return;
    default:
      for (const attributes of [span.attributes, span.resource.attributes]) {
        const value = findValue(attributes, key);
        if (value !== undefined) yield* textsOf(value);
      }
  }
}

/** A query compares the items of a list one by one. */
function* textsOf(value: Value): Iterable<string> {
  if (isList(value)) for (const item of value) yield* textsOf(item);
  else yield toPlainText(value);
}
