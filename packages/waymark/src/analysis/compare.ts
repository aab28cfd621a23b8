/**
 * Compares two traces span by span. A span of one trace is paired with a span of the other if their parents are paired,
 * and if both are the first (second, …) child of that signature: service, kind, name, and the statement or URL without
 * values.
 */
import { analyseTimes } from './analysed-times.ts';
import type { TraceOutline } from './outline.ts';
import { measureSelfTimes } from './self-time.ts';
import { endOf } from './span-end.ts';
import { buildTraceTree, type TraceTree } from './trace-tree.ts';

/** Two traces, `a` and `b`, laid over one another. */
export interface TraceComparison {
  /** Depth first. */
  readonly rows: readonly ComparedSpan[];
  /** Spans that only `b` has. */
  readonly addedCount: number;
  /** Spans that only `a` has. */
  readonly removedCount: number;
}

/** A span of both traces, or of one of them. */
export interface ComparedSpan {
  /** Indexes in the two outlines. Without `a` the span was added, without `b` it was removed. */
  readonly a: number | undefined;
  /** Index in the outline of `b`. */
  readonly b: number | undefined;
  /** How many spans are above it; 0 at the top. */
  readonly depth: number;
  /** The row after its last descendant. */
  readonly subtreeEnd: number;
  /**
   * How much longer the span took in `b`, in milliseconds: its whole duration if it was added, a negative number if it
   * was removed.
   */
  readonly deltaMs: number;
  /** The same of the time in which none of its children ran. */
  readonly deltaSelfMs: number;
}

type Pair = Pick<ComparedSpan, 'a' | 'b'>;

/** One of the two traces, with lookups that are used repeatedly. */
interface Side {
  readonly outline: TraceOutline;
  readonly tree: TraceTree;
  readonly selfMs: Float64Array;
}

/** Pairs the spans of two traces, and measures how `b` differs from `a`. */
export function compareTraces(a: TraceOutline, b: TraceOutline): TraceComparison {
  const sideA = readSide(a);
  const sideB = readSide(b);
  const rows: { -readonly [Key in keyof ComparedSpan]: ComparedSpan[Key] }[] = [];
  let addedCount = 0;
  let removedCount = 0;
  const stack = pairTops(sideA, sideB)
    .map((pair) => ({ pair, depth: 0 }))
    .reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { pair, depth } = next;
    if (pair.a === undefined) addedCount++;
    if (pair.b === undefined) removedCount++;
    rows.push({
      ...pair,
      depth,
      subtreeEnd: 0,
      deltaMs: durationOf(sideB, pair.b) - durationOf(sideA, pair.a),
      deltaSelfMs: selfOf(sideB, pair.b) - selfOf(sideA, pair.a),
    });
    const children = pairUp(sideA, childrenOf(sideA, pair.a), sideB, childrenOf(sideB, pair.b));
    for (const child of children.reverse()) stack.push({ pair: child, depth: depth + 1 });
  }
  /** Rows with a subtree that has not ended yet. */
  const open: number[] = [];
  for (let row = 0; row <= rows.length; row++) {
    const depth = rows[row]?.depth ?? 0;
    while (open.length > depth) (rows[open.pop() as number] as { subtreeEnd: number }).subtreeEnd = row;
    open.push(row);
  }
  return { rows, addedCount, removedCount };
}

function readSide(sent: TraceOutline): Side {
  const { outline, tree, byStart } = analyseTimes(sent, buildTraceTree(sent));
  const { selfMs } = measureSelfTimes(outline, tree.parents, byStart, 0);
  return { outline, tree, selfMs };
}

function durationOf({ outline }: Side, span: number | undefined): number {
  return span === undefined ? 0 : endOf(outline, span) - (outline.startMs[span] as number);
}

function selfOf({ selfMs }: Side, span: number | undefined): number {
  return span === undefined ? 0 : (selfMs[span] as number);
}

/** Two roots are paired whatever their names: the user chose these traces to compare. */
function pairTops(a: Side, b: Side): Pair[] {
  const [rootA, ...otherRootsA] = a.tree.roots;
  const [rootB, ...otherRootsB] = b.tree.roots;
  const areBothSingle = otherRootsA.length === 0 && otherRootsB.length === 0;
  if (rootA === undefined || rootB === undefined || !areBothSingle) return pairUp(a, topsOf(a), b, topsOf(b));
  const others = pairUp(
    a,
    topsOf(a).filter((span) => span !== rootA),
    b,
    topsOf(b).filter((span) => span !== rootB),
  );
  return [{ a: rootA, b: rootB }, ...others];
}

function topsOf({ tree: { parents } }: Side): number[] {
  const tops: number[] = [];
  for (let span = 0; span < parents.length; span++) if (parents[span] === -1) tops.push(span);
  return tops;
}

function childrenOf({ tree: { firstChildren, nextSiblings } }: Side, span: number | undefined): number[] {
  const children: number[] = [];
  if (span === undefined) return children;
  for (let child = firstChildren[span] as number; child !== -1; child = nextSiblings[child] as number) {
    children.push(child);
  }
  return children;
}

/** In the order of `a`. A span that only `b` has comes after the span before it in `b`. */
function pairUp(sideA: Side, spansA: readonly number[], sideB: Side, spansB: readonly number[]): Pair[] {
  if (spansA.length === 0) return spansB.map((b) => ({ a: undefined, b }));
  const partnerOfA = new Map<number, number>();
  const partnerOfB = new Map<number, number>();
  for (const keyOf of [signatureOf, signatureWithoutPort]) {
    const waiting = new Map<string, number[]>();
    for (const b of spansB.toReversed()) {
      if (partnerOfB.has(b)) continue;
      const key = keyOf(sideB, b);
      const spans = waiting.get(key);
      if (spans === undefined) waiting.set(key, [b]);
      else spans.push(b);
    }
    if (waiting.size === 0) break;
    for (const a of spansA) {
      const b = partnerOfA.has(a) ? undefined : waiting.get(keyOf(sideA, a))?.pop();
      if (b === undefined) continue;
      partnerOfA.set(a, b);
      partnerOfB.set(b, a);
    }
  }
  const pairs = spansA.map((a): Pair => ({ a, b: partnerOfA.get(a) }));
  /** Added spans, by the span of `a` that they come after. */
  const added = new Map<number | undefined, Pair[]>();
  let before: number | undefined;
  for (const b of spansB) {
    const partner = partnerOfB.get(b);
    if (partner !== undefined) before = partner;
    else {
      const list = added.get(before);
      if (list === undefined) added.set(before, [{ a: undefined, b }]);
      else list.push({ a: undefined, b });
    }
  }
  return [...(added.get(undefined) ?? []), ...pairs.flatMap((pair) => [pair, ...(added.get(pair.a) ?? [])])];
}

function signatureOf({ outline: { signatures, signatureOf: numbers } }: Side, span: number): string {
  return signatures[numbers[span] as number] ?? '';
}

/** A restarted server may listen on another port: tests use any free port. */
function signatureWithoutPort(side: Side, span: number): string {
  return signatureOf(side, span).replace(/(: (?:[\w.-]+|\[[\da-f:.]+\])):\d+(?=\/|$)/i, '$1');
}
