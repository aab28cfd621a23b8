/** Finds equal siblings: the same call made repeatedly, one after the other or at the same time. */
import type { CallPurpose } from './call-purpose.ts';
import { distinctCalls } from './distinct-calls.ts';
import { spanKinds, statusCodes, type TraceOutline } from './outline.ts';
import { createWhatIf, type WhatIf } from './shorter-by.ts';
import { endOf } from './span-end.ts';
import type { Repeat } from './trace-analysis.ts';
import type { TraceTree } from './trace-tree.ts';

/** The least size of a finding. Pass 0 for both in tests of an application with a database that answers immediately. */
export interface Significance {
  /** The least number of milliseconds that the calls of an N+1 cover together. Default 2. */
  readonly leastMs?: number;
  /** The least part of the trace's duration that they cover, from 0 to 1. Default 0.01. */
  readonly leastShare?: number;
}

/** Fewer calls are as easy to read as a line about them, and two or three equal calls are seldom a loop over data. */
const fewestRepeats = 5;

/** The part of the time that may overlap by chance: a call may begin before the reply to the last one is read. */
const overlapOfSequence = 0.2;

/** "Shorter by" is worked out only if it may be at least this part of the trace. */
const leastShareToSpare = 0.01;

/** How many spans below a step are searched for calls. Steps may contain steps, and each of them is searched. */
const mostSearchedOfStep = 200;

/** Polling pauses longer than its calls take: at least this many milliseconds on average. */
const leastPollingWaitMs = 10;

type Measured = Pick<Repeat, 'totalMs' | 'coveredMs' | 'isParallel'>;

/** Calls that one call could replace: the spans of a repeat, or calls below its spans. */
interface Calls {
  /** Distinct calls by start, each with the span of the repeat that it is or is below. */
  readonly calls: readonly { readonly call: number; readonly span: number }[];
}

