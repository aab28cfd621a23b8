/**
 * A flame chart of spans. Unlike the frames of a stack, siblings may run at the same time: those go side by side, each
 * with what is below it, into lanes. No two boxes of a level ever cover one another.
 */
import type { TraceModel } from './trace-model.ts';

export interface FlameLayout {
  /** For each span: its level from the top; lanes make more levels than the trace is deep. -1 if it is not in the chart. */
  readonly levels: Int32Array;
  readonly levelCount: number;
}

/**
 * @param startMs By span, as shown.
 * @param rootSpan The span to start from, or -1 for all.
 */
export function layOutFlame(model: TraceModel, startMs: Float64Array, rootSpan: number): FlameLayout {
  const { tree, durationMs, spanCount } = model;
  const { nodes, ends } = tree;
  const firstRow = rootSpan < 0 ? 0 : (tree.rowOfSpan[rootSpan] as number);
  const endRow = rootSpan < 0 ? nodes.length : (ends[firstRow] as number);

  // What is below a span may go on after it, and may begin before it by another clock: a lane must hold all of that.
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
    // Rows below come later, so their heights are known by now.
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
    // A group takes no level of its own: its spans stand where they would without it.
    const base = parent >= firstRow ? (levelOfRow[parent] as number) + ((nodes[parent] as number) >= 0 ? 1 : 0) : 0;
    levelOfRow[row] = base + (offsets[row] as number);
    const span = nodes[row] as number;
    if (span >= 0) levels[span] = levelOfRow[row] as number;
  }
  return { levels, levelCount };

  /** Gives each child the first lane that is free by then, and tells how many levels the lanes take together. */
  function packLanes(children: number[]): number {
    if (children.length === 0) return 0;
    const oneLaneHeight = heightInOneLane(children);
    if (oneLaneHeight > 0) return oneLaneHeight;
    children.sort((one, other) => (fromMs[one] as number) - (fromMs[other] as number));
    const lanes = createLanes(children.length);
    const laneHeights: number[] = [];
    for (const child of children) {
      const lane = lanes.take(fromMs[child] as number, untilMs[child] as number);
      offsets[child] = lane; // made a level below, when all heights are known
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

  /** How high children are that run one after the other, as most do; 0 if some run at the same time. */
  function heightInOneLane(children: readonly number[]): number {
    let height = 0;
    let freeFromMs = Number.NEGATIVE_INFINITY;
    for (const child of children) {
      if ((fromMs[child] as number) < freeFromMs) return 0;
      freeFromMs = untilMs[child] as number;
      height = Math.max(height, heights[child] as number);
    }
    return height; // offsets are 0 to begin with
  }
}

function listChildren({ ends }: TraceModel['tree'], first: number, end: number): number[] {
  const children: number[] = [];
  for (let row = first; row < end; row = ends[row] as number) children.push(row);
  return children;
}

/** Finds the first lane that is free at a moment: a tree of minima, as ten thousand siblings may run at once. */
function createLanes(mostLanes: number) {
  let size = 1;
  while (size < mostLanes) size *= 2;
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
