/**
 * What a span is counted under, besides its trace: its operation, and its part in the map of services. The part changes when
 * its parent or its children come later.
 */
import { measuredMs, type SpanFacts } from './span-facts.ts';
import type { Measurement } from './timeline/timeline.ts';

export type Series =
  | readonly ['operation', service: string, name: string, kind: string]
  /** Requests that a service was asked from outside of it. */
  | readonly ['entry', service: string]
  | readonly ['edge', from: string, to: string]
  /** Calls to what sends no spans. */
  | readonly ['external', name: string];

/** As text, since that is what maps and tables compare. */
export function textOfSeries(series: Series): string {
  return JSON.stringify(series);
}

export function readSeries(text: string): Series {
  return JSON.parse(text) as Series; // textOfSeries() made it
}

export function operationOf({ serviceName, name, kind }: SpanFacts): string {
  return textOfSeries(['operation', serviceName, name, kind]);
}

/** What a timeline counts of a span. */
export function measurementOf({ startMs, durationMs, hasFailed }: SpanFacts, series: string): Measurement {
  return { series, startMs, durationMs: measuredMs(durationMs), hasFailed };
}

const none: readonly string[] = [];

/** @returns For each span, what it is counted under in the map. */
export function mapSeriesOf(spans: readonly SpanFacts[]): readonly (readonly string[])[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const clients = new Map(spans.filter(({ kind }) => kind === 'client').map((span) => [span.spanId, span]));
  const parentOf = (span: SpanFacts): SpanFacts | undefined => {
    // Zipkin's two sides of a call share an id: the parent of the server's is then the client's.
    const client = span.kind === 'server' ? clients.get(span.spanId) : undefined;
    const parent = client ?? (span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId));
    return parent === span ? undefined : parent;
  };
  const called = new Set<string>();
  for (const span of spans) {
    const parent = parentOf(span);
    if (parent === undefined) continue;
    const isOtherSide = span.kind === 'server' || span.kind === 'consumer';
    if (isOtherSide || parent.serviceName !== span.serviceName) called.add(parent.spanId);
  }
  return spans.map((span) => {
    const parent = parentOf(span);
    const found: string[] = [];
    if (parent === undefined || parent.serviceName !== span.serviceName) {
      found.push(textOfSeries(['entry', span.serviceName]));
      if (parent !== undefined) found.push(textOfSeries(['edge', parent.serviceName, span.serviceName]));
    }
    if (span.peer !== undefined && !called.has(span.spanId)) {
      found.push(textOfSeries(['external', span.peer]), textOfSeries(['edge', span.serviceName, span.peer]));
    }
    return found.length === 0 ? none : found;
  });
}
