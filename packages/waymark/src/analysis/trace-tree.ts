/**
 * Arranges the spans of a trace as a tree. Any sender may be wrong: the parent may be missing, an id may be used twice,
 * ancestors may form a circle. The tree has all spans, and findings report what is wrong.
 */
import { spanKinds, type TraceOutline } from './outline.ts';
import type { Finding } from './trace-analysis.ts';

export interface TraceTree {
  /** For each span: its parent, or -1. */
  readonly parents: Int32Array;
  /** All spans, depth first, siblings by start. */
  readonly order: Int32Array;
  /** For each row in `order`. */
  readonly depths: Int32Array;
  readonly subtreeEnds: Int32Array;
  /** For each span, or -1. Siblings ordered by start. */
  readonly firstChildren: Int32Array;
  readonly nextSiblings: Int32Array;
  readonly childCounts: Int32Array;
  readonly roots: readonly number[];
  readonly orphans: readonly { readonly parentSpanId: string; readonly spans: readonly number[] }[];
  readonly findings: readonly Finding[];
}

export function buildTraceTree(outline: TraceOutline): TraceTree {
  const findings: Finding[] = [];
  const spansById = groupById(outline.spanIds);
  const parents = findParents(outline, spansById);
  const { roots, orphans } = findTops(outline, parents);
  const cycles = cutCycles(parents);

  if (roots.length === 0 && parents.length > 0) findings.push({ kind: 'missing-root' });
  if (roots.length > 1) findings.push({ kind: 'several-roots', spans: roots });
  for (const orphan of orphans) findings.push({ kind: 'orphan', ...orphan });
  for (const spans of cycles) findings.push({ kind: 'cycle', spans });
  for (const spans of spansById.shared.values()) {
    if (!areTwoSides(outline, spans)) {
      findings.push({ kind: 'duplicate-id', spanId: outline.spanIds[spans[0] as number] as string, spans });
    }
  }
  return { parents, ...layOut(parents), roots, orphans, findings };
}

/** Returns the same tree with siblings in another order of start. */
export function sortTree(tree: TraceTree, byStart: Int32Array): TraceTree {
  const places = new Int32Array(byStart.length);
  byStart.forEach((span, place) => {
    places[span] = place;
  });
  const inOrder = (spans: readonly number[]): readonly number[] =>
    spans.toSorted((one, other) => (places[one] as number) - (places[other] as number));
  return {
    ...tree,
    ...layOut(tree.parents, byStart),
    roots: inOrder(tree.roots),
    orphans: tree.orphans.map(({ parentSpanId, spans }) => ({ parentSpanId, spans: inOrder(spans) })),
  };
}

interface SpansById {
  readonly first: ReadonlyMap<string, number>;
  /** All spans of each id that occurs more than once. */
  readonly shared: ReadonlyMap<string, number[]>;
}

function groupById(spanIds: readonly string[]): SpansById {
  const first = new Map<string, number>();
  const shared = new Map<string, number[]>();
  for (let span = 0; span < spanIds.length; span++) {
    const id = spanIds[span] as string;
    const other = first.get(id);
    if (other === undefined) first.set(id, span);
    else {
      const spans = shared.get(id);
      if (spans === undefined) shared.set(id, [other, span]);
      else spans.push(span);
    }
  }
  return { first, shared };
}

function findParents(outline: TraceOutline, { first, shared }: SpansById): Int32Array {
  const { spanIds, parentSpanIds } = outline;
  const parents = new Int32Array(spanIds.length).fill(-1);
  for (let span = 0; span < parents.length; span++) {
    const parentId = parentSpanIds[span] as string;
    if (parentId === '') continue;
    const candidates = shared.get(parentId);
    parents[span] = candidates === undefined ? (first.get(parentId) ?? -1) : chooseParent(outline, candidates, span);
  }
  for (const spans of shared.values()) {
    // The server's side of a call is below the client's side. Both name the same parent, or the server names none.
    const [client, server] = sidesOf(outline, spans);
    if (client !== undefined && server !== undefined) parents[server] = client;
  }
  return parents;
}

/**
 * Among spans with the same id, the parent is the one of the same service; else the server's side, which makes the
 * calls that follow.
 */
function chooseParent(outline: TraceOutline, candidates: readonly number[], child: number): number {
  const { serviceOf } = outline;
  const others = candidates.filter((candidate) => candidate !== child);
  const ofService = others.filter((candidate) => serviceOf[candidate] === serviceOf[child]);
  const [, server] = sidesOf(outline, candidates);
  if (server !== undefined && server !== child && (ofService.length === 0 || ofService.includes(server))) return server;
  return ofService[0] ?? others[0] ?? child;
}