/** Ordered by the time that they cover, the longest first. */
export function findRepeats(
  outline: TraceOutline,
  tree: TraceTree,
  traceMs: number,
  criticalMs: Float64Array,
  { leastMs = 2, leastShare = 0.01 }: Significance,
): readonly Repeat[] {
  const { parents, childCounts, firstChildren, nextSiblings, orphans, order, subtreeEnds } = tree;
  const purposes = effectivePurposes(outline, tree);
  const hasCallBelow = markCallsBelow(tree, purposes);
  const loosely = numberLoosely(outline);
  const rowOf = new Int32Array(order.length);
  const criticalBefore = new Float64Array(order.length + 1);
  order.forEach((span, row) => {
    rowOf[span] = row;
    criticalBefore[row + 1] = (criticalBefore[row] as number) + (criticalMs[span] as number);
  });
  let whatIf: WhatIf | undefined;
  const repeats: Repeat[] = [];

  function addRepeats(parent: number, siblings: readonly number[]): void {
    const bySignature = groupBy(siblings, (span) => outline.signatureOf[span] as number);
    /** Steps with numbers in their names, which may be ids: `load user 17`. */
    const numbered: number[] = [];
    for (const [signature, spans] of bySignature) {
      if (spans.length >= fewestRepeats) repeats.push(toRepeat(parent, spans));
      else if (loosely.isNumbered(signature) && purposes[spans[0] as number] === 'none') {
        for (const span of spans) numbered.push(span);
      }
    }
    if (numbered.length < fewestRepeats) return;
    for (const spans of groupBy(numbered, (span) => loosely.numberOf(outline.signatureOf[span] as number)).values()) {
      if (spans.length < fewestRepeats) continue;
      // They stay separate rows of a waterfall, unless one call could replace theirs.
      const repeat = toRepeat(parent, spans.sort(byStart));
      if (repeat.isNPlusOne) repeats.push(repeat);
    }
  }

  function byStart(one: number, other: number): number {
    return (outline.startMs[one] as number) - (outline.startMs[other] as number);
  }

  function toRepeat(parent: number, spans: readonly number[]): Repeat {
    const measured = measure(outline, spans);
    const found = findCalls(spans);
    const covered =
      found === undefined
        ? undefined
        : measure(
            outline,
            found.calls.map(({ call }) => call),
          );
    const isNPlusOne =
      found !== undefined &&
      covered !== undefined &&
      covered.coveredMs >= Math.max(leastMs, traceMs * leastShare) &&
      !isPolling(outline, spans, measured);
    return {
      parent,
      signature: outline.signatureOf[spans[0] as number] as number,
      spans,
      ...measured,
      isNPlusOne,
      callCount: found?.calls.length ?? 0,
      shorterByMs: isNPlusOne && found !== undefined ? shorterBy(parent, spans, found) : 0,
    };
  }

  /** `undefined` if there are too few calls, or if one call cannot replace them. */
  function findCalls(spans: readonly number[]): Calls | undefined {
    const purpose = purposes[spans[0] as number];
    if (purpose === 'call') {
      const calls = distinctCalls(outline, spans).map((call) => ({ call, span: call }));
      return calls.length >= fewestRepeats && !isScatter(outline, calls) ? { calls } : undefined;
    }
    return purpose === 'none' ? findCallsInSteps(spans) : undefined;
  }

  /**
   * The call on which steps spend the most time, if at least half of them make it. The other steps may find the answer
   * in a cache.
   */
  function findCallsInSteps(steps: readonly number[]): Calls | undefined {
    const bySignature = new Map<number, { call: number; span: number }[]>();
    for (const step of steps) {
      if (hasCallBelow[step] === 0) continue;
      const row = rowOf[step] as number;
      const endRow = Math.min(subtreeEnds[row] as number, row + mostSearchedOfStep);
      const seen = new Set<number>();
      for (let below = row + 1; below < endRow; ) {
        const span = order[below] as number;
        if (purposes[span] === 'none') {
          below++;
          continue;
        }
        below = subtreeEnds[below] as number;
        const signature = outline.signatureOf[span] as number;
        if (purposes[span] !== 'call' || seen.has(signature)) continue;
        seen.add(signature);
        const calls = bySignature.get(signature);
        if (calls === undefined) bySignature.set(signature, [{ call: span, span: step }]);
        else calls.push({ call: span, span: step });
      }
    }
    let most: { call: number; span: number }[] = [];
    let mostMs = -1;
    for (const calls of bySignature.values()) {
      if (calls.length < Math.max(fewestRepeats, steps.length / 2)) continue;
      const ms = calls.reduce((sum, { call }) => sum + Math.max(outline.durationMs[call] as number, 0), 0);
      if (ms <= mostMs) continue;
      most = calls;
      mostMs = ms;
    }
    const spanOf = new Map(most.map(({ call, span }) => [call, span]));
    const sorted = [...spanOf.keys()].sort(byStart);
    const distinct = distinctCalls(
      outline,
      sorted,
      (call) => hasFailed(outline, call) || hasFailed(outline, spanOf.get(call) as number),
    );
    const found = distinct.map((call) => ({ call, span: spanOf.get(call) as number }));
    return found.length < fewestRepeats || isScatter(outline, found) ? undefined : { calls: found };
  }

  /**
   * How much shorter the trace is with one call of average duration in their place: in the place of the first call, or
   * in the step that it delays most.
   */
  function shorterBy(parent: number, spans: readonly number[], { calls }: Calls): number {
    if (parent === -1) return 0;
    let onPathMs = 0;
    for (const span of spans) {
      const row = rowOf[span] as number;
      onPathMs += (criticalBefore[subtreeEnds[row] as number] as number) - (criticalBefore[row] as number);
    }
    if (onPathMs < traceMs * leastShareToSpare) return 0;
    whatIf ??= createWhatIf(outline, tree);
    const removed = new Set(calls.map(({ call }) => call));
    const savedMs = new Map<number, number>();
    for (const { call, span } of calls) {
      const isCall = call === span;
      savedMs.set(
        span,
        isCall ? Math.max(outline.durationMs[call] as number, 0) : whatIf.savedIn(span, (below) => removed.has(below)),
      );
    }
    const [first] = calls as readonly [Calls['calls'][number]]; // there are at least `fewestRepeats`
    let kept = first.span;
    if (first.call !== kept) {
      const newEndOf = (span: number) => endOf(outline, span) - (savedMs.get(span) as number);
      for (const { span } of calls) if (newEndOf(span) > newEndOf(kept)) kept = span;
    }
    const sumMs = calls.reduce((sum, { call }) => sum + Math.max(outline.durationMs[call] as number, 0), 0);
    savedMs.set(kept, (savedMs.get(kept) as number) - sumMs / calls.length);
    return Math.min(whatIf.shorterBy(parent, savedMs), onPathMs);
  }

  for (let parent = 0; parent < parents.length; parent++) {
    if ((childCounts[parent] as number) < fewestRepeats) continue;
    const children: number[] = [];
    for (let child = firstChildren[parent] as number; child !== -1; child = nextSiblings[child] as number) {
      children.push(child);
    }
    addRepeats(parent, children);
  }
  for (const { spans } of orphans) if (spans.length >= fewestRepeats) addRepeats(-1, spans);
  return repeats.sort((one, other) => other.coveredMs - one.coveredMs);
}

