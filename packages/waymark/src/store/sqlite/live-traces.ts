/** Traces that may still grow: their spans are at hand, until nothing has come for a while or there are too many. */
import type { Span } from '../../model/span.ts';

export interface LiveTrace {
  readonly traceId: string;
  tid: number | undefined;
  /** In order of start. */
  spans: readonly Span[];
  /** Keys of the spans: what is delivered twice is kept once. */
  readonly seen: Set<string>;
  touchedMs: number;
}

export interface LiveTraces {
  get(traceId: string): LiveTrace | undefined;
  all(): Iterable<LiveTrace>;
  touch(trace: LiveTrace, grownBy: number, nowMs: number): void;
  settleIdle(nowMs: number): void;
  remove(traceId: string): void;
  clear(): void;
}

// Spans of one request come within seconds of each other.
const idleMs = 10_000;
const maxSpans = 50_000;

/** @param onSettled Told of each trace that is let go. */
export function createLiveTraces(onSettled: (trace: LiveTrace) => void): LiveTraces {
  /** The longest untouched first. */
  const traces = new Map<string, LiveTrace>();
  let spanCount = 0;

  function settleFirst(shouldSettle: (trace: LiveTrace) => boolean): void {
    for (const trace of traces.values()) {
      if (!shouldSettle(trace)) return;
      remove(trace.traceId);
      onSettled(trace);
    }
  }

  function remove(traceId: string): void {
    const trace = traces.get(traceId);
    if (trace === undefined) return;
    traces.delete(traceId);
    spanCount -= trace.spans.length;
  }

  return {
    get: (traceId) => traces.get(traceId),
    all: () => traces.values(),
    touch(trace, grownBy, nowMs) {
      spanCount += traces.delete(trace.traceId) ? grownBy : trace.spans.length;
      trace.touchedMs = nowMs;
      traces.set(trace.traceId, trace);
    },
    settleIdle(nowMs) {
      settleFirst(({ touchedMs }) => touchedMs < nowMs - idleMs || (spanCount > maxSpans && traces.size > 1));
    },
    remove,
    clear() {
      traces.clear();
      spanCount = 0;
    },
  };
}
