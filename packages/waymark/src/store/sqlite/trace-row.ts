import type { TraceSummary } from '../../api/types.ts';
import type { Row } from './driver.ts';

/** The columns that {@link summaryOf} reads. */
export const summaryColumns =
  'tid, hex(trace_id) AS traceId, service, name, has_root, start, duration, longest_span, spans, errors, services';

export function traceIdOf({ traceId }: Row): string {
  return String(traceId).toLowerCase();
}

export function summaryOf(row: Row, nameOf: (id: number) => string): TraceSummary {
  const services = JSON.parse(String(row.services)) as [string, number, number][]; // sqlite-store.ts wrote it
  return {
    traceId: traceIdOf(row),
    serviceName: nameOf(Number(row.service)),
    name: nameOf(Number(row.name)),
    hasRoot: row.has_root === 1,
    startMs: Number(row.start),
    durationMs: Number(row.duration),
    spanCount: Number(row.spans),
    errorCount: Number(row.errors),
    services: services.map(([name, spanCount, errorCount]) => ({ name, spanCount, errorCount })),
  };
}
