/**
 * The layout of a flame chart of spans. Unlike the frames of a stack, siblings may run at the same time. Such siblings go into
 * separate lanes, with their descendants. Two boxes of a level never overlap.
 */
import type { TraceModel } from './trace-model.ts';

export interface FlameLayout {
  /**
   * For each span: its level from the top, or -1 if it is not in the chart. With lanes, there are more levels than
   * depths.
   */
  readonly levels: Int32Array;
  readonly levelCount: number;
}

/**
 * @param startMs The shown start of each span.
 * @param rootSpan The span to start from, or -1 for all.
 */
export function layOutFlame(model: TraceModel, startMs: Float64Array, rootSpan: number): FlameLayout {
  const { tree, durationMs, spanCount } = model;
  const { nodes, ends } = tree;
  const firstRow = rootSpan < 0 ? 0 : (tree.rowOfSpan[rootSpan] as number);
  const endRow = rootSpan < 0 ? nodes.length : (ends[firstRow] as number);

  // Descendants may end after a span, and begin before it by another clock. A lane must have space for all of them.
  const fromMs = new Float64Array(nodes.length).fill(Number.POSITIVE_INFINITY);
  const untilMs = new Float64Array(nodes.length).fill(Number.NEGATIVE_INFINITY);
  const offsets = new Int32Array(nodes.length);
  const heights = new Int32Array(nodes.length);
  for (let row = endRow - 1; row >= firstRow; row--) {
    const span = nodes[row] as number;
    if (span >= 0) {
      const start = startMs[span] as number;
      fromMs[row] = Math.min(fromMs[row] as number, start);
      untilMs[row] = Math.max(untilMs[row] as number, start + Math.max(durationMs[span] as number, 0));
    }
    // Descendants have later rows, so their heights are already known.
    heights[row] = (span >= 0 ? 1 : 0) + packLanes(listChildren(tree, row + 1, ends[row] as number));
    const parent = tree.parents[row] as number;
    if (parent >= firstRow) {
      fromMs[parent] = Math.min(fromMs[parent] as number, fromMs[row] as number);
      untilMs[parent] = Math.max(untilMs[parent] as number, untilMs[row] as number);
    }
  }
  const tops: number[] = [];
  for (let row = firstRow; row < endRow; row = ends[row] as number) tops.push(row);
  const levelCount = packLanes(tops);

  const levels = new Int32Array(spanCount).fill(-1);
  const levelOfRow = new Int32Array(nodes.length);
  for (let row = firstRow; row < endRow; row++) {
    const parent = tree.parents[row] as number;
    // A group has no level: its spans have the same levels as without it.
    const base = parent >= firstRow ? (levelOfRow[parent] as number) + ((nodes[parent] as number) >= 0 ? 1 : 0) : 0;
    levelOfRow[row] = base + (offsets[row] as number);
    const span = nodes[row] as number;
    if (span >= 0) levels[span] = levelOfRow[row] as number;
  }
  return { levels, levelCount };

  /** Gives each child the first lane that is free at its start, and returns the number of levels of all lanes. */
  function packLanes(children: number[]): number {
    if (children.length === 0) return 0;
    const oneLaneHeight = heightInOneLane(children);
    if (oneLaneHeight > 0) return oneLaneHeight;
    children.sort((one, other) => (fromMs[one] as number) - (fromMs[other] as number));
    const lanes = createLanes(children.length);
    const laneHeights: number[] = [];
    for (const child of children) {
      const lane = lanes.take(fromMs[child] as number, untilMs[child] as number);
      offsets[child] = lane; // converted to a level below, when all heights are known
      laneHeights[lane] = Math.max(laneHeights[lane] ?? 0, heights[child] as number);
    }
    const laneTops: number[] = [];
    let height = 0;
    for (const laneHeight of laneHeights) {
      laneTops.push(height);
      height += laneHeight;
    }
    for (const child of children) offsets[child] = laneTops[offsets[child] as number] as number;
    return height;
  }

  /** The height of children that run one after the other, the usual case. 0 if some run at the same time. */
  function heightInOneLane(children: readonly number[]): number {
    let height = 0;
    let freeFromMs = Number.NEGATIVE_INFINITY;
    for (const child of children) {
      if ((fromMs[child] as number) < freeFromMs) return 0;
      freeFromMs = untilMs[child] as number;
      height = Math.max(height, heights[child] as number);
    }
    return height; // offsets are already 0
  }
}

function listChildren({ ends }: TraceModel['tree'], first: number, end: number): number[] {
  const children: number[] = [];
  for (let row = first; row < end; row = ends[row] as number) children.push(row);
  return children;
}

/** Finds the first lane that is free at a time. Uses a tree of minima: ten thousand siblings may run at once. */
function createLanes(maxLanes: number) {
  let size = 1;
  while (size < maxLanes) size *= 2;
  if (size === 1) return { take: () => 0 };
  const freeFromMs = new Float64Array(2 * size).fill(Number.NEGATIVE_INFINITY);
  return {
    take(fromMs: number, untilMs: number): number {
      let node = 1;
      while (node < size) {
        node *= 2;
        if ((freeFromMs[node] as number) > fromMs) node++;
      }
      const lane = node - size;
      freeFromMs[node] = untilMs;
      while (node > 1) {
        node >>= 1;
        freeFromMs[node] = Math.min(freeFromMs[2 * node] as number, freeFromMs[2 * node + 1] as number);
      }
      return lane;
    },
  };
}
