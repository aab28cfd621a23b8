/** Lists the visible rows of a waterfall: those that are not folded, not filtered out and not outside the chosen root. */
import type { RowTree } from './row-tree.ts';

export interface Visibility {
  /** For each row: 1 if its descendants are folded. */
  readonly folded: Uint8Array;
  /** For each row: 1 if the filter keeps it, from `keepMatches`. Absent without a filter. */
  readonly kept?: Uint8Array | undefined;
  /** The row that is shown as the root, or -1. */
  readonly rootRow: number;
}

/** The rows to show, from top to bottom. One pass, one array: it runs on each click. */
export function listVisibleRows(tree: RowTree, { folded, kept, rootRow }: Visibility): Int32Array {
  const first = Math.max(rootRow, 0);
  const end = rootRow < 0 ? tree.nodes.length : (tree.ends[rootRow] as number);
  const rows = new Int32Array(end - first);
  let count = 0;
  for (let row = first; row < end; ) {
    if (kept !== undefined && kept[row] === 0) {
      row = tree.ends[row] as number;
      continue;
    }
    rows[count++] = row;
    row = folded[row] === 1 ? (tree.ends[row] as number) : row + 1;
  }
  return rows.subarray(0, count);
}

/** Keeps the matching spans and their ancestors. */
export function keepMatches(tree: RowTree, isMatch: Uint8Array): Uint8Array {
  const kept = new Uint8Array(tree.nodes.length);
  // From the last row to the first, so that children are visited before their parents.
  for (let row = kept.length - 1; row >= 0; row--) {
    const node = tree.nodes[row] as number;
    if (node >= 0 && isMatch[node] === 1) kept[row] = 1;
    const parent = tree.parents[row] as number;
    if (kept[row] === 1 && parent >= 0) kept[parent] = 1;
  }
  return kept;
}

/** The initial folds: groups of equal siblings. */
export function foldAtFirst(tree: RowTree): Uint8Array {
  const folded = new Uint8Array(tree.nodes.length);
  for (let row = 0; row < folded.length; row++) {
    const node = tree.nodes[row] as number;
    if (node < 0 && tree.groups[-1 - node]?.kind === 'repeat') folded[row] = 1;
  }
  return folded;
}

/** The same folds, with all groups open. */
export function unfoldGroups(tree: RowTree, folded: Uint8Array): Uint8Array {
  return folded.map((isFolded, row) => ((tree.nodes[row] as number) < 0 ? 0 : isFolded));
}

/** Unfolds the ancestors that hide a row. Returns the same array if none does. */
export function reveal(tree: RowTree, folded: Uint8Array, row: number): Uint8Array {
  let result = folded;
  for (let above = tree.parents[row] ?? -1; above >= 0; above = tree.parents[above] as number) {
    if (result[above] === 0) continue;
    if (result === folded) result = folded.slice();
    result[above] = 0;
  }
  return result;
}

/** Folds all rows with children from a depth on. Groups of equal siblings stay folded. */
export function foldFromDepth(tree: RowTree, depth: number): Uint8Array {
  const folded = foldAtFirst(tree);
  for (let row = 0; row < folded.length; row++) {
    if ((tree.depths[row] as number) >= depth && (tree.ends[row] as number) > row + 1) folded[row] = 1;
  }
  return folded;
}

/** The position of a row in a list of visible rows, or -1. Binary search: the list is sorted. */
export function positionOf(visible: Int32Array, row: number): number {
  let low = 0;
  let high = visible.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = visible[middle] as number;
    if (found === row) return middle;
    if (found < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
