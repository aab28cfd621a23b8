/** Services and who calls whom: an edge for each span whose parent is another service's, and for each call to what is not traced. */
import type { ServiceMap } from '../../api/types.ts';
import type { Series } from '../span-series.ts';
import type { SeriesTotal } from '../timeline/read-totals.ts';

export function drawMap(
  totals: Iterable<readonly [Series, SeriesTotal]>,
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
  return {
    startMs,
    endMs,
    services: [...services.sort(byCount), ...externals.filter(({ name }) => !names.has(name)).sort(byCount)],
    edges: edges.sort(byCount),
    others: others.sort(byCount),
  };
}
