/** One line of a trace list, made of the trace's spans. */
import type { TraceSummary } from '../../api/types.ts';
import { msBetween } from '../../model/time.ts';
import { compareNano, type SpanFacts } from '../span-facts.ts';

/** @param spans Of one trace, in order of start; at least one. */
export function summariseTrace(traceId: string, spans: readonly SpanFacts[]): TraceSummary {
  const [earliest] = spans as readonly [SpanFacts, ...SpanFacts[]];
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined);
  const { serviceName, name } = root ?? earliest;
  const services = new Map<string, { name: string; spanCount: number; errorCount: number }>();
  let lastNano = earliest.startNano;
  let errorCount = 0;
  let unfinishedCount = 0;
  for (const span of spans) {
    let service = services.get(span.serviceName);
    if (service === undefined) {
      service = { name: span.serviceName, spanCount: 0, errorCount: 0 };
      services.set(span.serviceName, service);
    }
    service.spanCount++;
    if (span.hasFailed) {
      service.errorCount++;
      errorCount++;
    }
    if (span.durationMs === undefined) unfinishedCount++;
    if (compareNano(span.startNano, lastNano) > 0) lastNano = span.startNano;
    if (compareNano(span.endNano, lastNano) > 0) lastNano = span.endNano;
  }
  return {
    traceId,
    serviceName,
    name,
    hasRoot: root !== undefined,
    startMs: earliest.startMs,
    durationMs: msBetween(earliest.startNano, lastNano),
    spanCount: spans.length,
    errorCount,
    unfinishedCount,
    services: [...services.values()],
  };
}
