/** Lists what traces can be filtered by, with the number of traces that have each value. */
import type { Facets } from '../../api/types.ts';
import { findValue, visitValues } from '../../model/nested-values.ts';
import { toPlainText } from '../../model/plain-value.ts';
import { isList, type Span, type Value } from '../../model/span.ts';

/** Attributes that users often filter by. Other attributes come after them, if they have few values. */
export const facetAttributes: readonly string[] = [
  'http.route',
  'http.request.method',
  'http.response.status_code',
  'error.type',
  'db.system.name',
  'db.system',
  'messaging.system',
  'peer.service',
  'deployment.environment.name',
  'service.version',
];

// Addresses differ from one process or connection to the next, and seldom say what a request was for.
const isAddress = (key: string): boolean => /(?:^|[._])(?:port|address|addr|ip|host|hostname|pid)$/.test(key);

const maxValues = 20;
const maxFacets = 24;
const maxValueLength = 100;

/** @param traces The spans of each trace. */
export function countFacets(traces: Iterable<readonly Span[]>): Facets {
  const counts = new Map<string, Map<string, number>>();
  let traceCount = 0;
  for (const spans of traces) {
    traceCount++;
    const seen = new Map<string, Set<string>>();
    const note = (key: string, value: string): void => {
      if (value.length > maxValueLength) return;
      const values = seen.get(key);
      if (values === undefined) seen.set(key, new Set([value]));
      else values.add(value);
    };
    // A query compares the items of a list one by one.
    const noteValue = (key: string, value: Value): void => {
      if (isList(value)) for (const item of value) noteValue(key, item);
      else note(key, toPlainText(value));
    };
    for (const span of spans) {
      note('service', span.resource.serviceName);
      note('name', span.name);
      note('status', span.status?.code ?? 'unset');
      note('kind', span.kind);
      visitValues(span.attributes, noteValue);
      for (const key of facetAttributes) {
        const value = findValue(span.resource.attributes, key);
        if (value !== undefined) noteValue(key, value);
      }
    }
    for (const [key, values] of seen) {
      const counted = counts.get(key) ?? new Map<string, number>();
      counts.set(key, counted);
      for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
    }
  }
  const first = ['service', 'status', 'name', 'kind', ...facetAttributes];
  const others = [...counts.keys()]
    .filter((key) => !first.includes(key) && isFacet(counts.get(key), traceCount))
    .sort();
  const addresses = others.filter(isAddress);
  const facets = [...first, ...others.filter((key) => !isAddress(key)), ...addresses].flatMap((key) => {
    const values = counts.get(key);
    if (values === undefined) return [];
    return [{ key, values: mostFrequent(values), otherValueCount: Math.max(values.size - maxValues, 0) }];
  });
  return { facets: facets.slice(0, maxFacets), traceCount };
}

/** Whether the attribute divides the traces into a few groups. Ids and times do not. */
function isFacet(values: ReadonlyMap<string, number> | undefined, traceCount: number): boolean {
  return values !== undefined && values.size > 1 && values.size <= Math.max(maxValues, traceCount / 10);
}

function mostFrequent(values: ReadonlyMap<string, number>) {
  return [...values]
    .map(([value, count]) => ({ value, count }))
    .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
    .slice(0, maxValues);
}
