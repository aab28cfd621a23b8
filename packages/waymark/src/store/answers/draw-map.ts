/**
 * Draws the map of services. It has an edge for each span with a parent in another service, and for each call to a
 * target that sends no spans. A message that is not a child of its sender's span has an edge from its queue.
 */
import type { ServiceMap } from '../../api/types.ts';
import type { NamedTotal } from '../timeline/named-totals.ts';

export function drawMap(
  totals: Iterable<NamedTotal>,
  { startMs, endMs }: { startMs: number; endMs: number },
): ServiceMap {
  const services: ServiceMap['services'][number][] = [];
  const externals: ServiceMap['services'][number][] = [];
  const edges: ServiceMap['edges'][number][] = [];
  const others: ServiceMap['others'][number][] = [];
  for (const [series, { count, errorCount, p95Ms }] of totals) {
    const counts = { count, errorCount, p95Ms };
    if (series[0] === 'entry') services.push({ name: series[1], ...counts, isExternal: false });
    else if (series[0] === 'external') externals.push({ name: series[1], ...counts, isExternal: true });
    else if (series[0] === 'edge') edges.push({ from: series[1], to: series[2], ...counts });
    else if (series[0] === 'other' && series[1] !== 'operation') {
      const [, of, from] = series;
      others.push({ of, ...(from !== undefined && { from }), ...counts });
    }
  }
  const byCount = (one: { count: number }, other: { count: number }): number => other.count - one.count;
  const names = new Set(services.map(({ name }) => name));
  addQueues(edges, names, externals);
  return {
    startMs,
    endMs,
    services: [...services.sort(byCount), ...externals.filter(({ name }) => !names.has(name)).sort(byCount)],
    edges: edges.sort(byCount),
    others: others.sort(byCount),
  };
}

type Counts = Pick<ServiceMap['edges'][number], 'count' | 'errorCount' | 'p95Ms'>;

/** Adds queues that only senders without spans write to. They are known from the messages that they deliver. */
function addQueues(
  edges: ServiceMap['edges'],
  services: ReadonlySet<string>,
  externals: ServiceMap['services'][number][],
): void {
  const known = new Set([...services, ...externals.map(({ name }) => name)]);
  const queues = new Map<string, { -readonly [Key in keyof Counts]: Counts[Key] }>();
  for (const { from, count, errorCount, p95Ms } of edges) {
    if (known.has(from)) continue;
    const queue = queues.get(from);
    if (queue === undefined) queues.set(from, { count, errorCount, p95Ms });
    else {
      queue.count += count;
      queue.errorCount += errorCount;
      queue.p95Ms = Math.max(queue.p95Ms, p95Ms);
    }
  }
  for (const [name, counts] of queues) externals.push({ name, ...counts, isExternal: true });
}
