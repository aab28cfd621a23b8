/** The source of the trace screen's trace: the collector, or the shared file that embeds it. */
import type { SpanDetails } from '../../../src/api/types.ts';
import type { TraceModel } from './trace-model.ts';

export interface TraceSource {
  readonly traceId: string;
  /** Whether there is a collector. Comparing, sharing and the other screens need it. */
  readonly isLive: boolean;
  load(signal: AbortSignal): Promise<TraceModel>;
  details(spanId: string, signal: AbortSignal): Promise<SpanDetails>;
  /** Returns the indexes of the matching spans. Rejects with a message for the user if the query is invalid. */
  search(query: string, signal: AbortSignal): Promise<readonly number[]>;
  /** Calls back when it is listening for new spans, and when spans were added. Returns a function that stops it. */
  onGrowth(listener: () => void): () => void;
}
