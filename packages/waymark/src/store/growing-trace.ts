/** The part of a trace that must be in memory while the trace may still grow: about 200 bytes for each span. */
import type { TraceSummary } from '../api/types.ts';
import { createRunningSummary } from './answers/summarise-trace.ts';
import type { SpanFacts } from './span-facts.ts';
import { createTraceCalls, type NoteSeries } from './trace-calls.ts';
import { createTraceFailures, type TraceFailures } from './trace-failures.ts';

export interface GrowingTrace {
  /**
   * Adds a span, unless it was delivered before.
   *
   * @param note Called for each change in the map of services.
   * @returns Whether the span is new.
   */
  add(span: SpanFacts, note: NoteSeries): boolean;
  /** Call it after at least one span. */
  summary(): TraceSummary;
  spanCount(): number;
  /** The failures since the last call, and the earlier ones that turned out to be passed on from below. */
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
