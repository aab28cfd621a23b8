/** Runs a function in a span that ends itself. */
import type { Baggage } from './baggage.ts';
import { Context } from './context.ts';
import { failBy } from './passing-exceptions.ts';
import { processState } from './process-state.ts';
import type { Span } from './span.ts';
import type { SpanResult } from './span-result.ts';

export function runInSpan<Result>(
  span: Span,
  baggage: Baggage | undefined,
  values: object | undefined,
  fn: (span: Span) => Result,
): SpanResult<Result> {
  const { storage } = processState;
  const enclosing = storage.getStore()?.span;
  const context = new Context(span, baggage, values);
  // A child that is not sampled shares its parent's span, which must not be ended here. It still has a separate context: whether a
  // trace is sampled must not decide how far setBaggage() reaches.
  const result =
    enclosing === span
      ? storage.run(context, runOnly<Result>, span, fn)
      : storage.run(context, runAndEnd<Result>, span, fn, enclosing);
  return result as SpanResult<Result>; // a thenable has become a promise
}

function runOnly<Result>(span: Span, fn: (span: Span) => Result): Result | Promise<unknown> {
  const result = fn(span);
  return isThenable(result) ? toPromise(result) : result;
}

function runAndEnd<Result>(
  span: Span,
  fn: (span: Span) => Result,
  enclosing: Span | undefined,
): Result | Promise<unknown> {
  let result: Result;
  try {
    result = fn(span);
  } catch (error) {
    fail(span, error, enclosing);
    throw error;
  }
  if (isThenable(result)) return endWhenSettled(span, result, enclosing);
  span.end();
  return result;
}

/**
 * The caller gets the promise that `then` returns. If the caller got the promise of `fn`, this `then` would mark its rejection as
 * handled, and Node would not report one that the application does not handle.
 */
function endWhenSettled(span: Span, result: Thenable, enclosing: Span | undefined): Promise<unknown> {
  return toPromise(result).then(
    (value) => {
      span.end();
      return value;
    },
    (error) => {
      fail(span, error, enclosing);
      throw error;
    },
  );
}

/**
 * A query builder, or a request of superagent, starts its work each time that `then` is called. So `then` is called once, in the
 * context of the span.
 */
function toPromise(result: Thenable): Promise<unknown> {
  return result instanceof Promise ? result : new Promise((resolve, reject) => result.then(resolve, reject));
}

function fail(span: Span, error: unknown, enclosing: Span | undefined): void {
  try {
    failBy(span, error, enclosing);
  } catch {
    // An error with getters that throw still goes on to the caller.
  }
  span.end();
}

interface Thenable {
  then(onFulfilled: (value: unknown) => void, onRejected: (error: unknown) => void): unknown;
}

function isThenable(value: unknown): value is Thenable {
  // A thenable may be a function (supertest's and superagent's requests are objects, some query builders are not).
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof (value as Partial<Thenable>).then === 'function';
  } catch {
    return false; // a getter that throws: the caller gets the value as it is
  }
}
