/**
 * Keeps one line of a trace list up to date while spans of the trace arrive in any order. Each span costs the same,
 * however many there are.
 */
import type { TraceSummary } from '../../api/types.ts';
import { compareNano, msBetween } from '../../model/time.ts';
import type { SpanFacts } from '../span-facts.ts';
import type { TraceFailures } from '../trace-failures.ts';

export interface RunningSummary {
  add(span: SpanFacts): void;
  /** Call it after at least one span. Errors are counted by failure, not by span. */
  read(failures: Pick<TraceFailures, 'count' | 'countOf'>): TraceSummary;
  spanCount(): number;
  /** Milliseconds; at least 0. */
  longestSpanMs(): number;
}

/** The first span in some order. Of spans that start together, the one that arrived first counts. */
type First = Pick<SpanFacts, 'startNano' | 'startMs' | 'serviceName' | 'name'>;

interface ServiceCounts {
  readonly name: string;
  spanCount: number;
  firstNano: string;
  /** The number, in order of arrival, of the span that starts first. */
  firstNumber: number;
}

export function createRunningSummary(traceId: string): RunningSummary {
  const services = new Map<string, ServiceCounts>();
  let earliest: First | undefined;
  let root: First | undefined;
  let lastNano = '0';
  let spanCount = 0;
  let unfinishedCount = 0;
  let longestMs = 0;

  function add(span: SpanFacts): void {
    const { serviceName, startNano, endNano } = span;
    earliest = firstOf(earliest, span);
    if (span.parentSpanId === undefined) root = firstOf(root, span);
    if (compareNano(startNano, lastNano) > 0) lastNano = startNano;
    if (compareNano(endNano, lastNano) > 0) lastNano = endNano;
    if (span.durationMs === undefined) unfinishedCount++;
    else longestMs = Math.max(longestMs, span.durationMs);
    spanCount++;
    let service = services.get(serviceName);
    if (service === undefined) {
      service = { name: serviceName, spanCount: 0, firstNano: startNano, firstNumber: spanCount };
      services.set(serviceName, service);
    } else if (compareNano(startNano, service.firstNano) < 0) {
      service.firstNano = startNano;
      service.firstNumber = spanCount;
    }
    service.spanCount++;
  }

  return {
    add,
    read({ count, countOf }) {
      const first = earliest as First; // the caller has added a span
      const { serviceName, name } = root ?? first;
      return {
        traceId,
        serviceName,
        name,
        hasRoot: root !== undefined,
        startMs: first.startMs,
        durationMs: msBetween(first.startNano, lastNano),
        spanCount,
        errorCount: count(),
        unfinishedCount,
        services: [...services.values()].sort(compareServices).map(({ name: service, spanCount: spans }) => ({
          name: service,
          spanCount: spans,
          errorCount: countOf(service),
        })),
      };
    },
    spanCount: () => spanCount,
    longestSpanMs: () => longestMs,
  };
}

function firstOf(first: First | undefined, { startNano, startMs, serviceName, name }: SpanFacts): First {
  if (first !== undefined && compareNano(first.startNano, startNano) <= 0) return first;
  return { startNano, startMs, serviceName, name };
}

/** Ordered by their first spans. */
function compareServices(one: ServiceCounts, other: ServiceCounts): number {
  return compareNano(one.firstNano, other.firstNano) || one.firstNumber - other.firstNumber;
}
