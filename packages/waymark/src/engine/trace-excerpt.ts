/** The part of a trace that fits into a budget: its roots, and the spans that start first. */
import { inOrderOfStart } from '../analysis/to-outline.ts';
import type { Span } from '../model/span.ts';
import type { TraceReader } from '../store/trace-store.ts';

export interface Budget {
  readonly maxSpans: number;
  /** Size of the spans as JSON. At least one span is included. */
  readonly maxBytes: number;
}

export interface Excerpt {
  /** In order of start. */
  readonly spans: readonly Span[];
  readonly leftOut: number;
}

// Spans arrive roughly in the order of their ends. From this many times the budget, the spans that start first are chosen.
const lookAhead = 2;

export function readExcerpt(reader: TraceReader, { maxSpans, maxBytes }: Budget): Excerpt {
  const candidates: Span[] = [];
  let bytes = 0;
  let next = 0;
  const take = (spans: readonly Span[]): void => {
    for (const span of spans) {
      candidates.push(span);
      bytes += bytesOf(span);
    }
  };
  for (const part of reader.parts()) {
    take(part.spans);
    ({ next } = part);
    if (candidates.length >= lookAhead * maxSpans || bytes >= lookAhead * maxBytes) break;
  }
  if (candidates.length < reader.spanCount) {
    const last = reader.lastPart();
    if (last.next !== next) take(last.spans);
  }
  const sorted = inOrderOfStart(candidates);
  if (sorted.length <= maxSpans && bytes <= maxBytes) {
    return { spans: sorted, leftOut: Math.max(reader.spanCount - sorted.length, 0) };
  }
  const chosen = new Set<Span>();
  let chosenBytes = 0;
  for (const group of [sorted.filter(isRoot).slice(0, 1), sorted]) {
    for (const span of group) {
      if (chosen.has(span)) continue;
      const size = bytesOf(span);
      if (chosen.size > 0 && (chosen.size >= maxSpans || chosenBytes + size > maxBytes)) break;
      chosen.add(span);
      chosenBytes += size;
    }
  }
  const spans = sorted.filter((span) => chosen.has(span));
  return { spans, leftOut: Math.max(reader.spanCount - spans.length, 0) };
}

function isRoot({ parentSpanId }: Span): boolean {
  return parentSpanId === undefined;
}

function bytesOf(span: Span): number {
  return JSON.stringify(span).length;
}
