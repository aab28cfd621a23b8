/** Traces that may still grow: what must be known of their spans is at hand, until too many others have come. */
import type { TraceSummary } from '../../api/types.ts';
import type { SpanFacts } from '../span-facts.ts';

export interface OpenTrace {
  readonly traceId: string;
  readonly tid: number;
  /** In order of start. */
  readonly spans: SpanFacts[];
  /** What each span is counted under in the map. */
  mapSeries: readonly (readonly [SpanFacts, readonly string[]])[];
  /** What is delivered twice is kept once. */
  readonly identities: Set<string>;
  /** Terms that the index has of it. */
  readonly terms: Set<number>;
  chunkCount: number;
  /** `undefined` until the first of its spans is written. */
  summary: TraceSummary | undefined;
}

export interface OpenTraces {
  get(traceId: string): OpenTrace | undefined;
  /** Makes it the last that is let go. */
  keep(trace: OpenTrace): void;
  remove(traceId: string): void;
  clear(): void;
}

// Some 300 bytes each. Spans of one request come within seconds of each other.
const maxSpans = 100_000;

export function createOpenTraces(): OpenTraces {
  /** The longest unused first, with the number of spans that were counted. */
  const traces = new Map<string, { trace: OpenTrace; counted: number }>();
  let spanCount = 0;

  function remove(traceId: string): void {
    spanCount -= traces.get(traceId)?.counted ?? 0;
    traces.delete(traceId);
  }

  return {
    get: (traceId) => traces.get(traceId)?.trace,
    keep(trace) {
      remove(trace.traceId);
      traces.set(trace.traceId, { trace, counted: trace.spans.length });
      spanCount += trace.spans.length;
      for (const [traceId] of traces) {
        if (spanCount <= maxSpans || traces.size === 1) break;
        remove(traceId);
      }
    },
    remove,
    clear() {
      traces.clear();
      spanCount = 0;
    },
  };
}
