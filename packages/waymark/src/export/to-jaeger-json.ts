/**
 * Converts spans to the JSON of Jaeger's query API, version 1. OpenTelemetry's fields become the tags that Jaeger
 * itself makes of them.
 *
 * @see https://github.com/jaegertracing/jaeger/blob/main/internal/uimodel/model.go
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/
 */

import { unfinishedWarning } from '../model/jaeger-warning.ts';
import { toTagText } from '../model/plain-value.ts';
import { rootIndexOf } from '../model/root-index.ts';
import type { Attributes, Resource, Span, Value } from '../model/span.ts';
import { isUnfinished } from '../model/span-duration.ts';

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly JaegerTag[] }>>;
  /** Warnings about the trace. Jaeger's page shows warnings of spans, so the root has it, too. */
  readonly warnings: readonly string[] | null;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly flags?: number;
  readonly operationName: string;
  readonly references: readonly {
    readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
    readonly traceID: string;
    readonly spanID: string;
  }[];
  /** Unix microseconds. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

export interface JaegerTag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}

/**
 * @param spans The spans of one trace.
 * @param warning A warning about the whole trace.
 */
export function toJaegerJson(traceId: string, spans: readonly Span[], warning?: string): JaegerTrace {
  const processes = new Map<string, { id: string; resource: Resource }>();
  const root = rootIndexOf(spans);
  const jaegerSpans = spans.map((span, index) => {
    const key = JSON.stringify(span.resource);
    let process = processes.get(key);
    if (process === undefined) {
      process = { id: `p${processes.size + 1}`, resource: span.resource };
      processes.set(key, process);
    }
    const jaegerSpan = toJaegerSpan(span, process.id);
    if (warning === undefined || index !== root) return jaegerSpan;
    return { ...jaegerSpan, warnings: [warning, ...(jaegerSpan.warnings ?? [])] };
  });
  return {
    traceID: traceId,
    spans: jaegerSpans,
    processes: Object.fromEntries(
      [...processes.values()].map(({ id, resource: { serviceName, attributes } }) => [
        id,
        { serviceName, tags: toTags(attributes).filter(({ key }) => key !== 'service.name') },
      ]),
    ),
    warnings: warning === undefined ? null : [warning],
  };
}

function toJaegerSpan(span: Span, processID: string): JaegerSpan {
  const { traceId, spanId, parentSpanId, links = [], events = [], flags } = span;
  const startTime = toMicroseconds(span.startTimeUnixNano);
  return {
    traceID: traceId,
    spanID: spanId,
    ...(flags !== undefined && { flags: flags & 0xff }),
    operationName: span.name,
    references: [
      ...(parentSpanId === undefined ? [] : [{ refType: 'CHILD_OF' as const, traceID: traceId, spanID: parentSpanId }]),
      ...links.map((link) => ({ refType: 'FOLLOWS_FROM' as const, traceID: link.traceId, spanID: link.spanId })),
    ],
    startTime,
    duration: durationOf(span),
    tags: tagsOf(span),
    logs: events.map(({ timeUnixNano, name, attributes = {} }) => ({
      timestamp: toMicroseconds(timeUnixNano),
      fields: [
        ...(name === '' || Object.hasOwn(attributes, 'event') ? [] : [textTag('event', name)]),
        ...toTags(attributes),
      ],
    })),
    processID,
    warnings: isUnfinished(span) ? [unfinishedWarning] : null,
  };
}

/** Each key occurs once: some tags of Zipkin's spans are also fields. */
function tagsOf(span: Span): JaegerTag[] {
  const ofFields = tagsOfFields(span);
  const taken = new Set(ofFields.map(({ key }) => key));
  return [...toTags(span.attributes).filter(({ key }) => !taken.has(key)), ...ofFields];
}

function tagsOfFields({ kind, status, scope, traceState }: Span): JaegerTag[] {
  return [
    ...(scope === undefined || scope.name === '' ? [] : [textTag('otel.scope.name', scope.name)]),
    ...(scope?.version === undefined ? [] : [textTag('otel.scope.version', scope.version)]),
    ...(kind === 'unspecified' ? [] : [textTag('span.kind', kind)]),
    ...(traceState === undefined ? [] : [textTag('w3c.tracestate', traceState)]),
    ...(status === undefined || status.code === 'unset'
      ? []
      : [textTag('otel.status_code', status.code.toUpperCase())]),
    ...(status?.code === 'error' ? [{ key: 'error', type: 'bool', value: true } as const] : []),
    ...(status?.message === undefined ? [] : [textTag('otel.status_description', status.message)]),
  ];
}

function toTags(attributes: Attributes): JaegerTag[] {
  return Object.entries(attributes).map(([key, value]) => toTag(key, value));
}

function toTag(key: string, value: Value): JaegerTag {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'number') return { key, type: Number.isSafeInteger(value) ? 'int64' : 'float64', value };
  if (typeof value === 'object' && value !== null) {
    if ('doubleValue' in value) return { key, type: 'float64', value: value.doubleValue };
    if ('intValue' in value) return { key, type: 'int64', value: value.intValue };
    if ('bytesValue' in value) return { key, type: 'binary', value: value.bytesValue };
  }
  return textTag(key, toTagText(value));
}

function textTag(key: string, value: string): JaegerTag {
  return { key, type: 'string', value };
}

/** Times are cut to microseconds once, as Jaeger does, and not at both ends. */
function durationOf(span: Span): number {
  if (isUnfinished(span)) return 0;
  const { startTimeUnixNano, endTimeUnixNano } = span;
  const nano = BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano);
  return nano > 0n ? Number(nano / 1000n) : 0;
}

function toMicroseconds(nano: string): number {
  return Math.floor(Number(nano.slice(0, -3)));
}
