/** A span of ours as `ReadableSpan` of OpenTelemetry's SDK: for its exporters and processors. */
import { isUint8Array } from 'node:util/types';
import type { AttributeValue } from '../attribute-value.ts';
import { type AttributeList, keyAt, valueAt } from '../attributes.ts';
import type {
  HrTime,
  OpenTelemetryAttributes,
  OpenTelemetryAttributeValue,
  OpenTelemetryInstrumentationScope,
  OpenTelemetryReadableSpan,
  OpenTelemetryResource,
  OpenTelemetrySpanContext,
} from '../open-telemetry-types.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { StatusCode } from '../span.ts';
import { randomFlag, type SpanContext, sampledFlag } from '../span-context.ts';
import type { SpanKind } from '../span-kind.ts';

// Those of @opentelemetry/api. OTLP counts kinds from 1.
const kindNumbers: Readonly<Record<SpanKind, number>> = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 };
const statusNumbers: Readonly<Record<StatusCode, number>> = { unset: 0, ok: 1, error: 2 };

/**
 * A copy of a span's data. Exporters keep it, and the span has no data after `end()`.
 *
 * A span that still runs has the end and the duration that OpenTelemetry's SDK gives it: `[0, 0]` and `[-1, -1]`.
 */
export function toReadableView(span: RecordingSpan): OpenTelemetryReadableSpan {
  const { parentSpanId, endMs, statusMessage } = span;
  const context = contextView(span);
  const startTime = toHrTime(span.startMs);
  const endTime: HrTime = endMs === undefined ? [0, 0] : toHrTime(endMs);
  const scope = span.scope as OpenTelemetryInstrumentationScope; // `version: undefined` is as good as none
  return {
    name: span.name,
    kind: kindNumbers[span.kind],
    spanContext: () => context,
    ...(parentSpanId !== undefined && { parentSpanContext: parentView(span, parentSpanId), parentSpanId }),
    startTime,
    endTime,
    duration: endMs === undefined ? [-1, -1] : timeBetween(startTime, endTime),
    status: { code: statusNumbers[span.statusCode], ...(statusMessage !== undefined && { message: statusMessage }) },
    attributes: attributesView(span.attributes),
    links: (span.links ?? []).map(({ context, attributes, droppedAttributesCount }) => ({
      context: linkedContextView(context),
      attributes: attributesView(attributes),
      droppedAttributesCount,
    })),
    events: (span.events ?? []).map(({ name, timeMs, attributes, droppedAttributesCount }) => ({
      name,
      time: toHrTime(timeMs),
      attributes: attributesView(attributes),
      droppedAttributesCount,
    })),
    ended: endMs !== undefined,
    resource: resourceView(span.tracer.resource),
    instrumentationScope: scope,
    instrumentationLibrary: scope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

/** The identity of a span. */
export function contextView({ trace, spanId }: RecordingSpan): OpenTelemetrySpanContext {
  return {
    traceId: trace.traceId,
    spanId,
    traceFlags: sampledFlag | (trace.isRandom ? randomFlag : 0),
    ...(trace.traceState && { traceState: trace.traceState }),
    isRemote: false,
  };
}

function parentView({ trace, parentIsRemote }: RecordingSpan, spanId: string): OpenTelemetrySpanContext {
  // A parent in this process is sampled. A caller may have declined the trace.
  const isSampled = !parentIsRemote || trace.caller?.isSampled !== false;
  return {
    traceId: trace.traceId,
    spanId,
    traceFlags: (isSampled ? sampledFlag : 0) | (trace.isRandom ? randomFlag : 0),
    ...(trace.traceState && { traceState: trace.traceState }),
    isRemote: parentIsRemote,
  };
}

function linkedContextView({
  traceId,
  spanId,
  traceFlags,
  traceState,
  isRemote,
}: SpanContext): OpenTelemetrySpanContext {
  return { traceId, spanId, traceFlags, ...(traceState && { traceState }), isRemote };
}

// 2 ** 63 nanoseconds is in the year 2262. Many receivers read a signed number, and no clock of a span is later.
const latestMs = 9_223_372_036_854;

/** The nearest nanosecond: the one that our own exporters send. */
export function toHrTime(timeMs: number): HrTime {
  const unixMs = timeMs > 0 ? Math.min(timeMs, latestMs) : 0; // a test's clock may read anything
  const wholeMs = Math.floor(unixMs);
  const seconds = Math.floor(wholeMs / 1000);
  const nanoseconds = (wholeMs - seconds * 1000) * 1e6 + Math.round((unixMs - wholeMs) * 1e6);
  return nanoseconds < 1e9 ? [seconds, nanoseconds] : [seconds + 1, nanoseconds - 1e9];
}

function timeBetween([startSeconds, startNanos]: HrTime, [endSeconds, endNanos]: HrTime): HrTime {
  const seconds = endSeconds - startSeconds;
  const nanoseconds = endNanos - startNanos;
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds];
}

/** With the prototype of usual objects: exporters call its methods, as `String(value)` does. */
function attributesView(list: Readonly<AttributeList>): OpenTelemetryAttributes {
  const entries: [string, OpenTelemetryAttributeValue][] = [];
  for (let at = 0; at < list.length; at += 2) entries.push([keyAt(list, at), valueView(valueAt(list, at))]);
  return Object.fromEntries(entries); // `__proto__` becomes a plain key
}

/**
 * A copy: several exporters get values that spans may share. A bigint becomes a string, which has all of its digits. Exporters know no
 * bigint, and `JSON.stringify()` throws for one.
 */
function valueView(value: AttributeValue): OpenTelemetryAttributeValue {
  return copyValue(value) as OpenTelemetryAttributeValue; // the type of API 1.9, which has neither bytes nor objects
}

function copyValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isUint8Array(value)) return Uint8Array.prototype.slice.call(value);
  if (!Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyValue(entry)]));
  }
  // All numbers of a list have one type, so that the list keeps to OpenTelemetry's rule.
  const hasBigint = value.some((element) => typeof element === 'bigint');
  return value.map((element: unknown) =>
    hasBigint && typeof element === 'number' ? String(element) : copyValue(element),
  );
}

const resourceViews = new WeakMap<Resource, OpenTelemetryResource>();

/** One object for each resource: exporters group spans by it. */
function resourceView(resource: Resource): OpenTelemetryResource {
  let view = resourceViews.get(resource);
  if (view === undefined) {
    const entries = Object.entries(resource.attributes).map(([key, value]) => [key, valueView(value)]);
    view = toResource(Object.fromEntries(entries));
    resourceViews.set(resource, view);
  }
  return view;
}

function toResource(attributes: OpenTelemetryAttributes): OpenTelemetryResource {
  return {
    attributes,
    asyncAttributesPending: false,
    waitForAsyncAttributes: () => Promise.resolve(),
    merge: (other) => toResource({ ...attributes, ...other?.attributes }),
    getRawAttributes: () => Object.entries(attributes),
  };
}
