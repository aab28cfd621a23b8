/** Keeps the traces that may still grow in memory, until too many others have come. */
import type { TraceSummary } from '../../api/types.ts';
import type { GrowingTrace } from '../growing-trace.ts';
import type { CountedTrace } from './service-counts.ts';

export interface OpenTrace {
  readonly traceId: string;
  readonly tid: number;
  readonly growing: GrowingTrace;
  /** The known terms that the index has of the trace. */
  readonly terms: Set<number>;
  chunkCount: number;
  /** `undefined` until the first of its spans is written. */
  summary: TraceSummary | undefined;
  /** `undefined` until the first of its spans is written. */
  counted: CountedTrace | undefined;
}

export interface OpenTraces {
  get(traceId: string): OpenTrace | undefined;
  /** Marks the trace as the most recently used. */
  keep(trace: OpenTrace): void;
  remove(traceId: string): void;
  clear(): void;
}

interface Pool {
  readonly maxSpans: number;
  /** The least recently used first. */
  readonly traces: Map<string, { readonly trace: OpenTrace; readonly counted: number; readonly usedMs: number }>;
  spanCount: number;
}

// Spans of one request arrive within seconds of each other. They take about 250 bytes each.
const maxSpans = 100_000;

// A large trace is slow to read again, so many small traces must not displace it: large traces have a separate limit.
// It is as high as a store's default.
const largeSpanCount = 5000;
const maxSpansOfLarge = 1_000_000;

// A large trace that has not grown for this long is over.
const maxIdleMs = 600_000;

export function createOpenTraces({ now }: { now(): number }): OpenTraces {
  const small: Pool = { maxSpans, traces: new Map(), spanCount: 0 };
  const large: Pool = { maxSpans: maxSpansOfLarge, traces: new Map(), spanCount: 0 };
  const pools = [small, large];

  function remove(traceId: string): void {
    for (const pool of pools) {
      pool.spanCount -= pool.traces.get(traceId)?.counted ?? 0;
      pool.traces.delete(traceId);
    }
  }

  function closeUnused({ traces, spanCount, maxSpans: most }: Pool): void {
    const oldestMs = now() - maxIdleMs;
    let left = spanCount;
    for (const [traceId, { counted, usedMs }] of traces) {
      if (traces.size === 1 || (left <= most && usedMs >= oldestMs)) return;
      left -= counted;
      remove(traceId);
    }
  }

  return {
    get: (traceId) => (small.traces.get(traceId) ?? large.traces.get(traceId))?.trace,
    keep(trace) {
      remove(trace.traceId);
      const counted = trace.growing.spanCount();
      const pool = counted < largeSpanCount ? small : large;
      pool.traces.set(trace.traceId, { trace, counted, usedMs: now() });
      pool.spanCount += counted;
      for (const one of pools) closeUnused(one);
    },
    remove,
    clear() {
      for (const pool of pools) {
        pool.traces.clear();
        pool.spanCount = 0;
      }
    },
  };
}
