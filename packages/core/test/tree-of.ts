/** Spans as a tree of their names, to compare as a whole. */
import type { SpanData } from '../src/span-data.ts';

/** One line for a span, two spaces deeper than its parent's. Spans whose parent is not among them are roots. In the order of their starts. */
export function treeOf(spans: readonly SpanData[]): string {
  const inOrder = [...spans].sort((one, other) => one.startMs - other.startMs);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const linesOf = (span: SpanData, indent: string): string[] => [
    `${indent}${span.name}\n`,
    ...inOrder
      .filter(({ parentSpanId }) => parentSpanId === span.spanId)
      .flatMap((child) => linesOf(child, `${indent}  `)),
  ];
  return inOrder
    .filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId))
    .flatMap((root) => linesOf(root, ''))
    .join('');
}
