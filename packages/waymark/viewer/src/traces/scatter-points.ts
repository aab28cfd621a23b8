/** The points of the scatter: those of the first answer, and those of traces that arrived since. */
import type { Scatter, TraceSummary } from '../../../src/api/types.ts';

export interface ScatterPoint {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly isError: boolean;
  readonly serviceName: string;
}

/** With more points, the oldest are removed, so that a page that is open for days stays fast. */
const maxPoints = 10_000;

export function readScatter(scatter: Scatter): Map<string, ScatterPoint> {
  const points = new Map<string, ScatterPoint>();
  // The oldest point first: it is the first to be removed.
  for (const [index, traceId] of [...scatter.traceIds.entries()].reverse()) {
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

/** Adds the traces as points. `hiddenCount` is the number of traces without a point. */
export function addToScatter({ points, hiddenCount }: ShownPoints, traces: readonly TraceSummary[]): ShownPoints {
  const next = new Map(points);
  for (const { traceId, startMs, durationMs, errorCount, serviceName } of traces) {
    next.set(traceId, { traceId, startMs, durationMs, isError: errorCount > 0, serviceName });
  }
  const surplus = Math.max(next.size - maxPoints, 0);
  for (const traceId of next.keys()) {
    if (next.size <= maxPoints) break;
    next.delete(traceId);
  }
  return { points: next, hiddenCount: hiddenCount + surplus };
}

export interface ShownPoints {
  readonly points: ReadonlyMap<string, ScatterPoint>;
  readonly hiddenCount: number;
}
