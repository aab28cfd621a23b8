// Reads what dd-trace and Sentry export.
import { decode } from '@msgpack/msgpack';
import type { ExportedSpan, ReadSpans, SpanKind } from '../../tests/libraries/right-parents/exported-spans.ts';

interface DatadogSpan {
  readonly trace_id: bigint;
  readonly span_id: bigint;
  readonly parent_id: bigint;
  readonly name: string;
  readonly resource: string;
  readonly error: number | bigint;
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The agent's protocol 0.4: msgpack, an array of traces, each an array of spans. */
export const readDatadogSpans: ReadSpans = (path, body) => {
  if (path !== '/v0.4/traces') return [];
  const traces = decode(body, { useBigInt64: true }) as readonly (readonly DatadogSpan[])[];
  return traces.flat().map((span) => ({
    traceId: String(span.trace_id),
    spanId: String(span.span_id),
    parentSpanId: String(span.parent_id),
    name: span.name,
    kind: span.meta['span.kind'] as SpanKind | undefined, // the same words
    isError: Number(span.error) === 1,
    values: { resource: span.resource, ...span.meta, ...span.metrics },
  }));
};

interface SentrySpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly name: string;
  readonly status: string;
  readonly attributes: Readonly<Record<string, { readonly value: unknown }>>;
}

/** An envelope: lines of JSON, of which the first is a header, followed by a header and a payload for each item. */
export const readSentrySpans: ReadSpans = (_path, body) => {
  const lines = body.toString().split('\n').filter(Boolean).slice(1);
  const spans: ExportedSpan[] = [];
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const { type } = JSON.parse(lines[index] ?? '') as { readonly type?: string };
    if (type !== 'span') continue;
    const { items } = JSON.parse(lines[index + 1] ?? '') as { readonly items: readonly SentrySpan[] };
    spans.push(...items.map(readSentrySpan));
  }
  return spans;
};

function readSentrySpan({ attributes, ...span }: SentrySpan): ExportedSpan {
  return {
    traceId: span.trace_id,
    spanId: span.span_id,
    parentSpanId: span.parent_span_id,
    name: span.name,
    kind: attributes['sentry.kind']?.value as SpanKind | undefined, // OpenTelemetry's words
    isError: span.status !== 'ok',
    values: Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value])),
  };
}
