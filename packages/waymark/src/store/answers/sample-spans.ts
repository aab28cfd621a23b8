/** Samples spans of some traces, for suggestions: a limited number in a limited time. */
import type { Span } from '../../model/span.ts';

const maxSpans = 50_000;
const maxSpansOfTrace = 2000;

/**
 * @param traces The spans of each trace, in parts. They are read when they are needed.
 * @param maxMs The time limit. The first trace is always there, if there is any.
 */
export function* sampleSpans(traces: Iterable<Iterable<readonly Span[]>>, maxMs: number): Iterable<readonly Span[]> {
  const deadlineMs = performance.now() + maxMs;
  let left = maxSpans;
  for (const parts of traces) {
    const sampled: Span[] = [];
    for (const spans of parts) {
      for (const span of spans.slice(0, maxSpansOfTrace - sampled.length)) sampled.push(span);
      if (sampled.length >= maxSpansOfTrace || performance.now() > deadlineMs) break;
    }
    yield sampled;
    left -= sampled.length;
    if (left <= 0 || performance.now() > deadlineMs) return;
  }
}
