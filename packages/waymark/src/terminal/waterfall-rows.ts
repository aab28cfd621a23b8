/** The rows of a waterfall: spans, equal siblings folded into one row, missing parents, and a row for what is left out. */
import type { Repeat, TraceAnalysis, TraceOutline } from '../analysis/index.ts';

export interface WaterfallRow {
  readonly content:
    | { readonly kind: 'span'; readonly span: number }
    | { readonly kind: 'repeat'; readonly repeat: Repeat }
    | { readonly kind: 'missing-parent'; readonly parentSpanId: string }
    | { readonly kind: 'left-out'; readonly spanCount: number };
  /** The lines of the tree in front of the row, and in front of the errors below it. */
  readonly branch: string;
  readonly continuation: string;
}

interface Node {
  readonly content: WaterfallRow['content'];
  readonly parent: Node | undefined;
  readonly children: Node[];
  /** How many spans the row stands for. */
  readonly spanCount: number;
  /** How important the row is: errors first, then N+1, then time. */
  readonly weight: number;
}

/** @param maxRows With more rows than this, the least important ones are left out, and counted in their place. */
export function waterfallRows(outline: TraceOutline, analysis: TraceAnalysis, maxRows: number): WaterfallRow[] {
  const { tops, nodes } = buildNodes(outline, analysis);
  return layOut(tops, choose(nodes, maxRows));
}

function buildNodes(outline: TraceOutline, analysis: TraceAnalysis): { tops: Node[]; nodes: Node[] } {
  const { order, parents, orphans, repeats } = analysis;
  const origins = new Set(analysis.errorOrigins);
  const repeatOf = new Map<number, Repeat>();
  for (const repeat of repeats) for (const span of repeat.spans) repeatOf.set(span, repeat);
  const nodeOfRepeat = new Map<Repeat, Node>();
  const nodeOfSpan = new Map<number, Node>();
  const nodeOfOrphan = new Map<number, Node>();
  const tops: Node[] = [];
  const missing: Node[] = [];
  const nodes: Node[] = [];

  function add(content: Node['content'], parent: Node | undefined, spanCount: number, weight: number): Node {
    const node: Node = { content, parent, children: [], spanCount, weight };
    if (content.kind === 'missing-parent') missing.push(node);
    else (parent?.children ?? tops).push(node);
    nodes.push(node);
    return node;
  }

  for (const { parentSpanId, spans } of orphans) {
    const node = add({ kind: 'missing-parent', parentSpanId }, undefined, 0, 0);
    for (const span of spans) nodeOfOrphan.set(span, node);
  }
  for (let row = 0; row < order.length; row++) {
    const span = order[row] as number;
    const parent = nodeOfOrphan.get(span) ?? nodeOfSpan.get(parents[span] as number);
    const repeat = repeatOf.get(span);
    if (repeat === undefined) {
      const failure = origins.has(span) ? Number.MAX_VALUE : outline.statusOf[span] === 2 ? 1e9 : 0;
      const lastedMs = (analysis.endMs[span] as number) - (analysis.startMs[span] as number);
      const weight = failure + lastedMs + (analysis.criticalMs[span] as number);
      nodeOfSpan.set(span, add({ kind: 'span', span }, parent, 1, weight));
      continue;
    }
    // The descendants of folded siblings are folded with them.
    const below = (analysis.subtreeEnds[row] as number) - row - 1;
    row += below;
    const node = nodeOfRepeat.get(repeat);
    if (node === undefined) {
      const spanCount = repeat.spans.length;
      const weight = (repeat.isNPlusOne ? 1e9 : 0) + repeat.coveredMs;
      nodeOfRepeat.set(repeat, add({ kind: 'repeat', repeat }, parent, spanCount, weight));
    }
  }
  return { tops: [...tops, ...missing], nodes };
}

/** The most important nodes, each with its ancestors. */
function choose(nodes: readonly Node[], maxRows: number): ReadonlySet<Node> {
  if (nodes.length <= maxRows) return new Set(nodes);
  const chosen = new Set<Node>();
  for (const node of nodes.toSorted((one, other) => other.weight - one.weight)) {
    const path: Node[] = [];
    for (let at: Node | undefined = node; at !== undefined && !chosen.has(at); at = at.parent) path.push(at);
    if (chosen.size + path.length > maxRows) continue;
    for (const step of path) chosen.add(step);
    if (chosen.size >= maxRows) break;
  }
  return chosen;
}

function layOut(tops: readonly Node[], chosen: ReadonlySet<Node>): WaterfallRow[] {
  const rows: WaterfallRow[] = [];
  const stack = withLeftOut(tops, chosen)
    .map((node) => ({ node, branch: '', continuation: '' }))
    .reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, branch, continuation } = next;
    const children = withLeftOut(node.children, chosen);
    const below = extend(continuation, children.length > 0 ? '│ ' : '  ');
    rows.push({ content: node.content, branch, continuation: below });
    const last = children.at(-1);
    for (const child of children.reverse()) {
      stack.push({
        node: child,
        branch: extend(continuation, child === last ? '└─ ' : '├─ '),
        continuation: extend(continuation, child === last ? '   ' : '│  '),
      });
    }
  }
  return rows;
}

/** The chosen nodes, and one node for the rest. */
function withLeftOut(nodes: readonly Node[], chosen: ReadonlySet<Node>): Node[] {
  const kept = nodes.filter((node) => chosen.has(node));
  if (kept.length === nodes.length) return kept;
  let spanCount = 0;
  const rest = nodes.filter((node) => !chosen.has(node));
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    spanCount += node.spanCount;
    for (const child of node.children) rest.push(child);
  }
  const parent = nodes[0]?.parent;
  return [...kept, { content: { kind: 'left-out', spanCount }, parent, children: [], spanCount, weight: 0 }];
}

// Thirteen levels. Deeper rows are indented no further, so that their names have room.
const maxBranchWidth = 39;

function extend(branch: string, end: string): string {
  const whole = `${branch}${end}`;
  return whole.length > maxBranchWidth ? `…${whole.slice(1 - maxBranchWidth)}` : whole;
}
