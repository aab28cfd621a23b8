/**
 * The rows of a waterfall as a tree: the spans of a trace, and rows that stand for several spans (equal siblings, children of
 * a missing parent). The columns are in depth-first order, so folding is arithmetic on indexes.
 */
import type { Repeat, TraceAnalysis } from '../../../src/analysis/trace-analysis.ts';

export interface RowTree {
  /** For each row: the index of the span, or `-1 - g` for `groups[g]`. */
  readonly nodes: Int32Array;
  readonly depths: Int32Array;
  /** For each row: the row after its last descendant. */
  readonly ends: Int32Array;
  /** For each row: the row of its parent, or -1. */
  readonly parents: Int32Array;
  /** For each span: its row. */
  readonly rowOfSpan: Int32Array;
  readonly groups: readonly RowGroup[];
}

export type RowGroup =
  | { readonly kind: 'missing-parent'; readonly parentSpanId: string; readonly spans: readonly number[] }
  | { readonly kind: 'repeat'; readonly repeat: Repeat; readonly spans: readonly number[] };

/** Fewer equal siblings are as quick to read as a row that counts them. */
const minFolded = 5;

export function buildRowTree(analysis: TraceAnalysis): RowTree {
  const { order, parents } = analysis;
  const spanCount = order.length;
  const groups = findGroups(analysis);
  // Nodes 0 … n-1 are spans, the next ones are groups.
  const nodeCount = spanCount + groups.length;
  const parentOf = new Int32Array(nodeCount).fill(-1);
  parentOf.set(parents);
  const leaderOf = new Int32Array(groups.length).fill(-1);
  const groupOf = new Int32Array(spanCount).fill(-1);
  groups.forEach(({ spans }, group) => {
    // The group becomes a child of its spans' parent. For equal orphans that is the row of the missing parent.
    parentOf[spanCount + group] = parentOf[spans[0] as number] as number;
    for (const span of spans) {
      parentOf[span] = spanCount + group;
      groupOf[span] = group;
    }
  });
  for (const span of order) {
    for (let group = groupOf[span] as number; group >= 0; ) {
      if (leaderOf[group] === -1) leaderOf[group] = span;
      const above = (parentOf[spanCount + group] as number) - spanCount;
      group = above >= 0 ? above : -1;
    }
  }
  return layOut(order, parentOf, leaderOf, groupOf, groups);
}

function findGroups({ orphans, repeats, parents }: TraceAnalysis): RowGroup[] {
  const missing: RowGroup[] = orphans.map(({ parentSpanId, spans }) => ({
    kind: 'missing-parent',
    parentSpanId,
    spans,
  }));
  const orphanGroup = new Map(orphans.flatMap(({ spans }, group) => spans.map((span) => [span, group] as const)));
  const folded = repeats.filter(
    ({ spans, isNPlusOne }) =>
      (spans.length >= minFolded || (isNPlusOne && spans.length > 1)) &&
      spans.every(
        (span) =>
          parents[span] === parents[spans[0] as number] &&
          orphanGroup.get(span) === orphanGroup.get(spans[0] as number),
      ),
  );
  return [...missing, ...folded.map((repeat): RowGroup => ({ kind: 'repeat', repeat, spans: repeat.spans }))];
}

/**
 * Builds linked lists of children in arrays, then walks them depth first with a stack: recursion would overflow, as a
 * trace may be one long chain.
 */
function layOut(
  order: Int32Array,
  parentOf: Int32Array,
  leaderOf: Int32Array,
  groupOf: Int32Array,
  groups: readonly RowGroup[],
): RowTree {
  const spanCount = order.length;
  const nodeCount = parentOf.length;
  const firstChild = new Int32Array(nodeCount).fill(-1);
  const nextSibling = new Int32Array(nodeCount).fill(-1);
  let firstTop = -1;

  function prepend(node: number): void {
    const parent = parentOf[node] as number;
    if (parent === -1) {
      nextSibling[node] = firstTop;
      firstTop = node;
    } else {
      nextSibling[node] = firstChild[parent] as number;
      firstChild[parent] = node;
    }
  }

  // From last to first, so that each list is in order. A group takes the place of its first span.
  for (let row = spanCount - 1; row >= 0; row--) {
    const span = order[row] as number;
    prepend(span);
    for (let group = groupOf[span] as number; group >= 0 && leaderOf[group] === span; ) {
      prepend(spanCount + group);
      group = (parentOf[spanCount + group] as number) - spanCount;
    }
  }

  const nodes = new Int32Array(nodeCount);
  const depths = new Int32Array(nodeCount);
  const ends = new Int32Array(nodeCount);
  const parents = new Int32Array(nodeCount);
  const rowOfSpan = new Int32Array(spanCount);
  const open: number[] = [];
  let row = 0;
  let node = firstTop;
  while (node !== -1) {
    nodes[row] = node < spanCount ? node : spanCount - 1 - node;
    depths[row] = open.length;
    parents[row] = open.at(-1) ?? -1;
    if (node < spanCount) rowOfSpan[node] = row;
    if (firstChild[node] !== -1) {
      open.push(row);
      node = firstChild[node] as number;
    } else {
      ends[row] = row + 1;
      let next = nextSibling[node] as number;
      while (next === -1 && open.length > 0) {
        const above = open.pop() as number;
        ends[above] = row + 1;
        const aboveNode = nodes[above] as number;
        next = nextSibling[aboveNode >= 0 ? aboveNode : spanCount - 1 - aboveNode] as number;
      }
      node = next;
    }
    row++;
  }
  return { nodes, depths, ends, parents, rowOfSpan, groups };
}
