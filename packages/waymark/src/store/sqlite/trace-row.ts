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

export function summaryOf(row: Row, nameOf: (id: number) => string): TraceSummary {
  return decodeStored(() => {
    const services = JSON.parse(String(row.services)) as StoredService[]; // servicesColumn() made it
    return {
      traceId: traceIdOf(row),
      serviceName: nameOf(Number(row.service)),
      name: nameOf(Number(row.name)),
      hasRoot: row.has_root === 1,
      startMs: Number(row.start),
      durationMs: Number(row.duration),
      spanCount: Number(row.spans),
      errorCount: Number(row.errors),
      unfinishedCount: services.reduce((sum, [, , , unfinishedCount = 0]) => sum + unfinishedCount, 0),
      services: services.map(([name, spanCount, errorCount]) => ({ name, spanCount, errorCount })),
    };
  });
}

/** The fourth is the trace's number of unfinished spans, at its first service, where there are any. */
type StoredService = readonly [name: string, spanCount: number, errorCount: number, unfinishedCount?: number];

export function servicesColumn({ services, unfinishedCount }: TraceSummary): string {
  const stored = services.map(({ name, spanCount, errorCount }, index): StoredService => {
    return index === 0 && unfinishedCount > 0
      ? [name, spanCount, errorCount, unfinishedCount]
      : [name, spanCount, errorCount];
  });
  return JSON.stringify(stored);
}

export function placeOf(row: Row): Place {
  return { startMs: Number(row.start), traceId: traceIdOf(row) };
}

export function extentOf({ start, duration }: Row): { readonly startMs: number; readonly durationMs: number } {
  return { startMs: Number(start), durationMs: Number(duration) };
}
