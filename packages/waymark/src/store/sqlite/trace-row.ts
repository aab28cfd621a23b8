import type { TraceSummary } from '../../api/types.ts';
import type { Place } from '../cursor.ts';
import { decodeStored } from '../store-damaged.ts';
import type { Row } from './driver.ts';

/** The columns that {@link summaryOf} reads. */
export const summaryColumns =
  'tid, hex(trace_id) AS traceId, service, name, has_root, start, duration, longest_span, spans, errors, services';

export function traceIdOf({ traceId }: Row): string {
  return String(traceId).toLowerCase();
}

export function summaryOf(row: Row): TraceSummary {
  const services = servicesOf(row);
  return {
    traceId: traceIdOf(row),
    serviceName: String(row.service),
    name: String(row.name),
    hasRoot: row.has_root === 1,
    startMs: Number(row.start),
    durationMs: Number(row.duration),
    spanCount: Number(row.spans),
    errorCount: Number(row.errors),
    unfinishedCount: services.reduce((sum, [, , , , unfinishedCount = 0]) => sum + unfinishedCount, 0),
    services: services.map(([name, spanCount, errorCount]) => ({ name, spanCount, errorCount })),
  };
}

/**
 * Retention counts the service by the `id`. The last number is the trace's count of unfinished spans. It is at the
 * trace's first service, if there are any.
 */
type StoredService = readonly [
  name: string,
  spanCount: number,
  errorCount: number,
  id: number,
  unfinishedCount?: number,
];

/** @param ids The ids of the services, in their order. */
export function servicesColumn({ services, unfinishedCount }: TraceSummary, ids: readonly number[]): string {
  const stored = services.map(({ name, spanCount, errorCount }, index): StoredService => {
    const counted = [name, spanCount, errorCount, ids[index] ?? 0] as const;
    return index === 0 && unfinishedCount > 0 ? [...counted, unfinishedCount] : counted;
  });
  return JSON.stringify(stored);
}

export function servicesOf(row: Row): readonly StoredService[] {
  return decodeStored(() => JSON.parse(String(row.services))); // servicesColumn() made it
}

export function placeOf(row: Row): Place {
  return { startMs: Number(row.start), traceId: traceIdOf(row) };
}

export function extentOf({ start, duration }: Row): { readonly startMs: number; readonly durationMs: number } {
  return { startMs: Number(start), durationMs: Number(duration) };
}
