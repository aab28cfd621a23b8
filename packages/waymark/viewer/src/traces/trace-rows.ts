/** The rows of the trace list: newest first, each trace once, in its newest form. */
import type { TraceSummary } from '../../../src/api/types.ts';

/** A new list with some traces added, or replaced by how they are now. */
export function mergeTraces(rows: readonly TraceSummary[], traces: readonly TraceSummary[]): TraceSummary[] {
  if (traces.length === 0) return [...rows];
  const byId = new Map(rows.map((row) => [row.traceId, row]));
  for (const trace of traces) byId.set(trace.traceId, trace);
  return [...byId.values()].sort((a, b) => b.startMs - a.startMs || (a.traceId < b.traceId ? -1 : 1));
}

/** How many of the traces would stand above the row that is now first. */
export function countAbove(rows: readonly TraceSummary[], traces: readonly TraceSummary[]): number {
  const known = new Set(rows.map(({ traceId }) => traceId));
  const firstMs = rows[0]?.startMs ?? Number.NEGATIVE_INFINITY;
  return traces.filter(({ traceId, startMs }) => !known.has(traceId) && startMs >= firstMs).length;
}

/** From 0 to 1, on a log scale from the shortest to the longest: how long a row's bar is. */
export function barShare(durationMs: number, shortestMs: number, longestMs: number): number {
  const low = Math.log10(Math.max(0.01, shortestMs)) - 0.5;
  const high = Math.log10(Math.max(0.01, longestMs));
  if (high <= low) return 1;
  return Math.min(1, Math.max(0.02, (Math.log10(Math.max(0.01, durationMs)) - low) / (high - low)));
}
