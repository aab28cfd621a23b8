/** A trace as the store in memory holds it. */
import type { TraceSummary } from '../../api/types.ts';
import { toPlainText } from '../../model/plain-value.ts';
import type { Span } from '../../model/span.ts';
import { createGrowingTrace, type GrowingTrace } from '../growing-trace.ts';
import type { FailedSpan } from '../trace-failures.ts';

export interface HeldTrace {
  readonly traceId: string;
  /** Traces are numbered in order of arrival. */
  readonly number: number;
  /** In order of arrival. */
  readonly spans: Span[];
  readonly growing: GrowingTrace;
  /** Its failed spans that count as failures: see trace-failures.ts. */
  readonly failed: Set<FailedSpan>;
  byteCount: number;
  summary: TraceSummary;
  /** The time when it last grew. Its age counts from here: an imported trace may be old, but was added just now. */
  addedMs: number;
}

export function createHeldTrace(traceId: string, number: number): HeldTrace {
  return {
    traceId,
    number,
    spans: [],
    growing: createGrowingTrace(traceId),
    failed: new Set(),
    byteCount: 0,
    summary: {
      traceId,
      serviceName: '',
      name: '',
      hasRoot: false,
      startMs: 0,
      durationMs: 0,
      spanCount: 0,
      errorCount: 0,
      unfinishedCount: 0,
      services: [],
    },
    addedMs: 0,
  };
}

/** An estimate of the bytes in memory: strings, and V8's overhead. */
export function bytesOf({ attributes, events = [], links = [] }: Span): number {
  let bytes = 900 + 300 * links.length;
  for (const key in attributes) bytes += 40 + toPlainText(attributes[key] ?? null).length;
  for (const event of events) {
    bytes += 150;
    for (const key in event.attributes) bytes += 40 + toPlainText(event.attributes[key] ?? null).length;
  }
  return bytes;
}
