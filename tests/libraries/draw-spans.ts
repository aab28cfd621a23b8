// The spans of a test as lines, which a test compares as a whole.
import type { SpanData } from '@waymark/core/testing';

/**
 * A line for each span, indented below its parent, in the order of their start: the name, `returned_rows`, the code of a failure.
 * Spans outside the trees, whose parent is missing, are marked with `?`.
 */
export function drawSpans(spans: readonly SpanData[]): readonly string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs);
  const below = (parent: string | undefined, depth: number): string[] =>
    sorted
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .flatMap((span) => [`${'  '.repeat(depth)}${drawSpan(span)}`, ...below(span.spanId, depth + 1)]);
  const orphans = sorted.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
  return [...below(undefined, 0), ...orphans.map((span) => `? ${drawSpan(span)}`)];
}

function drawSpan({ name, status, attributes }: SpanData): string {
  const rows = attributes['db.response.returned_rows'];
  const counted = rows === undefined ? name : `${name} (${rows})`;
  return status.code === 'error' ? `${counted} ! ${attributes['error.type'] ?? status.message ?? ''}` : counted;
}
