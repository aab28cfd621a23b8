/**
 * The critical path: what the trace's duration consists of. Back from the end of the root, at each moment the child that
 * finished last before it, and the child's own path in its place. What runs beside it costs no time. The pieces add up to
 * the root's duration.
 *
 * @see https://www.usenix.org/conference/atc22/presentation/zhang-zhizhou CRISP
 */
import type { TraceOutline } from './outline.ts';
import { isOutlived } from './outlives-parent.ts';
import { endOf } from './span-end.ts';
import type { CriticalPiece } from './trace-analysis.ts';
import type { TraceTree } from './trace-tree.ts';

/** What follows may seem to start a little before: Zipkin's clocks tick in microseconds, and doubles are rounded. */
const toleranceMs = 0.002;

export interface CriticalPath {
  readonly pieces: readonly CriticalPiece[];
  readonly criticalMs: Float64Array;
}

interface Frame {
  readonly span: number;
  readonly startMs: number;
  /** The children that may be on the path, the last-finishing first; and how many of them have been looked at. */
  readonly children: readonly number[];
  next: number;
  hasChild: boolean;
  /** Up to where, from behind, the path is still to be found. */
  beforeMs: number;
}

export function findCriticalPath(outline: TraceOutline, tree: TraceTree): CriticalPath {
  const criticalMs = new Float64Array(outline.spanIds.length);
  const pieces: CriticalPiece[] = [];
  const top = longestTop(outline, tree);
  if (top === undefined) return { pieces, criticalMs };

  function open(span: number, startMs: number, endMs: number): Frame {
    return { span, startMs, children: waitedFor(outline, tree, span), next: 0, hasChild: false, beforeMs: endMs };
  }

  function add(span: number, startMs: number, endMs: number): void {
    if (endMs <= startMs) return;
    pieces.push({ span, startMs, endMs });
    criticalMs[span] = (criticalMs[span] as number) + endMs - startMs;
  }

  const frames = [open(top, outline.startMs[top] as number, endOf(outline, top))];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const child = nextChild(outline, frame);
    if (child === undefined) {
      add(frame.span, frame.startMs, frame.beforeMs);
      frames.pop();
      continue;
    }
    const endMs = Math.min(endOf(outline, child), frame.beforeMs);
    const startMs = Math.max(outline.startMs[child] as number, frame.startMs);
    add(frame.span, endMs, frame.beforeMs);
    frame.beforeMs = startMs;
    frames.push(open(child, startMs, endMs));
  }
  return { pieces: pieces.reverse(), criticalMs };
}

/** The root; the longest, if there are several; and if there is none, the longest of what stands at the top. */
function longestTop({ durationMs }: TraceOutline, { roots, parents }: TraceTree): number | undefined {
  let longest = roots[0];
  for (const root of roots)
    if ((durationMs[root] as number) > (durationMs[longest as number] as number)) longest = root;
  if (longest !== undefined) return longest;
  for (let span = 0; span < parents.length; span++) {
    if (parents[span] !== -1) continue;
    if (longest === undefined || (durationMs[span] as number) > (durationMs[longest] as number)) longest = span;
  }
  return longest;
}

function waitedFor(outline: TraceOutline, tree: TraceTree, parent: number): number[] {
  const children: number[] = [];
  for (let child = tree.firstChildren[parent] as number; child !== -1; child = tree.nextSiblings[child] as number) {
    // Nobody waited for the end of what went on after its parent in the same process.
    if ((outline.durationMs[child] as number) > 0 && !isOutlived(outline, parent, child)) children.push(child);
  }
  return children.sort(
    (one, other) =>
      endOf(outline, other) - endOf(outline, one) ||
      (outline.startMs[one] as number) - (outline.startMs[other] as number),
  );
}

function nextChild({ startMs, durationMs }: TraceOutline, frame: Frame): number | undefined {
  while (frame.next < frame.children.length) {
    const child = frame.children[frame.next++] as number;
    const childStartMs = startMs[child] as number;
    const childEndMs = childStartMs + (durationMs[child] as number);
    if (childEndMs <= frame.startMs || childStartMs >= frame.beforeMs) continue;
    // By another machine's clock a child may run on when its parent ends. Of those beside one another only the last counts.
    if (frame.hasChild && childEndMs > frame.beforeMs + toleranceMs) continue;
    frame.hasChild = true;
    return child;
  }
  return undefined;
}
