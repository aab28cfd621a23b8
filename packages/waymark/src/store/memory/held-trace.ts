/** A trace as the store in memory holds it. */
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { toText } from '../../query/matches.ts';
import { createGrowingTrace, type GrowingTrace } from '../growing-trace.ts';
import type { FailedSpan } from '../trace-failures.ts';

export interface HeldTrace {
  readonly traceId: string;
  /** In order of arrival. */
  readonly number: number;
  /** As they came. */
  readonly spans: Span[];
  readonly growing: GrowingTrace;
  /** Of its failed spans those that are counted: see trace-failures.ts. */
  readonly failed: Set<FailedSpan>;
  byteCount: number;
  summary: TraceSummary;
  /** When it last grew. Its age counts from here: a trace that is imported may be old, and was still wanted now. */
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

/** About what it takes in memory: texts, and what V8 needs around them. */
export function bytesOf({ attributes, events = [], links = [] }: Span): number {
  let bytes = 900 + 300 * links.length;
  for (const key in attributes) bytes += 40 + toText(attributes[key] ?? null).length;
  for (const event of events) {
    bytes += 150;
    for (const key in event.attributes) bytes += 40 + toText(event.attributes[key] ?? null).length;
  }
  return bytes;
}