const [clientKind, serverKind] = [spanKinds.indexOf('client'), spanKinds.indexOf('server')];

/** In Zipkin, both sides of a call have one id. @see https://github.com/openzipkin/b3-propagation#why-is-parentspanid-propagated */
function sidesOf(
  { kindOf }: TraceOutline,
  spans: readonly number[],
): readonly [client: number | undefined, server: number | undefined] {
  if (spans.length !== 2) return [undefined, undefined];
  return [spans.find((span) => kindOf[span] === clientKind), spans.find((span) => kindOf[span] === serverKind)];
}

function areTwoSides(outline: TraceOutline, spans: readonly number[]): boolean {
  return !sidesOf(outline, spans).includes(undefined);
}

function findTops({ parentSpanIds }: TraceOutline, parents: Int32Array): Pick<TraceTree, 'roots' | 'orphans'> {
  const roots: number[] = [];
  const orphans = new Map<string, number[]>();
  for (let span = 0; span < parents.length; span++) {
    if (parents[span] !== -1) continue;
    const parentId = parentSpanIds[span] as string;
    if (parentId === '') roots.push(span);
    else {
      const spans = orphans.get(parentId);
      if (spans === undefined) orphans.set(parentId, [span]);
      else spans.push(span);
    }
  }
  return { roots, orphans: Array.from(orphans, ([parentSpanId, spans]) => ({ parentSpanId, spans })) };
}

/** Makes the earliest span of each circle a top span. Changes `parents`, and returns the circles. */
function cutCycles(parents: Int32Array): number[][] {
  const cycles: number[][] = [];
  /** The number of the walk that visited the span first; 0 for none. */
  const walkOf = new Int32Array(parents.length);
  for (let start = 0; start < parents.length; start++) {
    let span = start;
    while (span !== -1 && walkOf[span] === 0) {
      walkOf[span] = start + 1;
      span = parents[span] as number;
    }
    if (span === -1 || walkOf[span] !== start + 1) continue;
    const cycle: number[] = [];
    for (let at = span; cycle.length === 0 || at !== span; at = parents[at] as number) cycle.push(at);
    let earliest = span;
    for (const at of cycle) if (at < earliest) earliest = at;
    parents[earliest] = -1;
    cycles.push(cycle.sort((one, other) => one - other));
  }
  return cycles;
}

type Layout = Pick<TraceTree, 'order' | 'depths' | 'subtreeEnds' | 'firstChildren' | 'nextSiblings' | 'childCounts'>;

/**
 * Works without recursion: a trace may be as deep as it is long.
 *
 * @param byStart Spans in order of start. Default: the order of the outline.
 */
function layOut(parents: Int32Array, byStart?: Int32Array): Layout {
  const count = parents.length;
  const firstChildren = new Int32Array(count).fill(-1);
  const nextSiblings = new Int32Array(count).fill(-1);
  const childCounts = new Int32Array(count);
  let firstTop = -1;
  // From the last to the first, so that lists are ordered by start.
  for (let place = count - 1; place >= 0; place--) {
    const span = byStart === undefined ? place : (byStart[place] as number);
    const parent = parents[span] as number;
    if (parent === -1) {
      nextSiblings[span] = firstTop;
      firstTop = span;
    } else {
      nextSiblings[span] = firstChildren[parent] as number;
      firstChildren[parent] = span;
      childCounts[parent] = (childCounts[parent] as number) + 1;
    }
  }

  const order = new Int32Array(count);
  const depths = new Int32Array(count);
  const subtreeEnds = new Int32Array(count);
  /** Rows with descendants that are being visited. */
  const above = new Int32Array(count);
  let depth = 0;
  let row = 0;
  for (let span = firstTop; span !== -1; row++) {
    order[row] = span;
    depths[row] = depth;
    if (firstChildren[span] !== -1) {
      above[depth++] = row;
      span = firstChildren[span] as number;
      continue;
    }
    subtreeEnds[row] = row + 1;
    let next = nextSiblings[span] as number;
    while (next === -1 && depth > 0) {
      const closed = above[--depth] as number;
      subtreeEnds[closed] = row + 1;
      next = nextSiblings[order[closed] as number] as number;
    }
    span = next;
  }
  return { order, depths, subtreeEnds, firstChildren, nextSiblings, childCounts };
}
