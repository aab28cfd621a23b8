/** Which span stands for its trace: what is said of the trace is said at it. */
import type { Span } from './span.ts';

/** @returns The first span without a parent, else the first. */
export function rootIndexOf(spans: readonly Span[]): number {
  return Math.max(
    spans.findIndex(({ parentSpanId }) => parentSpanId === undefined),
    0,
  );
}
