/**
 * Records the errors that handlers throw, reject with or pass to `next()`. Express does not report them to a middleware.
 *
 * `router` 2.3 keeps them on the request, so reading them costs nothing. For older routers this file wraps two methods of their layers.
 * The wrappers pass their arguments on to the original.
 *
 * - A router offers an error to every later layer, error handler or not. The wrapped method sees it there, and requests without an
 *   error cost nothing.
 * - If no layer is left, the error goes straight to Express's final handler. That happens only in an app whose last layer is not an
 *   error handler, or if that handler fails. Only in such apps `next` is wrapped too, which costs a function for each router and
 *   route that a request enters.
 *
 * A handler's `next` is `req.next` within a router, and the same function for all handlers of a route. Express's `res.format()` passes
 * `req.next` to the application, and `res.render()` calls it with its error. So `req.next` is replaced by its wrapper.
 *
 * One case is missed: on an older router, the error of an `app.param()` callback after which no layer of the app is left.
 *
 * Tried and rejected: the channel `express.router.request`, which makes a context for each layer as soon as it has a subscriber; and
 * wrapping the handlers that an app registers, which misses those from before.
 */
import type { Request } from 'express';
import { type App, isAtRoot, type Layer, stackOf } from './express-internals.ts';

/** The key of `router` 2.3 for its Set of errors, in their order. */
const publishedErrors: unique symbol = Symbol.for('router.tracing.publishedErrors') as never;

// Shared by all copies of this package: the first copy wraps, and the others read.
const lastError: unique symbol = Symbol.for('waymark.express.error.v1') as never;
const wrappingKey: unique symbol = Symbol.for('waymark.express.wrapping.v1') as never;

/** The key of the original `next` on a wrapper. */
const passesTo: unique symbol = Symbol.for('waymark.express.passes-to.v1') as never;
/** The key, on a request, of the last wrapper that is not in `req.next`. */
const lastNext: unique symbol = Symbol.for('waymark.express.next.v1') as never;

interface ErrorCarrier {
  [publishedErrors]?: unknown;
  [lastError]?: unknown;
  [lastNext]?: Next;
  /** Set by Express. The application may have replaced it. */
  next?: unknown;
}

type Next = ((error?: unknown) => void) & { [passesTo]?: unknown };
type HandleRequest = (this: Layer, request: ErrorCarrier, response: unknown, next: Next) => unknown;
type HandleError = (this: Layer, error: unknown, request: ErrorCarrier, response: unknown, next: Next) => unknown;

/** The state of the wrappers of one router's layers. */
interface Wrapping {
  /** Whether `next` is wrapped, for all apps: marking single requests would cost as much as it saves. */
  coversNext: boolean;
}

interface LayerPrototype {
  [wrappingKey]?: Wrapping;
  /** Express 4. */
  handle_request?: HandleRequest;
  handle_error?: HandleError;
  /** `router` 2. */
  handleRequest?: HandleRequest;
  handleError?: HandleError;
}

/** The older routers whose `next` is not wrapped yet. */
const coveringHandlersOnly = new Set<Wrapping>();

/** Wraps the methods of a layer's prototype, once for each router, unless the router keeps errors itself. */
export function noteErrorsOf(layer: Layer): void {
  if (layer.rawPath !== undefined) return;
  const prototype = Object.getPrototypeOf(layer) as LayerPrototype; // each field is checked
  if (!Object.hasOwn(prototype, 'handle_request') && !Object.hasOwn(prototype, 'handleRequest')) return;
  const wrapping = prototype[wrappingKey] ?? wrapMethods(prototype);
  if (!wrapping.coversNext) coveringHandlersOnly.add(wrapping);
}

/** Call it when a request begins, so that {@link errorOf} knows the error at its end. */
export function watchErrors(app: App): void {
  if (coveringHandlersOnly.size === 0 || endsWithErrorHandler(stackOf(app))) return;
  for (const wrapping of coveringHandlersOnly) wrapping.coversNext = true;
  coveringHandlersOnly.clear();
}

/** Returns the last error of a request's handlers, handled or not. */
export function errorOf(request: Request): unknown {
  const carrier = request as ErrorCarrier; // our key and the router's
  const published = carrier[publishedErrors];
  let last = carrier[lastError];
  if (published instanceof Set) for (const error of published) last = error;
  return last;
}

/** Notes an error that Express does not see. Never throws. */
export function noteErrorOf(request: object, error: unknown): void {
  note(request, error);
}

function endsWithErrorHandler(stack: readonly Layer[]): boolean {
  const last = stack[stack.length - 1];
  return last !== undefined && last.handle.length === 4 && isAtRoot(last);
}

function wrapMethods(prototype: LayerPrototype): Wrapping {
  const wrapping: Wrapping = { coversNext: false };
  Object.defineProperty(prototype, wrappingKey, { value: wrapping });
  for (const name of ['handle_request', 'handleRequest'] as const) {
    const original = prototype[name];
    if (original) prototype[name] = named(original, noteInNext(original, wrapping));
  }
  for (const name of ['handle_error', 'handleError'] as const) {
    const original = prototype[name];
    if (original) prototype[name] = named(original, noteBefore(original));
  }
  return wrapping;
}

function named<Method extends object>(original: { readonly name: string }, wrapped: Method): Method {
  return Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true });
}

function noteInNext(original: HandleRequest, wrapping: Wrapping): HandleRequest {
  return function handleRequest(request, response, next) {
    // A route's layer only passes on to the layers of its handlers, but their `req.next` is the router's.
    const given = wrapping.coversNext ? notingNext(request, next) : (knownNext(request, next) ?? next);
    return original.call(this, request, response, given);
  };
}

function noteBefore(original: HandleError): HandleError {
  return function handleError(error, request, response, next) {
    note(request, error);
    return original.call(this, error, request, response, notingNext(request, next));
  };
}

/** Returns the wrapper of a `next`, and puts it into `req.next`. */
function notingNext(request: ErrorCarrier, next: Next): Next {
  const known = knownNext(request, next);
  if (known !== undefined) return known;
  const original = next;
  const noting: Next = function next(error) {
    note(request, error);
    return original(error);
  };
  noting[passesTo] = original;
  try {
    if (request.next === original) request.next = noting;
    else request[lastNext] = noting;
    return noting;
  } catch {
    return original; // the application has made the properties read-only
  }
}

function knownNext(request: ErrorCarrier, next: Next): Next | undefined {
  try {
    const { next: own, [lastNext]: last } = request;
    if (own === next) return undefined;
    if (typeof own === 'function' && (own as Next)[passesTo] === next) return own as Next; // it has our key
    return last?.[passesTo] === next ? last : undefined;
  } catch {
    return undefined; // `req.next` is a getter or a Proxy of the application's
  }
}

function note(request: ErrorCarrier, error: unknown): void {
  if (!error || error === 'route' || error === 'router') return;
  try {
    request[lastError] = error;
  } catch {
    // A frozen request: its error is not recorded.
  }
}
