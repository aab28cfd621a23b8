/** An ended span as plain data. */
import type { AttributeValue } from './attribute-value.ts';
import { attributesToObject } from './attributes.ts';
import type { InstrumentationScope } from './instrumentation-scope.ts';
import type { ReadableSpan, SpanEventData, SpanLinkData } from './readable-span.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { Resource } from './resource.ts';
import type { SpanStatus } from './span.ts';
import type { SpanKind } from './span-kind.ts';

/** A span's data, for exporters that keep it, and for tests. */
export interface SpanData {
  /** The last name that the span had. */
  readonly name: string;
  /** `internal` unless it was set. */
  readonly kind: SpanKind;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Absent for a root. */
  readonly parentSpanId?: string;
  /** Whether the parent is a span of another process. */
  readonly parentIsRemote: boolean;
  /** The tracestate header; absent if empty. */
  readonly traceState?: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Unix milliseconds. */
  readonly endMs: number;
  /** By key, in the order in which they were first set. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** In the order in which they were added. */
  readonly events: readonly SpanEventData[];
  /** In the order in which they were added. */
  readonly links: readonly SpanLinkData[];
  /** `{ code: 'unset' }` unless it was set. */
  readonly status: SpanStatus;
  /** The service and the process that made the span. */
  readonly resource: Resource;
  /** Which code made the span. */
  readonly scope: InstrumentationScope;
  /** Attributes beyond the limit. */
  readonly droppedAttributesCount: number;
  /** Events beyond the limit. */
  readonly droppedEventsCount: number;
  /** Links beyond the limit. */
  readonly droppedLinksCount: number;
}

/** Copies a span's data. Call it inside an exporter's `export()`, or in a hook: later the span has no data. */
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
    scope: span.scope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}
