/**
 * Which traces make room for newer ones: the oldest of whichever service has the most spans, so that a noisy one does not push
 * out the others; of these, those without errors first.
 */
import type { TraceSummary } from '../api/types.ts';

export interface Candidate {
  readonly byteCount: number;
  readonly summary: Pick<TraceSummary, 'serviceName' | 'startMs' | 'spanCount' | 'errorCount'>;
}

export function chooseEvicted<Trace extends Candidate>(
  traces: readonly Trace[],
  surplus: { readonly spans: number; readonly bytes: number },
): readonly Trace[] {
  const services = new Map<string, { plain: Trace[]; failed: Trace[]; spanCount: number }>();
  for (const trace of traces) {
    const { serviceName, errorCount, spanCount } = trace.summary;
    const service = services.get(serviceName) ?? { plain: [], failed: [], spanCount: 0 };
    services.set(serviceName, service);
    (errorCount > 0 ? service.failed : service.plain).push(trace);
    service.spanCount += spanCount;
  }
  // The oldest last, where it is cheap to take.
  const byAge = (one: Trace, other: Trace): number => other.summary.startMs - one.summary.startMs;
  for (const { plain, failed } of services.values()) {
    plain.sort(byAge);
    failed.sort(byAge);
  }
  const chosen: Trace[] = [];
  let { spans, bytes } = surplus;
  while (spans > 0 || bytes > 0) {
    let largest: { plain: Trace[]; failed: Trace[]; spanCount: number } | undefined;
    for (const service of services.values()) {
      if (service.spanCount > (largest?.spanCount ?? 0)) largest = service;
    }
    const trace = largest?.plain.pop() ?? largest?.failed.pop();
    if (largest === undefined || trace === undefined) break;
    chosen.push(trace);
    largest.spanCount -= trace.summary.spanCount;
    spans -= trace.summary.spanCount;
    bytes -= trace.byteCount;
  }
  return chosen;
}
