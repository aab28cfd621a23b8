/** The rows of the trace list: newest first, with the newest summary of each trace. */
import type { TraceSummary } from '../../../src/api/types.ts';

/** Returns a new list with the traces added, or replaced by their newer summaries. */
export function mergeTraces(rows: readonly TraceSummary[], traces: readonly TraceSummary[]): TraceSummary[] {
  if (traces.length === 0) return [...rows];
  const byId = new Map(rows.map((row) => [row.traceId, row]));
  for (const trace of traces) byId.set(trace.traceId, trace);
  return [...byId.values()].sort((a, b) => b.startMs - a.startMs || (a.traceId < b.traceId ? -1 : 1));
}

/** Counts the traces that are newer than the first row. */
export function countAbove(rows: readonly TraceSummary[], traces: readonly TraceSummary[]): number {
  const known = new Set(rows.map(({ traceId }) => traceId));
  const firstMs = rows[0]?.startMs ?? Number.NEGATIVE_INFINITY;
  return traces.filter(({ traceId, startMs }) => !known.has(traceId) && startMs >= firstMs).length;
}

/** The length of a row's bar: 0 to 1, on a log scale from the shortest to the longest duration. */
export function barShare(durationMs: number, shortestMs: number, longestMs: number): number {
  const low = Math.log10(Math.max(0.01, shortestMs)) - 0.5;
  const high = Math.log10(Math.max(0.01, longestMs));
  if (high <= low) return 1;
  return Math.min(1, Math.max(0.02, (Math.log10(Math.max(0.01, durationMs)) - low) / (high - low)));
}
