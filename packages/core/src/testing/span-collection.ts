/** Spans that arrive, and somebody who waits for them. */
export interface SpanCollection<Span> {
  /** All so far, in the order of their arrival. */
  readonly spans: readonly Span[];
  add(span: Span): void;
  /** Resolves with the spans as soon as there are `count` of them. Rejects after `timeoutMs`, saying which came. */
  waitFor(count: number, timeoutMs: number): Promise<readonly Span[]>;
  reset(): void;
}

export function createSpanCollection<Span extends { readonly name?: string }>(): SpanCollection<Span> {
  const spans: Span[] = [];
  const waiters = new Set<() => void>();

  return {
    spans,
    add(span) {
      spans.push(span);
      for (const wake of waiters) wake();
    },
    waitFor(count, timeoutMs) {
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
    reset() {
      spans.length = 0;
    },
  };
}
