/** What must be at hand of a trace while it may still grow: some 200 bytes for each span. */
import type { TraceSummary } from '../api/types.ts';
import { createRunningSummary } from './answers/summarise-trace.ts';
import type { SpanFacts } from './span-facts.ts';
import { createTraceCalls, type NoteSeries } from './trace-calls.ts';
import { createTraceFailures, type TraceFailures } from './trace-failures.ts';

export interface GrowingTrace {
  /**
   * Adds a span, unless it was delivered before.
   *
   * @param note Told of what changes in the map of services.
   * @returns Whether it is new.
   */
  add(span: SpanFacts, note: NoteSeries): boolean;
  /** After at least one span. */
  summary(): TraceSummary;
  spanCount(): number;
  /** Failures since the last call, and those that turned out to be passed on from below. */
  takeFailures: TraceFailures['takeChanges'];
  longestSpanMs(): number;
}

export function createGrowingTrace(traceId: string): GrowingTrace {
  const failures = createTraceFailures();
  const calls = createTraceCalls(failures);
  const summary = createRunningSummary(traceId);
  return {
    add(span, note) {
      if (!calls.add(span, note)) return false;
      summary.add(span);
      return true;
    },
    summary: () => summary.read(failures),
    spanCount: summary.spanCount,
    takeFailures: failures.takeChanges,
    longestSpanMs: summary.longestSpanMs,
  };
}
