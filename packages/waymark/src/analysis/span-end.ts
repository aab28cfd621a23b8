import type { TraceOutline } from './outline.ts';

/** Milliseconds after the trace's start. A span with a negative duration ends where it starts. */
export function endOf({ startMs, durationMs }: TraceOutline, span: number): number {
  return (startMs[span] as number) + Math.max(durationMs[span] as number, 0);
}
