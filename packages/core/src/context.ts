/**
 * The context that follows a request through `await`s, timers and streams: the active span and the baggage.
 *
 * One small object per span that is made active. An idle keep-alive socket holds on to the last one, so it has nothing
 * but these two references, and an ended span has let go of its data.
 */
import { type Baggage, isBaggage } from './baggage.ts';
import { processState } from './process-state.ts';
import type { Span } from './span.ts';

/** What travels together, in the process and by header. Made by `extract()`, `contextWith()` and the active span. */
export class Context {
  /** The active span; for a context that came by header, a span that stands for the remote caller's. */
  readonly span: Span | undefined;
  /** Changed in place by `setBaggage()`: the entries belong to this context and those made from it afterwards. */
  baggage: Baggage | undefined;

  constructor(span: Span | undefined, baggage: Baggage | undefined) {
    this.span = span;
    this.baggage = baggage;
  }
}

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
 * set in `context` itself: for work that is to be kept apart, make a context each.
 *
 * @example
 * await withContext(extract(message.headers), () => handle(message));
 */
export function withContext<Result>(context: Context, fn: () => Result): Result {
  // What is no context would fail whatever asks for the active span in `fn`.
  return isContext(context) ? storage.run(context, fn) : fn();
}

/** Whether a value is a context, also one made by another copy of this package. Never throws. */
export function isContext(value: unknown): value is Context {
  if (typeof value !== 'object' || value === null) return false;
  try {
    // Not instanceof: it follows the prototypes of a proxy, which may have no end.
    return 'span' in value && 'baggage' in value && (value.baggage === undefined || isBaggage(value.baggage));
  } catch {
    return false; // a proxy
  }
}

/**
 * The context in which `span` is active, with the current baggage or the one given.
 *
 * @example
 * withContext(contextWith(span), () => handle(job));
 */
export function contextWith(span: Span, baggage: Baggage | undefined = storage.getStore()?.baggage): Context {
  return new Context(span, isBaggage(baggage) ? baggage : undefined);
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
  if (typeof fn !== 'function') return fn; // its caller finds that out, as without bind()
  const context = storage.getStore();
  if (context === undefined) {
    return function boundOutside(this: This, ...args: Arguments): Result {
      return storage.exit(() => fn.apply(this, args));
    };
  }
  return function bound(this: This, ...args: Arguments): Result {
    return storage.run(context, () => fn.apply(this, args));
  };
}
