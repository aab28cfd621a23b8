/** Rate, errors and percentiles of each operation, by total time. */
import type { Operation, Operations } from '../../api/types.ts';
import type { Series } from '../span-series.ts';
import type { SeriesTotal } from '../timeline/timeline.ts';

// A page of them. More come of names with ids in them.
const maxOperations = 2000;

export function summariseOperations(
  totals: Iterable<readonly [Series, SeriesTotal]>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  service?: string,
): Operations {
  const operations: Operation[] = [];
  for (const [series, { series: _number, measuredCount, ...total }] of totals) {
    if (series[0] !== 'operation') continue;
    const [, serviceName, name, kind] = series;
    if (service === undefined || service === serviceName) {
      operations.push({ serviceName, name, kind, ...total, unmeasuredCount: total.count - measuredCount });
    }
  }
  operations.sort((one, other) => other.totalMs - one.totalMs);
  return { startMs, endMs, operations: operations.slice(0, maxOperations) };
}
