/**
 * The times that the analysis uses: the times that were sent, with the clocks of services corrected, and with an end
 * for spans that have none. The spans and their outline keep the times that were sent.
 */
import { type ClockCorrection, estimateClocks } from './clock-skew.ts';
import type { TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import { sortTree, type TraceTree } from './trace-tree.ts';

export interface AnalysedTimes extends ClockCorrection {
  /** Has the corrected times. Its entries are in the order of the starts that were sent. */
  readonly outline: TraceOutline;
  /** Has siblings in the order of the corrected starts. */
  readonly tree: TraceTree;
  /** Spans in the order of the corrected starts. */
  readonly byStart: Int32Array;
}

export function analyseTimes(sent: TraceOutline, sentTree: TraceTree): AnalysedTimes {
  const clocks = estimateClocks(sent, sentTree);
  const isMoved = clocks.offsetMs.some((offsetMs) => offsetMs !== 0);
  const startMs = isMoved ? sent.startMs.map((start, span) => start - (clocks.offsetMs[span] as number)) : sent.startMs;
  const byStart = Int32Array.from(startMs, (_, span) => span);
  if (isMoved) byStart.sort((one, other) => (startMs[one] as number) - (startMs[other] as number) || one - other);
  const tree = isMoved ? sortTree(sentTree, byStart) : sentTree;
  return { ...clocks, outline: closeEnds({ ...sent, startMs }, tree), tree, byStart };
}

/** A span without an end is taken to end with the last span below it. */
function closeEnds(outline: TraceOutline, { order, parents }: TraceTree): TraceOutline {
  if (outline.unfinished.length === 0) return outline;
  const lastMs = new Float64Array(order.length).fill(Number.NEGATIVE_INFINITY);
  for (let row = order.length - 1; row >= 0; row--) {
    const span = order[row] as number;
    lastMs[span] = Math.max(lastMs[span] as number, endOf(outline, span));
    const parent = parents[span] as number;
    if (parent !== -1) lastMs[parent] = Math.max(lastMs[parent] as number, lastMs[span] as number);
  }
  const durationMs = [...outline.durationMs];
  for (const span of outline.unfinished)
    durationMs[span] = (lastMs[span] as number) - (outline.startMs[span] as number);
  return { ...outline, durationMs };
}
