/** Which stretches of a span's bar are its own work, and which are on the critical path. */
import type { TraceModel } from './trace-model.ts';

/** Starts and ends in turn, in milliseconds: `[start, end, start, end, …]`. */
export type Pieces = readonly number[];

/**
 * Where a span ran and none of its children did.
 *
 * @param startMs The starts as they are shown, by span: clocks may be shifted.
 * @param leastMs Shorter pieces, and pauses between pieces, cannot be seen: they are left out.
 */
export function selfPieces(model: TraceModel, startMs: Float64Array, span: number, leastMs: number): Pieces {
  const { tree, durationMs } = model;
  const start = startMs[span] as number;
  const end = start + Math.max(durationMs[span] as number, 0);
  const pieces: number[] = [];
  let coveredUntil = start;
  const row = tree.rowOfSpan[span] as number;
  const last = tree.ends[row] as number;
  // Children come in order of start, but those in a folded group stand together: the pieces are made from sorted ones.
  const children = childrenByStart(model, startMs, row, last);
  for (const child of children) {
    const childStart = startMs[child] as number;
    const childEnd = childStart + Math.max(durationMs[child] as number, 0);
    if (childStart - coveredUntil >= leastMs && coveredUntil < end) {
      pieces.push(coveredUntil, Math.min(childStart, end));
    }
    if (childEnd > coveredUntil) coveredUntil = childEnd;
    if (coveredUntil >= end) return pieces;
  }
  if (end - coveredUntil >= leastMs || pieces.length === 0) pieces.push(Math.min(coveredUntil, end), end);
  return pieces;
}

function childrenByStart({ tree }: TraceModel, startMs: Float64Array, row: number, last: number): number[] {
  const children: number[] = [];
  let isSorted = true;
  for (let below = row + 1; below < last; ) {
    const node = tree.nodes[below] as number;
    if (node < 0) {
      below++; // into the group
      continue;
    }
    const before = children.at(-1);
    if (before !== undefined && (startMs[before] as number) > (startMs[node] as number)) isSorted = false;
    children.push(node);
    below = tree.ends[below] as number;
  }
  if (!isSorted) children.sort((one, other) => (startMs[one] as number) - (startMs[other] as number));
  return children;
}

/**
 * Where the critical path runs through a span; with all that is below it, if that is folded away. Moved with each span
 * if its clock is shifted.
 */
export function criticalPieces(
  model: TraceModel,
  startMs: Float64Array,
  row: number,
  isFolded: boolean,
  leastMs: number,
): Pieces {
  const { criticalSpans, criticalOf, criticalEnds, tree } = model;
  const pieces: number[] = [];
  const span = tree.nodes[row] as number;
  if (isFolded && (tree.ends[row] as number) > row + 1) {
    const end = tree.ends[row] as number;
    for (let piece = 0; piece < criticalSpans.length; piece++) {
      const below = tree.rowOfSpan[criticalSpans[piece] as number] as number;
      if (below >= row && below < end) add(piece);
    }
  } else if (span >= 0) {
    const first = span === 0 ? 0 : (criticalEnds[span - 1] as number);
    for (let at = first; at < (criticalEnds[span] as number); at++) add(criticalOf[at] as number);
  }
  return withoutSpecks(pieces, leastMs);

  function add(piece: number): void {
    const of = criticalSpans[piece] as number;
    const shiftMs = (startMs[of] as number) - (model.startMs[of] as number);
    const start = (model.criticalStartMs[piece] as number) + shiftMs;
    const end = (model.criticalEndMs[piece] as number) + shiftMs;
    const last = pieces.length - 1;
    if (last > 0 && start - (pieces[last] as number) < leastMs) pieces[last] = Math.max(pieces[last] as number, end);
    else pieces.push(start, end);
  }
}

/** A hundred pieces that are a hundredth of a pixel wide would be drawn as a dotted line, and mean nothing. */
function withoutSpecks(pieces: Pieces, leastMs: number): Pieces {
  const visible: number[] = [];
  for (let at = 0; at < pieces.length; at += 2) {
    const start = pieces[at] as number;
    const end = pieces[at + 1] as number;
    if (end - start >= leastMs) visible.push(start, end);
  }
  return visible;
}
