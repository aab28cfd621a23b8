/** The series that count a span besides its trace: its operation, and its part in the map of services (trace-calls.ts). */
import { measuredMs, type SpanFacts } from './span-facts.ts';
import { decodeStored } from './store-damaged.ts';

export type Series =
  | readonly ['operation', service: string, name: string, kind: string]
  /** Requests to a service from outside of it. */
  | readonly ['entry', service: string]
  | readonly ['edge', from: string, to: string]
  /** Calls to a target that sends no spans. */
  | readonly ['external', name: string]
  | OtherSeries;

/** Counts series together if there are too many names: for one service, or for all. */
export type OtherSeries = readonly ['other', of: 'operation' | 'edge' | 'entry' | 'external', service?: string];

/** A series as a string, since maps and tables compare strings. */
export function textOfSeries(series: Series): string {
  return JSON.stringify(series);
}

export function readSeries(text: string): Series {
  return decodeStored(() => JSON.parse(text) as Series); // textOfSeries() made it
}

/** The service that the names belong to, if it may have many names. */
export function ownerOfSeries(series: Series): string | undefined {
  return series[0] === 'operation' || series[0] === 'edge' ? series[1] : undefined;
}

/** The series that count a series without a place, in order of preference. The last one always has a place. */
export function othersOfSeries(series: Series): readonly OtherSeries[] {
  if (series[0] === 'other') return [['other', series[1]]];
  const owner = ownerOfSeries(series);
  const ofAll: OtherSeries = ['other', series[0]];
  return owner === undefined ? [ofAll] : [['other', series[0], owner], ofAll];
}

export function operationOf({ serviceName, name, kind }: SpanFacts): string {
  return textOfSeries(['operation', serviceName, name, kind]);
}

export interface Measurement {
  readonly series: string;
  readonly startMs: number;
  /** `undefined`: the span is counted, and left out of the sum and of the percentiles. */
  readonly durationMs: number | undefined;
  readonly hasFailed: boolean;
}

/** The measurement of a span that a timeline counts. */
export function measurementOf(
  { startMs, durationMs, hasFailed }: Pick<SpanFacts, 'startMs' | 'durationMs' | 'hasFailed'>,
  series: string,
): Measurement {
  return { series, startMs, durationMs: measuredMs(durationMs), hasFailed };
}
