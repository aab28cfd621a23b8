/** Runs a function in a span that ends itself. */
import type { Baggage } from './baggage.ts';
import { Context } from './context.ts';
import { processState } from './process-state.ts';
import type { Span } from './span.ts';

export function runInSpan<Result>(span: Span, baggage: Baggage | undefined, fn: (span: Span) => Result): Result {
  const { storage } = processState;
  // A child that is not sampled shares its parent's span, which is active already: there is no context to enter.
  if (storage.getStore()?.span === span) return runAndEnd(span, fn);
  return storage.run(new Context(span, baggage), runAndEnd<Result>, span, fn);
}

function runAndEnd<Result>(span: Span, fn: (span: Span) => Result): Result {
  let result: Result;
  try {
    result = fn(span);
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (isThenable(result) && span.isRecording()) {
    // The caller gets the promise that comes of looking on. To look on from the side and hand out `result` itself would mark
    // its rejection as handled, and where the application handles it nowhere, Node would not learn of it. And a query
    // builder, or a request of superagent's, starts its work each time that `then` is called: it must be called once, and
    // in the context of the span.
    return result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        fail(span, error);
        throw error;
      },
    ) as Result; // awaiting either gives the same value
  }
  span.end();
  return result;
}

function fail(span: Span, error: unknown): void {
  span.recordException(error);
  span.setStatus({ code: 'error', message: messageOf(error) });
  span.end();
}

function messageOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return undefined;
  }
}

interface Thenable {
  then(onFulfilled: (value: unknown) => unknown, onRejected: (error: unknown) => unknown): unknown;
}

function isThenable(value: unknown): value is Thenable {
  // A thenable may be a function (supertest's and superagent's requests are objects, some query builders are not).
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as Thenable).then === 'function'
  );
}
