/** An exporter that keeps spans where a test can look at them. */
import type { ExporterStats, SpanExporter } from '../exporter.ts';
import type { RecordingSpan } from '../span.ts';
import { readSpan, type SpanData } from '../span-data.ts';

export interface InMemoryExporter extends SpanExporter {
  /** Ended spans, in the order in which they ended. */
  readonly spans: readonly SpanData[];
  /** Resolves with the spans as soon as there are `count` of them. Rejects after `timeoutMs`, default 5,000, saying which came. */
  waitFor(count: number, options?: { timeoutMs?: number }): Promise<readonly SpanData[]>;
  /** Forgets the spans so far. */
  reset(): void;
}

/**
 * @example
 * const exporter = inMemoryExporter();
 * app.use(tracing({ serviceName: 'users', exporter }));
 * await request(app).get('/users/7');
 * const [span] = await exporter.waitFor(1);
 * expect(span.name).toBe('GET /users/:id');
 */
export function inMemoryExporter(): InMemoryExporter {
  const spans: SpanData[] = [];
  const waiters = new Set<() => void>();
  let exported = 0;

  return {
    name: 'memory',
    spans,
    export(span: RecordingSpan): void {
      spans.push(readSpan(span));
      exported++;
      for (const wake of waiters) wake();
    },
    waitFor(count, { timeoutMs = 5000 } = {}) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(wake);
          const names = spans.map(({ name }) => name).join(', ') || 'none';
          reject(new Error(`Expected ${count} spans within ${timeoutMs} ms, got ${spans.length}: ${names}`));
        }, timeoutMs);
        function wake(): void {
          if (spans.length < count) return;
          clearTimeout(timer);
          waiters.delete(wake);
          resolve(spans);
        }
        waiters.add(wake);
        wake();
      });
    },
    reset(): void {
      spans.length = 0;
    },
    stats(): ExporterStats {
      return { exported, waiting: 0, dropped: {} };
    },
  };
}
