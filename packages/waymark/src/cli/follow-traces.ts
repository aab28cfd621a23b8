/** Shows each trace once, shortly after it seems complete, and again if it grows later. */
import type { TraceSummary } from '../api/types.ts';

export interface FollowOptions {
  /** A trace with a root is shown after so long without new spans. Default 300 ms, since services send at different times. */
  readonly quietMs?: number;
  /** A trace without a root is shown after so long. Default 6 s, since SDKs send every 5 s. */
  readonly maxIncompleteMs?: number;
}

export interface TraceFollower {
  /** Called when a trace has grown. */
  add(trace: TraceSummary): void;
  /** Shows all waiting traces now. Resolves when they have been shown. */
  flush(): Promise<void>;
}

interface Waiting {
  trace: TraceSummary;
  readonly sinceMs: number;
  timer: NodeJS.Timeout;
}

/** Limits memory. A trace that grows after so many others were shown counts as new. */
const maxRemembered = 10_000;

/** @param show Gets the number of spans that were shown before, or 0. Calls do not overlap. */
export function followTraces(
  show: (trace: TraceSummary, shownSpanCount: number) => Promise<void>,
  { quietMs = 300, maxIncompleteMs = 6000 }: FollowOptions = {},
): TraceFollower {
  const waiting = new Map<string, Waiting>();
  const shown = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();

  function add(trace: TraceSummary): void {
    const { traceId } = trace;
    if ((shown.get(traceId) ?? 0) >= trace.spanCount) return;
    const before = waiting.get(traceId);
    clearTimeout(before?.timer);
    const sinceMs = before?.sinceMs ?? Date.now();
    const waitMs = trace.hasRoot ? quietMs : Math.max(maxIncompleteMs - (Date.now() - sinceMs), quietMs);
    waiting.set(traceId, { trace, sinceMs, timer: setTimeout(release, waitMs, traceId) });
  }

  function release(traceId: string): void {
    const entry = waiting.get(traceId);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    waiting.delete(traceId);
    const shownSpanCount = shown.get(traceId) ?? 0;
    shown.delete(traceId); // so that it moves to the end, as the newest
    shown.set(traceId, entry.trace.spanCount);
    if (shown.size > maxRemembered)
      for (const oldest of [...shown.keys()].slice(0, maxRemembered / 10)) shown.delete(oldest);
    last = last.then(() => show(entry.trace, shownSpanCount));
  }

  return {
    add,
    async flush() {
      for (const traceId of [...waiting.keys()]) release(traceId);
      await last;
    },
  };
}
