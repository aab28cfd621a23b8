/** Tells of each trace once, a moment after it seems complete; and again if it grows later. */
import type { TraceSummary } from '../api/types.ts';

export interface FollowOptions {
  /** This long without news, and a trace with a root and no gaps is told. Default 300 ms: services send at their own times. */
  readonly quietMs?: number;
  /** What has no root, or misses spans, is told as it is after this. Default 6 s: SDKs send every 5 s. */
  readonly patienceMs?: number;
}

export interface TraceFollower {
  /** A trace has grown. */
  add(trace: TraceSummary): void;
  /** Tells of all that wait, now. Resolves when they have been told. */
  flush(): Promise<void>;
}

interface Waiting {
  trace: TraceSummary;
  readonly sinceMs: number;
  timer: NodeJS.Timeout;
}

/** Only a bound on memory; who grows after this many others is told of as new. */
const maxRemembered = 10_000;

/** @param tell Gets the number of spans that it was told of before, or 0. One after the other. */
export function followTraces(
  tell: (trace: TraceSummary, toldSpanCount: number) => Promise<void>,
  { quietMs = 300, patienceMs = 6000 }: FollowOptions = {},
): TraceFollower {
  const waiting = new Map<string, Waiting>();
  const told = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();

  function add(trace: TraceSummary): void {
    const { traceId } = trace;
    if ((told.get(traceId) ?? 0) >= trace.spanCount) return;
    const before = waiting.get(traceId);
    clearTimeout(before?.timer);
    const sinceMs = before?.sinceMs ?? Date.now();
    const waitMs = trace.hasRoot ? quietMs : Math.max(patienceMs - (Date.now() - sinceMs), quietMs);
    waiting.set(traceId, { trace, sinceMs, timer: setTimeout(release, waitMs, traceId) });
  }

  function release(traceId: string): void {
    const entry = waiting.get(traceId);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    waiting.delete(traceId);
    const toldSpanCount = told.get(traceId) ?? 0;
    told.delete(traceId); // and to the end, as the newest
    told.set(traceId, entry.trace.spanCount);
    if (told.size > maxRemembered)
      for (const oldest of [...told.keys()].slice(0, maxRemembered / 10)) told.delete(oldest);
    last = last.then(() => tell(entry.trace, toldSpanCount));
  }

  return {
    add,
    async flush() {
      for (const traceId of [...waiting.keys()]) release(traceId);
      await last;
    },
  };
}
