/** What a span is counted under, besides its trace: its operation, and its part in the map of services (trace-calls.ts). */
import { measuredMs, type SpanFacts } from './span-facts.ts';
import { decodeStored } from './store-damaged.ts';

export type Series =
  | readonly ['operation', service: string, name: string, kind: string]
  /** Requests that a service was asked from outside of it. */
  | readonly ['entry', service: string]
  | readonly ['edge', from: string, to: string]
  /** Calls to what sends no spans. */
  | readonly ['external', name: string]
  | OtherSeries;

/** What is not counted by name where there are too many names: of one service, or of all. */
export type OtherSeries = readonly ['other', of: 'operation' | 'edge' | 'entry' | 'external', service?: string];

/** As text, since that is what maps and tables compare. */
export function textOfSeries(series: Series): string {
  return JSON.stringify(series);
}

export function readSeries(text: string): Series {
  return decodeStored(() => JSON.parse(text) as Series); // textOfSeries() made it
}

/** The service that names belong to, if it may have many. */
export function ownerOfSeries(series: Series): string | undefined {
  return series[0] === 'operation' || series[0] === 'edge' ? series[1] : undefined;
}

/** What counts a series that has no place, in order of preference. The last one has a place always. */
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
  /** `undefined`: it is counted, and left out of the sum and of the percentiles. */
  readonly durationMs: number | undefined;
  readonly hasFailed: boolean;
}

/** What a timeline counts of a span. */
export function measurementOf(
  { startMs, durationMs, hasFailed }: Pick<SpanFacts, 'startMs' | 'durationMs' | 'hasFailed'>,
  series: string,
): Measurement {
  return { series, startMs, durationMs: measuredMs(durationMs), hasFailed };
}
