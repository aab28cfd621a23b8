/** OTLP's numbers for kinds, status codes, flags and times, the same in both encodings. */

import type { RecordingSpan } from '../recording-span.ts';
import type { StatusCode } from '../span.ts';
import { randomFlag, type SpanContext, sampledFlag } from '../span-context.ts';
import type { SpanKind } from '../span-kind.ts';

export const spanKinds: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};

export const statusCodes: Readonly<Record<StatusCode, number>> = { unset: 0, ok: 1, error: 2 };

// trace.proto, SpanFlags: the low 8 bits are the W3C flags; two more bits say whether the parent is remote.
const hasIsRemote = 0x100;
export const isRemote = 0x200;

export function spanFlagsOf(span: RecordingSpan): number {
  return sampledFlag | (span.trace.isRandom ? randomFlag : 0) | hasIsRemote | (span.parentIsRemote ? isRemote : 0);
}

export function linkFlagsOf(context: SpanContext): number {
  return (context.traceFlags & 0xff) | hasIsRemote | (context.isRemote ? isRemote : 0);
}

// 2 ** 63 nanoseconds is in the year 2262: many receivers read a signed number.
const latestMs = 9_223_372_036_854;

/** Limits a Unix time in milliseconds to what the wire can hold, as a clock or a caller may give any number. */
export function clampTime(timeMs: number): number {
  return timeMs > 0 ? Math.min(timeMs, latestMs) : 0; // NaN is not above 0
}
