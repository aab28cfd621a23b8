/** What a span is counted under, besides its trace: its operation, and its part in the map of services (trace-calls.ts). */
import { measuredMs, type SpanFacts } from './span-facts.ts';
import { decodeStored } from './store-damaged.ts';
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
  return decodeStored(() => JSON.parse(text) as Series); // textOfSeries() made it
}

export function operationOf({ serviceName, name, kind }: SpanFacts): string {
  return textOfSeries(['operation', serviceName, name, kind]);
}

/** What a timeline counts of a span. */
export function measurementOf(
  { startMs, durationMs, hasFailed }: Pick<SpanFacts, 'startMs' | 'durationMs' | 'hasFailed'>,
  series: string,
): Measurement {
  return { series, startMs, durationMs: measuredMs(durationMs), hasFailed };
}
