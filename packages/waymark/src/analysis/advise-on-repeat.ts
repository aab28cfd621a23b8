/** Describes equal calls in words, for the terminal and the viewer. */
import type { Repeat } from './trace-analysis.ts';

/**
 * Describes a repeat, and how much time one call in its place would save, in one or two sentences.
 *
 * @example '48 calls one after the other take 212 ms. With one call for all the trace would be shorter by about 207 ms.'
 */
export function adviseOnRepeat({
  spans,
  coveredMs,
  totalMs,
  isParallel,
  isNPlusOne,
  callCount,
  shorterByMs,
}: Pick<
  Repeat,
  'spans' | 'coveredMs' | 'totalMs' | 'isParallel' | 'isNPlusOne' | 'callCount' | 'shorterByMs'
>): string {
  const took = isParallel
    ? `in parallel take ${formatMs(coveredMs)}, and ${formatMs(totalMs)} in total`
    : `one after the other take ${formatMs(coveredMs)}`;
  if (!isNPlusOne) return `${spans.length} equal spans ${took}.`;
  const what = callCount === spans.length ? `${callCount} calls` : `${spans.length} spans with ${callCount} calls`;
  return shorterByMs > 0
    ? `${what} ${took}. With one call for all the trace would be shorter by about ${formatMs(shorterByMs)}.`
    : `${what} ${took}. One call could ask for all.`;
}

function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