function measure(outline: TraceOutline, spans: readonly number[]): Measured {
  let totalMs = 0;
  let coveredMs = 0;
  let upToMs = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    const startMs = outline.startMs[span] as number;
    const endMs = endOf(outline, span);
    totalMs += endMs - startMs;
    coveredMs += Math.max(endMs - Math.max(startMs, upToMs), 0);
    upToMs = Math.max(upToMs, endMs);
  }
  return { totalMs, coveredMs, isParallel: totalMs - coveredMs > totalMs * overlapOfSequence };
}

/** Whether each call goes to another server or database, as with shards: no single one has all the answers. */
function isScatter({ targetOf }: TraceOutline, calls: Calls['calls']): boolean {
  return new Set(calls.map(({ call }) => targetOf[call])).size === calls.length;
}

/** Whether the same request is repeated with long pauses, until it succeeds. */
function isPolling(outline: TraceOutline, spans: readonly number[], { coveredMs, isParallel }: Measured): boolean {
  const [first] = spans as readonly [number];
  const asked = outline.askedOf[first];
  if (isParallel || asked === 0 || spans.some((span) => outline.askedOf[span] !== asked)) return false;
  const allMs = endOf(outline, spans.at(-1) as number) - (outline.startMs[first] as number);
  return allMs - coveredMs > Math.max(coveredMs, leastPollingWaitMs * (spans.length - 1));
}

const callKinds = [spanKinds.indexOf('client'), spanKinds.indexOf('producer')];
const errorStatus = statusCodes.indexOf('error');

function hasFailed({ statusOf }: TraceOutline, span: number): boolean {
  return statusOf[span] === errorStatus;
}

/** A server span stands for the call if the caller's span is missing. */
function effectivePurposes(outline: TraceOutline, { parents }: TraceTree): CallPurpose[] {
  const { signatureOf, purposes, kindOf, serviceOf } = outline;
  return signatureOf.map((signature, span) => {
    const purpose = purposes[signature] as CallPurpose;
    if (purpose !== 'served') return purpose;
    const parent = parents[span] as number;
    if (parent === -1) return outline.parentSpanIds[span] === '' ? 'none' : 'call';
    return callKinds.includes(kindOf[parent] as number) || serviceOf[parent] === serviceOf[span] ? 'none' : 'call';
  });
}

/** Finds the spans that have a call anywhere below them. */
function markCallsBelow({ order, parents }: TraceTree, purposes: readonly CallPurpose[]): Uint8Array {
  const hasCallBelow = new Uint8Array(order.length);
  for (let row = order.length - 1; row >= 0; row--) {
    const span = order[row] as number;
    const parent = parents[span] as number;
    if (parent !== -1 && (purposes[span] === 'call' || hasCallBelow[span] === 1)) hasCallBelow[parent] = 1;
  }
  return hasCallBelow;
}

/** Numbers signatures without regard to the digits in them. */
function numberLoosely({ signatures }: TraceOutline) {
  const numbers = new Map<string, number>();
  const known = new Map<number, number>();
  return {
    isNumbered: (signature: number) => /\d/.test(signatures[signature] as string),
    numberOf(signature: number): number {
      const before = known.get(signature);
      if (before !== undefined) return before;
      // UUIDs and similar ids come first, as their letters differ too.
      const text = (signatures[signature] as string)
        .slice(0, maxLooseLength)
        .replace(/\b(?=[a-z-]*\d)[0-9a-f-]{8,}\b/gi, '?')
        .replace(/\d+/g, '?');
      const number = numbers.get(text) ?? numbers.size;
      numbers.set(text, number);
      known.set(signature, number);
      return number;
    },
  };
}

const maxLooseLength = 300;

function groupBy(spans: readonly number[], keyOf: (span: number) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const span of spans) {
    const key = keyOf(span);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return groups;
}
