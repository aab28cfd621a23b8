/** The scatter's points: what the collector told at first, and what has come since. */
import type { Scatter, TraceSummary } from '../../../src/api/types.ts';

export interface ScatterPoint {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly isError: boolean;
  readonly serviceName: string;
}

/** Beyond this the oldest go, so that a page left open for days stays quick. */
const maxPoints = 10_000;

export function readScatter(scatter: Scatter): Map<string, ScatterPoint> {
  const points = new Map<string, ScatterPoint>();
  for (const [index, traceId] of scatter.traceIds.entries()) {
    points.set(traceId, {
      traceId,
      startMs: scatter.startMs[index] ?? 0,
      durationMs: scatter.durationMs[index] ?? 0,
      isError: scatter.isError[index] === 1,
      serviceName: scatter.services[scatter.serviceOf[index] ?? -1] ?? '',
    });
  }
  return points;
}

/** A new map, with the points of the summaries in it. */
export function addToScatter(
  points: ReadonlyMap<string, ScatterPoint>,
  traces: readonly TraceSummary[],
): Map<string, ScatterPoint> {
  const next = new Map(points);
  for (const { traceId, startMs, durationMs, errorCount, serviceName } of traces) {
    next.set(traceId, { traceId, startMs, durationMs, isError: errorCount > 0, serviceName });
  }
  for (const traceId of next.keys()) {
    if (next.size <= maxPoints) break;
    next.delete(traceId);
  }
  return next;
}
