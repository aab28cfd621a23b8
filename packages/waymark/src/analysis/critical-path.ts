/**
 * The critical path: the pieces of time that make up the duration of the trace. It is found from the end of the trace
 * back: the span that ended last; in it, at each moment, the child that finished last before that moment; where a span
 * begins, what its parent did before. Work that runs next to the path costs no time. The pieces follow one another
 * without a gap, from the trace's start to its end.
 *
 * @see https://www.usenix.org/conference/atc22/presentation/zhang-zhizhou CRISP
 */
import type { TraceOutline } from './outline.ts';
import { isOutlived } from './outlives-parent.ts';
import { endOf } from './span-end.ts';
import type { CriticalPiece } from './trace-analysis.ts';
import type { TraceTree } from './trace-tree.ts';

export interface CriticalPath {
  readonly pieces: readonly CriticalPiece[];
  readonly criticalMs: Float64Array;
}

/** What is known about a span while the path goes back through it. */
interface Frame {
  readonly span: number;
  /** The children that the span waited for, the last to finish first, and how many of them have been visited. */
  readonly children: readonly number[];
  next: number;
  hasChild: boolean;
}

export function findCriticalPath(outline: TraceOutline, tree: TraceTree): CriticalPath {
  const { parents } = tree;
  const criticalMs = new Float64Array(parents.length);
  const pieces: CriticalPiece[] = [];
  const last = lastToEnd(outline, tree);
  if (last === undefined) return { pieces, criticalMs };
  const findTop = searchTops(outline, parents);
  const firstMs = outline.startMs.reduce((first, startMs) => Math.min(first, startMs), Number.POSITIVE_INFINITY);
  /** The part of the path that is after this moment has been found. */
  let beforeMs = endOf(outline, last);

  function add(span: number, fromMs: number): void {
    if (beforeMs <= fromMs) return;
    pieces.push({ span, startMs: fromMs, endMs: beforeMs });
    if (span !== -1) criticalMs[span] = (criticalMs[span] as number) + beforeMs - fromMs;
    beforeMs = fromMs;
  }

  /** Spans that the path is in, each below the one before it. Spans above the first one have not been visited. */
  const frames = [openFrame(outline, tree, last)];
  while (beforeMs > firstMs) {
    const frame = frames.at(-1);
    if (frame === undefined) {
      const top = findTop(beforeMs);
      if (top === undefined) {
        // With a clock that is off, a span may seem to begin before its parent.
        add(-1, firstMs);
        break;
      }
      add(-1, Math.max(Math.min(endOf(outline, top), beforeMs), firstMs));
      frames.push(openFrame(outline, tree, top));
      continue;
    }
    const child = nextChild(outline, frame, beforeMs);
    if (child !== undefined) {
      add(frame.span, Math.min(endOf(outline, child), beforeMs));
      frames.push(openFrame(outline, tree, child));
      continue;
    }
    add(frame.span, outline.startMs[frame.span] as number);
    frames.pop();
    if (frames.length > 0) continue;
    // The path goes on in the parent, as it was when this span began, unless the parent's clock says that it began
    // later.
    let parent = parents[frame.span] as number;
    while (parent !== -1 && (outline.startMs[parent] as number) >= beforeMs) parent = parents[parent] as number;
    if (parent === -1) continue;
    // A message waited in its queue, or a timer ran: no span covers that time.
    add(-1, Math.max(Math.min(endOf(outline, parent), beforeMs), firstMs));
    frames.push(openFrame(outline, tree, parent));
  }
  return { pieces: pieces.reverse(), criticalMs };
}

/** Of several spans that end together, the one above the others, or the earliest. */
function lastToEnd(outline: TraceOutline, { order }: TraceTree): number | undefined {
  let last = order[0];
  for (const span of order) if (endOf(outline, span) > endOf(outline, last as number)) last = span;
  return last;
}

function openFrame(outline: TraceOutline, tree: TraceTree, span: number): Frame {
  return { span, children: waitedFor(outline, tree, span), next: 0, hasChild: false };
}

function waitedFor(outline: TraceOutline, tree: TraceTree, parent: number): number[] {
  const children: number[] = [];
  for (let child = tree.firstChildren[parent] as number; child !== -1; child = tree.nextSiblings[child] as number) {
    // The parent did not wait for a child in the same process that ended after it.
    if ((outline.durationMs[child] as number) > 0 && !isOutlived(outline, parent, child)) children.push(child);
  }
  return children.sort(
    (one, other) =>
      endOf(outline, other) - endOf(outline, one) ||
      (outline.startMs[one] as number) - (outline.startMs[other] as number),
  );
}

function nextChild(outline: TraceOutline, frame: Frame, beforeMs: number): number | undefined {
  const spanStartMs = outline.startMs[frame.span] as number;
  while (frame.next < frame.children.length) {
    const child = frame.children[frame.next++] as number;
    const startMs = outline.startMs[child] as number;
    const endMs = endOf(outline, child);
    if (endMs <= spanStartMs || startMs >= beforeMs) continue;
    // The body of a reply may continue after the caller has its headers, and a child on another clock may seem to. Only
    // the last of those counts.
    if (frame.hasChild && endMs > beforeMs + overlapOf(outline, child)) continue;
    frame.hasChild = true;
    return child;
  }
  return undefined;
}

/**
 * How far a span may seem to reach past the start of the span that follows it. Its end is recorded after the callback
 * that started the next span, clocks of two services differ, and Zipkin's times are in microseconds.
 */
export function overlapOf(outline: TraceOutline, span: number): number {
  const durationMs = Math.max(outline.durationMs[span] as number, 0);
  return Math.min(Math.max(durationMs * overlapOfSpan, leastOverlapMs), durationMs / 2, mostOverlapMs);
}

const overlapOfSpan = 0.1;
const leastOverlapMs = 0.01;
const mostOverlapMs = 1;

/**
 * For a moment at which no span above is known: the earliest of the top spans that were running, which is the root in
 * most traces; else the top span that ended last before it. Must be called with moments in descending order.
 */
function searchTops(outline: TraceOutline, parents: Int32Array): (beforeMs: number) => number | undefined {
  const tops: number[] = [];
  for (let span = 0; span < parents.length; span++) if (parents[span] === -1) tops.push(span);
  tops.sort((one, other) => endOf(outline, other) - endOf(outline, one) || one - other);
  let next = 0;
  let earliest = -1;
  return (beforeMs) => {
    for (; next < tops.length; next++) {
      const top = tops[next] as number;
      if (endOf(outline, top) < beforeMs) break;
      if (earliest === -1 || (outline.startMs[top] as number) < (outline.startMs[earliest] as number)) earliest = top;
    }
    if (earliest !== -1 && (outline.startMs[earliest] as number) < beforeMs) return earliest;
    return tops[next];
  };
}
