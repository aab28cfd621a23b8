/** Rate, errors and percentiles of each operation. */
import { durationAt } from '../../analysis/percentiles.ts';
import type { Operation, Operations } from '../../api/types.ts';

/** What is asked of a span here. */
export interface OperationSpan {
  readonly serviceName: string;
  readonly name: string;
  readonly kind: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly hasFailed: boolean;
}

// As many as a sparkline has room for.
const sparkParts = 30;

/** @param spans Those that start in the range. */
export function summariseOperations(spans: Iterable<OperationSpan>, startMs: number, endMs: number): Operations {
  const groups = new Map<string, OperationSpan[]>();
  for (const span of spans) {
    const key = JSON.stringify([span.serviceName, span.name, span.kind]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  const operations = [...groups.values()].map((group) => summarise(group, startMs, endMs));
  return { startMs, endMs, operations: operations.sort((one, other) => other.totalMs - one.totalMs) };
}

function summarise(spans: readonly OperationSpan[], startMs: number, endMs: number): Operation {
  const [{ serviceName, name, kind }] = spans as readonly [OperationSpan, ...OperationSpan[]];
  const parts = Array.from({ length: sparkParts }, () => ({ count: 0, errors: 0, durations: [] as number[] }));
  const durations = new Float64Array(spans.length);
  let totalMs = 0;
  let errorCount = 0;
  spans.forEach((span, index) => {
    durations[index] = span.durationMs;
    totalMs += span.durationMs;
    const part = parts[partOf(span.startMs, startMs, endMs)];
    part?.durations.push(span.durationMs);
    if (part !== undefined) part.count++;
    if (!span.hasFailed) return;
    errorCount++;
    if (part !== undefined) part.errors++;
  });
  durations.sort();
  return {
    serviceName,
    name,
    kind,
    count: spans.length,
    errorCount,
    p50Ms: durationAt(50, durations) ?? 0,
    p95Ms: durationAt(95, durations) ?? 0,
    p99Ms: durationAt(99, durations) ?? 0,
    totalMs,
    spark: {
      counts: parts.map(({ count }) => count),
      errors: parts.map(({ errors }) => errors),
      p95Ms: parts.map((part) => durationAt(95, Float64Array.from(part.durations).sort()) ?? 0),
    },
  };
}

function partOf(atMs: number, startMs: number, endMs: number): number {
  const part = Math.floor(((atMs - startMs) / Math.max(endMs - startMs, 1)) * sparkParts);
  return Math.min(Math.max(part, 0), sparkParts - 1);
}
