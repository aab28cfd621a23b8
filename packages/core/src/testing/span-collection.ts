/** Collects spans, and lets a test wait for them. */
export interface SpanCollection<Span> {
  /** All spans so far, in order of arrival. */
  readonly spans: readonly Span[];
  add(span: Span): void;
  /**
   * Resolves with the spans as soon as there are `count` of them. Rejects after `timeoutMs`; the message lists the spans, and the
   * stack begins where `caller` was called.
   */
  waitFor(count: number, timeoutMs: number, caller: CallableFunction): Promise<readonly Span[]>;
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
    waitFor(count, timeoutMs, caller) {
      // Made here, since the stack of the timer does not include the test.
      const failure = new Error();
      Error.captureStackTrace?.(failure, caller);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(wake);
          const names = spans.map(({ name }) => name).join(', ') || 'none';
          failure.message = `Expected ${count} spans within ${timeoutMs} ms, got ${spans.length}: ${names}`;
          failure.stack = (failure.stack ?? '').replace(/^Error$/m, () => `Error: ${failure.message}`);
          reject(failure);
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
