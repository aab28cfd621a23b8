/** An exporter that keeps spans in memory for a test. */
import type { SpanExporter } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { readSpan, type SpanData } from '../span-data.ts';
import { createSpanCollection } from './span-collection.ts';

/** An exporter that keeps ended spans, for tests. */
export interface InMemoryExporter extends SpanExporter {
  /** Ended spans, in the order in which they ended. */
  readonly spans: readonly SpanData[];
  /** Resolves with the spans as soon as there are `count` of them. Rejects after `timeoutMs`, default 4,000; the message lists the spans. */
  waitFor(count: number, options?: { timeoutMs?: number }): Promise<readonly SpanData[]>;
  /** Forgets the spans so far. */
  reset(): void;
}

/**
 * Keeps ended spans in memory, so that a test can look at them.
 *
 * @example
 * const exporter = inMemoryExporter();
 * app.use(tracing({ serviceName: 'users', exporter }));
 * await request(app).get('/users/7');
 * const [span] = await exporter.waitFor(1);
 * expect(span.name).toBe('GET /users/:id');
 */
export function inMemoryExporter(): InMemoryExporter {
  const collection = createSpanCollection<SpanData>();
  let exported = 0;

  function waitFor(count: number, { timeoutMs = 4000 }: { timeoutMs?: number } = {}): Promise<readonly SpanData[]> {
    return collection.waitFor(count, timeoutMs, waitFor);
  }

  return {
    name: 'memory',
    destination: 'memory',
    spans: collection.spans,
    export(span: RecordingSpan): void {
      collection.add(readSpan(span));
      exported++;
    },
    waitFor,
    reset: collection.reset,
    stats: () => ({ exported, waiting: 0, dropped: {} }),
  };
}
