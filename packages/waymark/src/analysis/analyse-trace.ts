/** Analyses the outline of a trace. Each part of the analysis has its own file. */
import { analyseTimes } from './analysed-times.ts';
import { findCriticalPath } from './critical-path.ts';
import { findErrorOrigins } from './error-origins.ts';
import type { TraceOutline } from './outline.ts';
import { isOutlived } from './outlives-parent.ts';
import { findRepeats, type Significance } from './repeats.ts';
import { measureSelfTimes } from './self-time.ts';
import { endOf } from './span-end.ts';
import type { Finding, TraceAnalysis } from './trace-analysis.ts';
import { buildTraceTree, type TraceTree } from './trace-tree.ts';

/**
 * Analyses a trace, even if it is broken: spans may be missing, in a circle, or sent twice. Linear in the number of
 * spans except for sorting; 50,000 spans take about 50 ms.
 *
 * @example
 * import type { Span } from 'waymark';
 * import { analyseTrace, toOutline } from 'waymark/analysis';
 *
 * const hasNPlusOne = (spans: readonly Span[]): boolean =>
 *   analyseTrace(toOutline(spans)).repeats.some(({ isNPlusOne }) => isNPlusOne);
 */
export function analyseTrace(sent: TraceOutline, significance: Significance = {}): TraceAnalysis {
  const { outline, tree, byStart, offsetMs, findings } = analyseTimes(sent, buildTraceTree(sent));
  const { parents, order, depths, subtreeEnds, childCounts, roots, orphans } = tree;
  const startMs = Float64Array.from(outline.startMs);
  const endMs = startMs.map((_, span) => endOf(outline, span));
  const lastMs = endMs.reduce((last, end) => Math.max(last, end), Number.NEGATIVE_INFINITY);
  const firstMs = byStart.length === 0 ? 0 : (startMs[byStart[0] as number] as number);
  const durationMs = byStart.length === 0 ? 0 : lastMs - firstMs;
  const { selfMs, gaps } = measureSelfTimes(outline, parents, byStart, durationMs);
  const { pieces, criticalMs } = findCriticalPath(outline, tree);
  return {
    order,
    depths,
    subtreeEnds,
    parents,
    childCounts,
    startMs,
    endMs,
    clockOffsetMs: offsetMs,
    selfMs,
    criticalMs,
    criticalPath: pieces,
    firstMs,
    durationMs,
    roots,
    orphans,
    repeats: findRepeats(outline, tree, durationMs, criticalMs, significance),
    gaps,
    errorOrigins: findErrorOrigins(outline, parents),
    findings: [...tree.findings, ...findings, ...findOddTimes(outline, tree)],
  };
}

function findOddTimes(outline: TraceOutline, { parents }: TraceTree): readonly Finding[] {
  const findings: Finding[] = [];
  if (outline.unfinished.length > 0) findings.push({ kind: 'unfinished', spans: outline.unfinished });
  for (let span = 0; span < parents.length; span++) {
    const parent = parents[span] as number;
    if ((outline.durationMs[span] as number) < 0) findings.push({ kind: 'negative-duration', span });
    if (parent !== -1 && isOutlived(outline, parent, span)) findings.push({ kind: 'outlives-parent', span });
  }
  return findings;
}
