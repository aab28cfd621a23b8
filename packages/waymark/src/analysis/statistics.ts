/** Sums up the time of a trace by operation: service, kind and name. */
import type { TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import type { TraceAnalysis } from './trace-analysis.ts';

/** What the spans of one operation come to. */
export interface OperationStatistics {
  /** Indexes of the outline. */
  readonly service: number;
  /** Index in the outline's `names`. */
  readonly name: number;
  /** Index in `spanKinds`. */
  readonly kind: number;
  /** Number of spans. */
  readonly count: number;
  /** Those with the status `error`. */
  readonly errorCount: number;
  /** Sum of durations. It is more than the trace took if they overlap. */
  readonly totalMs: number;
  /** Sum of the times in which none of a span's children ran. */
  readonly selfMs: number;
  /** Sum of what they contribute to the critical path. */
  readonly criticalMs: number;
  /** The longest duration. */
  readonly maxMs: number;
  /** The longest duration. */
  readonly slowest: number;
}

/** Ordered by self time, the most first. */
export function statistics(
  outline: TraceOutline,
  { selfMs, criticalMs }: Pick<TraceAnalysis, 'selfMs' | 'criticalMs'>,
): readonly OperationStatistics[] {
  const byKey = new Map<string, { -readonly [Key in keyof OperationStatistics]: OperationStatistics[Key] }>();
  for (let span = 0; span < outline.spanIds.length; span++) {
    const service = outline.serviceOf[span] as number;
    const name = outline.nameOf[span] as number;
    const kind = outline.kindOf[span] as number;
    const durationMs = endOf(outline, span) - (outline.startMs[span] as number);
    const key = `${service} ${kind} ${name}`;
    let row = byKey.get(key);
    if (row === undefined) {
      const none = { count: 0, errorCount: 0, totalMs: 0, selfMs: 0, criticalMs: 0 };
      row = { service, name, kind, ...none, maxMs: durationMs, slowest: span };
      byKey.set(key, row);
    }
    row.count++;
    if (outline.statusOf[span] === 2) row.errorCount++;
    row.totalMs += durationMs;
    row.selfMs += selfMs[span] as number;
    row.criticalMs += criticalMs[span] as number;
    if (durationMs > row.maxMs) {
      row.maxMs = durationMs;
      row.slowest = span;
    }
  }
  return [...byKey.values()].sort((one, other) => other.selfMs - one.selfMs);
}
