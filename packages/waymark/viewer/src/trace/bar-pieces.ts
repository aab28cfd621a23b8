/** Computes the parts of a span's bar that are self time, and the parts on the critical path. */
import type { TimeWindow } from './time-window.ts';
import type { TraceModel } from './trace-model.ts';

/** Alternating starts and ends, in milliseconds: `[start, end, start, end, …]`. */
export type Pieces = readonly number[];

/**
 * The times in which a span ran and none of its children did.
 *
 * @param startMs The shown start of each span. Corrected clocks shift it.
 * @param minMs Shorter pieces, and shorter pauses between pieces, are left out: they are narrower than a pixel.
 */
export function selfPieces(model: TraceModel, startMs: Float64Array, span: number, minMs: number): Pieces {
  const { tree, durationMs } = model;
  const start = startMs[span] as number;
  const end = start + Math.max(durationMs[span] as number, 0);
  const pieces: number[] = [];
  let coveredUntil = start;
  const row = tree.rowOfSpan[span] as number;
  const last = tree.ends[row] as number;
  // Children are sorted by start, but those of a group are consecutive, so all of them are sorted again.
  const children = childrenByStart(model, startMs, row, last);
  for (const child of children) {
    const childStart = startMs[child] as number;
    const childEnd = childStart + Math.max(durationMs[child] as number, 0);
    if (childStart - coveredUntil >= minMs && coveredUntil < end) {
      pieces.push(coveredUntil, Math.min(childStart, end));
    }
    if (childEnd > coveredUntil) coveredUntil = childEnd;
    if (coveredUntil >= end) return pieces;
  }
  if (end - coveredUntil >= minMs || pieces.length === 0) pieces.push(Math.min(coveredUntil, end), end);
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
 * The times in which the critical path runs through a span, and through its descendants if they are folded away. The pieces
 * move with a corrected clock. Invisible pieces are left out: a hundred of them would look like a dotted line.
 */
export function criticalPieces(
  model: TraceModel,
  startMs: Float64Array,
  row: number,
  isFolded: boolean,
  window: TimeWindow,
  minMs: number,
): Pieces {
  const { criticalEnds, criticalSpans, criticalStartMs, criticalEndMs, tree } = model;
  const lastRow = isFolded ? (tree.ends[row] as number) - 1 : row;
  const first = row === 0 ? 0 : (criticalEnds[row - 1] as number);
  const end = criticalEnds[lastRow] as number;
  if (first === end) return [];
  // Marks slots as wide as the smallest visible piece: a subtree may have 100,000 pieces, not sorted by time.
  const marks = new Uint8Array(Math.ceil((window.endMs - window.startMs) / minMs) + 1);
  for (let piece = first; piece < end; piece++) {
    const span = criticalSpans[piece] as number;
    const shiftMs = (startMs[span] as number) - (model.startMs[span] as number) - window.startMs;
    const from = Math.round(((criticalStartMs[piece] as number) + shiftMs) / minMs);
    const to = Math.round(((criticalEndMs[piece] as number) + shiftMs) / minMs);
    if (to > 0 && to > from) marks.fill(1, Math.max(from, 0), to);
  }
  const pieces: number[] = [];
  for (let at = 0; at < marks.length; ) {
    const from = marks.indexOf(1, at);
    if (from === -1) break;
    const gap = marks.indexOf(0, from);
    at = gap === -1 ? marks.length : gap;
    pieces.push(window.startMs + from * minMs, window.startMs + at * minMs);
  }
  return pieces;
}
