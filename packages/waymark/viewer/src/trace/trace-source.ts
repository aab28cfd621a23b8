/** Where the trace screen has its trace from: the collector, or the file that it stands in. */
import type { SpanDetails } from '../../../src/api/types.ts';
import type { TraceModel } from './trace-model.ts';

export interface TraceSource {
  readonly traceId: string;
  /** Whether there is a collector: to compare, to share, to go to other screens. */
  readonly isLive: boolean;
  load(signal: AbortSignal): Promise<TraceModel>;
  details(spanId: string, signal: AbortSignal): Promise<SpanDetails>;
  /** The indexes of the spans that match. Rejects with a message for people if the query cannot be read. */
  search(query: string, signal: AbortSignal): Promise<readonly number[]>;
  /** Calls back as soon as it will tell of spans, and when some have been added. Returns a way to stop. */
  onGrowth(listener: () => void): () => void;
}
