/** Some spans of each of some traces, for answers that only help to ask: a bounded number in a bounded time. */
import type { Span } from '../../model/span.ts';

const maxSpans = 50_000;
const maxSpansOfTrace = 2000;

/**
 * @param traces The spans of each trace, in parts, which are read as they are needed.
 * @param maxMs When it ends. At least one trace is there, if there is any.
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
