/**
 * Estimates how much shorter a trace would be if some of its spans took less time. Each span is taken to start as long
 * after its predecessors as it did: after the siblings that had ended when it started. A parent is taken to end as long
 * after the last child that it waited for as it did. If several causes are possible, the one that saves less is used,
 * so that the estimate is not too high.
 */
import { overlapOf } from './critical-path.ts';
import { spanKinds, type TraceOutline } from './outline.ts';
import { isOutlived } from './outlives-parent.ts';
import { endOf } from './span-end.ts';
import type { TraceTree } from './trace-tree.ts';

/** @param savedMs For the children of `parent`: how much less time each takes; may be negative. */
export type ShorterBy = (parent: number, savedMs: ReadonlyMap<number, number>) => number;

export interface WhatIf {
  /** Milliseconds by which the trace would end earlier; 0 if it would not, or if that is not known. */
  readonly shorterBy: ShorterBy;
  /** Milliseconds by which one span would be shorter without some of the spans below it. */
  savedIn(span: number, isRemoved: (span: number) => boolean): number;
}

// If very many spans may end late, only the latest are examined. The rest is taken to end with the earliest of these.
const maxLateSpans = 200;

/**
 * A span that its clock shows as slightly longer than its parent, or whose end was recorded late, still ended before
 * its parent.
 */
const lateEndMs = 1;

export function createWhatIf(outline: TraceOutline, tree: TraceTree): WhatIf {
  const { startMs } = outline;
  const { parents, firstChildren, nextSiblings } = tree;
  const shiftMs = new Float64Array(parents.length);
  const ends = findEnds(outline, tree);

  function childrenOf(span: number): number[] {
    const children: number[] = [];
    for (let child = firstChildren[span] as number; child !== -1; child = nextSiblings[child] as number)
      children.push(child);
    return children;
  }

  /** Sets `shiftMs` of the children: how much earlier each of them starts. Returns how much shorter the parent is. */
  function schedule(parent: number, savedMs: ReadonlyMap<number, number>): number {
    const children = childrenOf(parent);
    const byEnd = children
      .map((child, position) => ({ child, position, endMs: endOf(outline, child) - overlapOf(outline, child) }))
      .sort((one, other) => one.endMs - other.endMs || one.position - other.position);
    let ended = 0;
    let latestMs = Number.NEGATIVE_INFINITY;
    let newLatestMs = Number.NEGATIVE_INFINITY;
    for (const [position, child] of children.entries()) {
      for (let before = byEnd[ended]; before !== undefined; before = byEnd[++ended]) {
        if (before.endMs > (startMs[child] as number) || before.position >= position) break;
        const endMs = endOf(outline, before.child);
        latestMs = Math.max(latestMs, endMs);
        newLatestMs = Math.max(
          newLatestMs,
          endMs - (shiftMs[before.child] as number) - (savedMs.get(before.child) ?? 0),
        );
      }
      shiftMs[child] = ended === 0 ? 0 : latestMs - newLatestMs;
    }
    return savedByParent(parent, children, savedMs);
  }

  function savedByParent(parent: number, children: readonly number[], savedMs: ReadonlyMap<number, number>): number {
    const parentEndMs = endOf(outline, parent);
    let latestMs = Number.NEGATIVE_INFINITY;
    let newLatestMs = Number.NEGATIVE_INFINITY;
    for (const child of children) {
      if (!isWaitedFor(outline, parent, child)) continue;
      const endMs = Math.min(endOf(outline, child), parentEndMs);
      // For a stream that continues after its caller, it is not known what the caller waited for.
      const isWithin = endOf(outline, child) <= parentEndMs + lateEndMs || isByAnotherClock(outline, parent, child);
      const saved = isWithin ? (savedMs.get(child) ?? 0) : Math.min(savedMs.get(child) ?? 0, 0);
      latestMs = Math.max(latestMs, endMs);
      newLatestMs = Math.max(newLatestMs, endMs - (shiftMs[child] as number) - saved);
    }
    return latestMs === Number.NEGATIVE_INFINITY ? 0 : latestMs - newLatestMs;
  }

  function savedIn(span: number, isRemoved: (span: number) => boolean): number {
    const saved = new Map<number, number>();
    for (const child of childrenOf(span)) {
      const ms = isRemoved(child) ? Math.max(outline.durationMs[child] as number, 0) : savedIn(child, isRemoved);
      if (ms !== 0) saved.set(child, ms);
    }
    return saved.size === 0 ? 0 : schedule(span, saved);
  }

  function shorterBy(changed: number, changes: ReadonlyMap<number, number>): number {
    /** Spans that become shorter, from the changed one up, and by how much. */
    const chain = new Map<number, number>();
    let earlierMs: number | undefined;
    let savedMs = changes;
    for (let span = changed; span !== -1; span = parents[span] as number) {
      const saved = schedule(span, savedMs);
      chain.set(span, saved);
      savedMs = new Map([[span, saved]]);
      // The last span starts earlier, or is itself shorter.
      if (earlierMs === undefined && ends.isAboveLast[span] === 1) {
        earlierMs = span === ends.last ? saved : (shiftMs[ends.childTowardsLast(span)] as number);
      }
      if (earlierMs !== undefined ? earlierMs <= 0 : saved <= 0) return 0;
    }
    if (earlierMs === undefined) return 0;
    return boundByOthers(chain, earlierMs);
  }

  /** Another span may then be the last to end. */
  function boundByOthers(chain: ReadonlyMap<number, number>, earlierMs: number): number {
    let boundMs = earlierMs;
    for (const [index, span] of ends.late.entries()) {
      const endMs = endOf(outline, span);
      if (endMs <= ends.lastMs - boundMs) break;
      if (index >= maxLateSpans) return Math.max(ends.lastMs - endMs, 0);
      if (ends.last === span) continue;
      boundMs = Math.min(boundMs, ends.lastMs - endMs + earlierEndOf(span, chain));
    }
    return Math.max(boundMs, 0);
  }

  function earlierEndOf(late: number, chain: ReadonlyMap<number, number>): number {
    const saved = chain.get(late);
    if (saved !== undefined) return saved;
    let child = late;
    for (let depth = 0; depth < maxLateSpans; depth++) {
      const parent = parents[child] as number;
      if (parent === -1) return 0;
      if (chain.has(parent)) return shiftMs[child] as number;
      child = parent;
    }
    return 0;
  }

  return { shorterBy, savedIn };
}

