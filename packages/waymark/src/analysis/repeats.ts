/** Equal siblings: the same call again and again, one after the other or at the same time. */
import { spanKinds, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import type { Repeat } from './trace-analysis.ts';
import type { TraceTree } from './trace-tree.ts';

/** Fewer are read as quickly as a line about them; two or three equal calls are seldom a loop over data. */
const fewestRepeats = 5;

/** Parts of the whole that may overlap by chance, where one call begins before the reply of the last is read. */
const overlapOfSequence = 0.2;

/** Largest first, by the time that they cover. */
export function findRepeats(outline: TraceOutline, tree: TraceTree): readonly Repeat[] {
  const { parents, childCounts, firstChildren, nextSiblings, orphans } = tree;
  const calls = findCalls(outline, tree);
  const repeats: Repeat[] = [];
  for (let parent = 0; parent < parents.length; parent++) {
    if ((childCounts[parent] as number) < fewestRepeats) continue;
    const children: number[] = [];
    for (let child = firstChildren[parent] as number; child !== -1; child = nextSiblings[child] as number) {
      children.push(child);
    }
    addRepeats(outline, parent, children, calls, repeats);
  }
  for (const { spans } of orphans) addRepeats(outline, -1, spans, calls, repeats);
  return repeats.sort((one, other) => other.coveredMs - one.coveredMs);
}

/**
 * What to do about it, in a sentence.
 *
 * @example '48 calls one after the other take 212 ms. One call for all of them would spare about 207 ms.'
 */
export function adviseOnRepeat({ spans, coveredMs, isParallel, isNPlusOne }: Repeat): string {
  const count = spans.length;
  const took = formatMs(coveredMs);
  if (!isNPlusOne) return `${count} equal spans ${isParallel ? 'side by side' : 'one after the other'} take ${took}.`;
  return (
    `${count} calls one after the other take ${took}. ` +
    `One call for all of them would spare about ${formatMs(lostMs({ spans, coveredMs }))}.`
  );
}

/** What one call in place of many would spare, if it took as long as one of them does on average. */
function lostMs({ spans, coveredMs }: Pick<Repeat, 'spans' | 'coveredMs'>): number {
  return coveredMs * (1 - 1 / spans.length);
}

function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function addRepeats(
  outline: TraceOutline,
  parent: number,
  siblings: readonly number[],
  calls: Uint8Array,
  repeats: Repeat[],
): void {
  const bySignature = new Map<number, number[]>();
  for (const span of siblings) {
    const signature = outline.signatureOf[span] as number;
    const spans = bySignature.get(signature);
    if (spans === undefined) bySignature.set(signature, [span]);
    else spans.push(span);
  }
  for (const [signature, spans] of bySignature) {
    if (spans.length < fewestRepeats) continue;
    const { totalMs, coveredMs } = measure(outline, spans);
    const isParallel = totalMs - coveredMs > totalMs * overlapOfSequence;
    const isNPlusOne = !isParallel && spans.every((span) => calls[span] === 1);
    repeats.push({ parent, signature, spans, totalMs, coveredMs, isParallel, isNPlusOne });
  }
}

function measure(outline: TraceOutline, spans: readonly number[]): { totalMs: number; coveredMs: number } {
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
  return { totalMs, coveredMs };
}

const callKinds = [spanKinds.indexOf('client'), spanKinds.indexOf('producer')];

/** Which spans are calls to a database or another service, or steps that contain one. */
function findCalls({ kindOf }: TraceOutline, { order, parents }: TraceTree): Uint8Array {
  const calls = new Uint8Array(order.length);
  for (let row = order.length - 1; row >= 0; row--) {
    const span = order[row] as number;
    if (callKinds.includes(kindOf[span] as number)) calls[span] = 1;
    const parent = parents[span] as number;
    if (calls[span] === 1 && parent !== -1) calls[parent] = 1;
  }
  return calls;
}
