import type { TraceOutline } from './outline.ts';

/** Milliseconds after the trace's start; a span that claims to have ended before it started ends there. */
export function endOf({ startMs, durationMs }: TraceOutline, span: number): number {
  return (startMs[span] as number) + Math.max(durationMs[span] as number, 0);
}
