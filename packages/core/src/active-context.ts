/** The context of the code that runs: read, entered, and kept for later. */
import { type Baggage, isBaggage } from './baggage.ts';
import { Context, isContext } from './context.ts';
import { processState } from './process-state.ts';
import type { Span } from './span.ts';

const storage = processState.storage;

/** The current context, or `undefined` outside any. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/**
 * The active span, or `undefined` outside any.
 *
 * @example
 * activeSpan()?.setAttribute('user.id', user.id);
 */
export function activeSpan(): Span | undefined {
  return storage.getStore()?.span;
}

/**
 * Runs `fn` in `context`, with everything that it starts, and returns what it returns. What `setBaggage()` sets there is
 * set in `context` itself: for separate units of work, make separate contexts.
 *
 * @example
 * await withContext(extract(message.headers), () => handle(message));
 */
export function withContext<Result>(context: Context, fn: () => Result): Result {
  // A value that is not a context would break every reader of the active span in `fn`.
  return isContext(context) ? storage.run(context, fn) : fn();
}

/**
 * The context in which `span` is active, with the current baggage or the one given. It has the current `values`.
 *
 * @example
 * withContext(contextWith(span), () => handle(job));
 */
export function contextWith(span: Span, baggage: Baggage | undefined = storage.getStore()?.baggage): Context {
  return new Context(span, isBaggage(baggage) ? baggage : undefined, storage.getStore()?.values);
}

/** Runs `fn` outside any context. A timer that starts in it does not keep a request in memory. */
export function runOutsideContext(fn: () => void): void {
  storage.run(undefined as never, fn); // not exit(): it turns the whole storage off and on
}

/**
 * Keeps the current context for a function that will be called from elsewhere: an emitter, a queue, a pool.
 *
 * @returns A function that calls `fn` in the context of this moment, with the same `this`, arguments and result.
 * @example
 * emitter.on('message', bind((message) => activeSpan()?.addEvent('message')));
 */
export function bind<This, Arguments extends unknown[], Result>(
  fn: (this: This, ...args: Arguments) => Result,
): (this: This, ...args: Arguments) => Result {
  if (typeof fn !== 'function') return fn; // the call fails later, as it would without bind()
  // Outside any context it is `undefined`, and `fn` runs there: run() and not exit(), which turns the whole storage off and on.
  const context = storage.getStore() as Context;
  return function bound(this: This, ...args: Arguments): Result {
    return storage.run(context, () => fn.apply(this, args));
  };
}
