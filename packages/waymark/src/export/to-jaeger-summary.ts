/**
 * Converts a trace to the summary of Jaeger's API, version 3, which its list of traces shows.
 *
 * @see https://github.com/jaegertracing/jaeger-idl/blob/main/proto/api_v3/query_service.proto, TraceSummary
 */
import type { Span } from '../model/span.ts';

/** Has the form of protobuf's JSON: fields that are 0 or empty are left out, and a 64-bit number is a string. */
export interface JaegerTraceSummary {
  readonly traceId: string;
  readonly rootServiceName?: string;
  readonly rootOperationName?: string;
  readonly minStartTimeUnixNano: string;
  readonly maxEndTimeUnixNano: string;
  readonly spanCount: number;
  readonly errorSpanCount?: number;
  /** Spans with a parent that is not in the trace. */
  readonly orphanSpanCount?: number;
  /** Sorted by name. */
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorSpanCount?: number }[];
}

/** @param spans The spans of one trace; at least one. */
export function toJaegerSummary(traceId: string, spans: readonly Span[]): JaegerTraceSummary {
  const spanIds = new Set(spans.map(({ spanId }) => spanId));
  const services = new Map<string, { name: string; spanCount: number; errorSpanCount: number }>();
  let root: Span | undefined;
  let errorSpanCount = 0;
  let orphanSpanCount = 0;
  let min: bigint | undefined;
  let max = 0n;
  for (const span of spans) {
    const { parentSpanId, startTimeUnixNano, endTimeUnixNano, status } = span;
    const name = span.resource.serviceName;
    const service = services.get(name) ?? { name, spanCount: 0, errorSpanCount: 0 };
    services.set(name, service);
    service.spanCount++;
    if (status?.code === 'error') {
      service.errorSpanCount++;
      errorSpanCount++;
    }
    const start = BigInt(startTimeUnixNano);
    if (min === undefined || start < min) min = start;
    const end = BigInt(endTimeUnixNano);
    if (end > max) max = end;
    if (parentSpanId === undefined) {
      if (root === undefined || start < BigInt(root.startTimeUnixNano)) root = span;
    } else if (!spanIds.has(parentSpanId)) orphanSpanCount++;
  }
  return {
    traceId,
    ...(root !== undefined && { rootServiceName: root.resource.serviceName }),
    ...(root !== undefined && root.name !== '' && { rootOperationName: root.name }),
    minStartTimeUnixNano: String(min ?? 0n),
    maxEndTimeUnixNano: String(max),
    spanCount: spans.length,
    ...(errorSpanCount > 0 && { errorSpanCount }),
    ...(orphanSpanCount > 0 && { orphanSpanCount }),
    services: [...services.values()]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, spanCount, errorSpanCount }) => ({
        name,
        spanCount,
        ...(errorSpanCount > 0 && { errorSpanCount }),
      })),
  };
}
