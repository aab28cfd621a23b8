/** One line of a trace list, made of the trace's spans. */
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { msBetween, nanoToUnixMs } from '../../model/time.ts';

/** @param spans Of one trace, in order of start; at least one. */
export function summariseTrace(spans: readonly Span[]): TraceSummary {
  const [earliest] = spans as readonly [Span, ...Span[]];
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined);
  const { traceId, resource, name } = root ?? earliest;
  const firstNano = earliest.startTimeUnixNano;
  const services = new Map<string, { name: string; spanCount: number; errorCount: number }>();
  let durationMs = 0;
  let errorCount = 0;
  for (const span of spans) {
    const { serviceName } = span.resource;
    let service = services.get(serviceName);
    if (service === undefined) {
      service = { name: serviceName, spanCount: 0, errorCount: 0 };
      services.set(serviceName, service);
    }
    service.spanCount++;
    if (hasFailed(span)) {
      service.errorCount++;
      errorCount++;
    }
    durationMs = Math.max(
      durationMs,
      msBetween(firstNano, span.startTimeUnixNano),
      msBetween(firstNano, span.endTimeUnixNano),
    );
  }
  return {
    traceId,
    serviceName: resource.serviceName,
    name,
    hasRoot: root !== undefined,
    startMs: nanoToUnixMs(firstNano),
    durationMs,
    spanCount: spans.length,
    errorCount,
    services: [...services.values()],
  };
}

export function hasFailed({ status }: Span): boolean {
  return status?.code === 'error';
}
