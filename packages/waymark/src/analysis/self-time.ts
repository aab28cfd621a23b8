/** Measures the time in which a span ran and none of its children did. */

import { spanKinds, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import type { Gap } from './trace-analysis.ts';

/** A gap is not reported if it is shorter than this, or less than this part of the whole trace. */
const minGapMs = 10;
const minGapOfTrace = 0.1;
const maxGaps = 100;

export interface SelfTimes {
  readonly selfMs: Float64Array;
  /** Longest first. */
  readonly gaps: readonly Gap[];
}

/**
 * Children count where they lie within their parent, and once where they overlap. A gap is a part of a span without
 * children, if the span has children elsewhere. Calls have no gaps, since the work that they wait for is in another
 * service.
 *
 * @param byStart Spans in order of start.
 */
export function measureSelfTimes(
  outline: TraceOutline,
  parents: Int32Array,
  byStart: Int32Array,
  traceMs: number,
): SelfTimes {
  const { startMs, kindOf } = outline;
  const count = parents.length;
  const minMs = Math.max(minGapMs, traceMs * minGapOfTrace);
  const selfMs = new Float64Array(count);
  /** Children have been visited up to here. */
  const coveredUpTo = Float64Array.from(startMs);
  const hasChild = new Uint8Array(count);
  const gaps: Gap[] = [];

  /** Records a part without children. */
  function leave(span: number, endMs: number): void {
    const from = coveredUpTo[span] as number;
    if (endMs <= from) return;
    selfMs[span] = (selfMs[span] as number) + endMs - from;
    if (endMs - from >= minMs && hasChild[span] === 1 && !isCall(kindOf[span] as number)) {
      gaps.push({ span, startMs: from, endMs });
    }
  }

  for (let span = 0; span < count; span++) {
    const parent = parents[span] as number;
    if (parent !== -1) hasChild[parent] = 1;
  }
  for (const span of byStart) {
    const parent = parents[span] as number;
    if (parent === -1) continue;
    const parentEnd = endOf(outline, parent);
    const end = Math.min(endOf(outline, span), parentEnd);
    leave(parent, Math.min(startMs[span] as number, parentEnd));
    if (end > (coveredUpTo[parent] as number)) coveredUpTo[parent] = end;
  }
  for (let span = 0; span < count; span++) leave(span, endOf(outline, span));
  gaps.sort((one, other) => other.endMs - other.startMs - (one.endMs - one.startMs));
  return { selfMs, gaps: gaps.slice(0, maxGaps) };
}

const callKinds = [spanKinds.indexOf('client'), spanKinds.indexOf('producer')];

function isCall(kind: number): boolean {
  return callKinds.includes(kind);
}
