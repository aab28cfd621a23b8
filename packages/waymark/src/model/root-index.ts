/** Finds the span that stands for its trace: exports attach to it what concerns the whole trace. */
import type { Span } from './span.ts';

/** @returns The index of the first span without a parent, else 0. */
export function rootIndexOf(spans: readonly Span[]): number {
  return Math.max(
    spans.findIndex(({ parentSpanId }) => parentSpanId === undefined),
    0,
  );
}