interface Ends {
  /** The span with which the trace ends. */
  readonly last: number;
  readonly lastMs: number;
  /** For each span: whether it is the last one, or above it. */
  readonly isAboveLast: Uint8Array;
  childTowardsLast(span: number): number;
  /** Spans that end after their parent or have none, the latest first. */
  readonly late: readonly number[];
}

function findEnds(outline: TraceOutline, { parents, order }: TraceTree): Ends {
  let last = order[0] ?? -1;
  const late: number[] = [];
  for (const span of order) {
    const endMs = endOf(outline, span);
    if (endMs > endOf(outline, last)) last = span;
    const parent = parents[span] as number;
    if (parent === -1 || endMs > endOf(outline, parent)) late.push(span);
  }
  late.sort((one, other) => endOf(outline, other) - endOf(outline, one));
  const isAboveLast = new Uint8Array(parents.length);
  const towardsLast = new Map<number, number>();
  for (let span = last, below = -1; span !== -1; below = span, span = parents[span] as number) {
    isAboveLast[span] = 1;
    towardsLast.set(span, below);
  }
  return {
    last,
    lastMs: last === -1 ? 0 : endOf(outline, last),
    isAboveLast,
    childTowardsLast: (span) => towardsLast.get(span) ?? -1,
    late,
  };
}

const consumerKind = spanKinds.indexOf('consumer');

function isWaitedFor(outline: TraceOutline, parent: number, child: number): boolean {
  return (
    outline.kindOf[child] !== consumerKind &&
    (outline.startMs[child] as number) <= endOf(outline, parent) &&
    !isOutlived(outline, parent, child)
  );
}

/** The other side of a call. It is not longer than the call, so only its clock puts its end after the call's end. */
function isByAnotherClock(outline: TraceOutline, parent: number, child: number): boolean {
  return (
    outline.serviceOf[parent] !== outline.serviceOf[child] &&
    (outline.durationMs[child] as number) <= (outline.durationMs[parent] as number)
  );
}
