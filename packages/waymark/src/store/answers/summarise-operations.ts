/** Sums up rate, errors and percentiles of each operation, ordered by total time. */
import type { Operation, Operations, OtherOperations } from '../../api/types.ts';
import type { NamedTotal } from '../timeline/named-totals.ts';

export function summariseOperations(
  totals: Iterable<NamedTotal>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  service?: string,
): Operations {
  const operations: Operation[] = [];
  const others: OtherOperations[] = [];
  for (const [series, { series: _text, measuredCount, ...counted }] of totals) {
    const total = { ...counted, unmeasuredCount: counted.count - measuredCount };
    if (series[0] === 'other' && series[1] === 'operation') {
      const [, , serviceName] = series;
      // Operations counted together for all services may belong to the requested one.
      if (service !== undefined && serviceName !== undefined && serviceName !== service) continue;
      others.push({ ...(serviceName !== undefined && { serviceName }), ...total });
    } else if (series[0] === 'operation') {
      const [, serviceName, name, kind] = series;
      if (service === undefined || service === serviceName) operations.push({ serviceName, name, kind, ...total });
    }
  }
  return { startMs, endMs, operations: operations.sort(byTotal), others: others.sort(byTotal) };
}

function byTotal(one: { readonly totalMs: number }, other: { readonly totalMs: number }): number {
  return other.totalMs - one.totalMs;
}
