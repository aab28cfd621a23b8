/** An ended span as plain data. */
import { type AttributeValue, attributesToObject } from './attributes.ts';
import type { ReadableSpan } from './readable-span.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { Resource } from './resource.ts';
import type { SpanStatus } from './span.ts';
import type { SpanKind } from './span-kind.ts';

/** A span's data, for exporters that keep it, and for tests. */
export interface SpanData {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent for a root. */
  readonly parentSpanId?: string;
  readonly parentIsRemote: boolean;
  /** The tracestate header; absent if empty. */
  readonly traceState?: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Unix milliseconds. */
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly events: readonly SpanEventData[];
  readonly links: readonly SpanLinkData[];
  readonly status: SpanStatus;
  readonly resource: Resource;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

export interface SpanEventData {
  readonly name: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface SpanLinkData {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Copies a span's data. Call it inside an exporter's `export()`, or in `onEnding`: later the span has no data. */
export function readSpan(readable: ReadableSpan): SpanData {
  const span = readable as RecordingSpan; // no other class implements it
  const { parentSpanId, trace, statusMessage } = span;
  const traceState = trace.traceState?.serialize();
  return {
    name: span.name,
    kind: span.kind,
    traceId: trace.traceId,
    spanId: span.spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    parentIsRemote: span.parentIsRemote,
    ...(traceState && { traceState }),
    startMs: span.startMs,
    endMs: span.endMs ?? span.startMs,
    attributes: attributesToObject(span.attributes),
    events: (span.events ?? []).map(({ name, timeMs, attributes }) => ({
      name,
      timeMs,
      attributes: attributesToObject(attributes),
    })),
    links: (span.links ?? []).map(({ context, attributes }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: attributesToObject(attributes),
    })),
    status: { code: span.statusCode, ...(statusMessage !== undefined && { message: statusMessage }) },
    resource: span.tracer.resource,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}
