/** Which stretches of a span's bar are its own work, and which are on the critical path. */
import type { TimeWindow } from './time-window.ts';
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
 * if its clock is shifted. Pieces that cannot be seen are left out: a hundred of them would be drawn as a dotted line.
 */
export function criticalPieces(
  model: TraceModel,
  startMs: Float64Array,
  row: number,
  isFolded: boolean,
  window: TimeWindow,
  leastMs: number,
): Pieces {
  const { criticalEnds, criticalSpans, criticalStartMs, criticalEndMs, tree } = model;
  const lastRow = isFolded ? (tree.ends[row] as number) - 1 : row;
  const first = row === 0 ? 0 : (criticalEnds[row - 1] as number);
  const end = criticalEnds[lastRow] as number;
  if (first === end) return [];
  // Marks on a ruler with a mark for each thing that can be seen: a subtree may have 100,000 pieces, in no order of time.
  const marks = new Uint8Array(Math.ceil((window.endMs - window.startMs) / leastMs) + 1);
  for (let piece = first; piece < end; piece++) {
    const span = criticalSpans[piece] as number;
    const shiftMs = (startMs[span] as number) - (model.startMs[span] as number) - window.startMs;
    const from = Math.round(((criticalStartMs[piece] as number) + shiftMs) / leastMs);
    const to = Math.round(((criticalEndMs[piece] as number) + shiftMs) / leastMs);
    if (to > 0 && to > from) marks.fill(1, Math.max(from, 0), to);
  }
  const pieces: number[] = [];
  for (let at = 0; at < marks.length; ) {
    const from = marks.indexOf(1, at);
    if (from === -1) break;
    const gap = marks.indexOf(0, from);
    at = gap === -1 ? marks.length : gap;
    pieces.push(window.startMs + from * leastMs, window.startMs + at * leastMs);
  }
  return pieces;
}
