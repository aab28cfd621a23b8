/**
 * The errors that handlers threw, rejected with or gave to `next()`. Express says nothing of them to a middleware.
 *
 * `router` 2.3 keeps them on the request, which is free to read. Older routers don't: two methods of their layers are
 * wrapped, and call the original with what they were called with.
 *
 * - Every layer that a request with an error comes by is asked to handle it, error handler or not. That is where errors
 *   are seen at no cost to requests that have none.
 * - An error that no layer is left for goes straight to Express's final handler. Only an app without an error handler at its
 *   end has such errors, unless that handler itself has one; only there `next` is wrapped, which costs a function for each
 *   router and route that a request enters.
 *
 * A handler's `next` is `req.next` within a router, and the same for all handlers of a route. Express's own `res.format()` hands
 * `req.next` out, and `res.render()` gives its error to it. So `req.next` is replaced by the function that wraps it.
 *
 * What is missed: on an older router, an error of an `app.param()` callback that no layer of the app is left for.
 *
 * Tried and left: the channel `express.router.request`, which makes a context for each layer as soon as somebody listens;
 * wrapping the handlers that an app registers, which misses those registered before.
 */
import type { Request } from 'express';
import { type App, isAtRoot, type Layer, stackOf } from './express-internals.ts';

/** Of `router` 2.3: a Set of what was an error, in that order. */
const publishedErrors: unique symbol = Symbol.for('router.tracing.publishedErrors') as never;

// For all copies of this package: the first wraps, and the others read.
const lastError: unique symbol = Symbol.for('waymark.express.error.v1') as never;
const wrappingKey: unique symbol = Symbol.for('waymark.express.wrapping.v1') as never;

/** On a wrapped `next`: the original. */
const passesTo: unique symbol = Symbol.for('waymark.express.passes-to.v1') as never;
/** On a request: the `next` that was wrapped last, and that is not `req.next`. */
const lastNext: unique symbol = Symbol.for('waymark.express.next.v1') as never;

interface ErrorCarrier {
  [publishedErrors]?: unknown;
  [lastError]?: unknown;
  [lastNext]?: Next;
  /** Express's; an application may have set something else. */
  next?: unknown;
}

type Next = ((error?: unknown) => void) & { [passesTo]?: unknown };
type HandleRequest = (this: Layer, request: ErrorCarrier, response: unknown, next: Next) => unknown;
type HandleError = (this: Layer, error: unknown, request: ErrorCarrier, response: unknown, next: Next) => unknown;

/** Of one router's layers. */
interface Wrapping {
  /** Whether `next` is wrapped: for all apps alike, since to mark single requests would cost what it saves. */
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

/** Of the older routers that have been seen, those whose `next` is not wrapped. */
const coveringHandlersOnly = new Set<Wrapping>();

/** Wraps what the layers of this layer's router share, once, unless that router keeps errors by itself. */
export function noteErrorsOf(layer: Layer): void {
  if (layer.rawPath !== undefined) return;
  const prototype = Object.getPrototypeOf(layer) as LayerPrototype; // every field is looked at
  if (!Object.hasOwn(prototype, 'handle_request') && !Object.hasOwn(prototype, 'handleRequest')) return;
  const wrapping = prototype[wrappingKey] ?? wrapMethods(prototype);
  if (!wrapping.coversNext) coveringHandlersOnly.add(wrapping);
}

/** To be called when a request begins, so that {@link errorOf} knows at its end. */
export function watchErrors(app: App): void {
  if (coveringHandlersOnly.size === 0 || endsWithErrorHandler(stackOf(app))) return;
  for (const wrapping of coveringHandlersOnly) wrapping.coversNext = true;
  coveringHandlersOnly.clear();
}

/** The last error of a request's handlers, handled or not. */
export function errorOf(request: Request): unknown {
  const carrier = request as ErrorCarrier; // our own key and the router's
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
    // The layer of a route only hands on to the handlers' own, but `req.next` is for these the router's.
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

/** Stands for `next` wherever it is seen. */
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
    return original; // the application has made them read-only
  }
}

function knownNext(request: ErrorCarrier, next: Next): Next | undefined {
  try {
    const { next: own, [lastNext]: last } = request;
    if (own === next) return undefined;
    if (typeof own === 'function' && (own as Next)[passesTo] === next) return own as Next; // has our own key
    return last?.[passesTo] === next ? last : undefined;
  } catch {
    return undefined; // the application's own `req.next`, a getter or a Proxy
  }
}

function note(request: ErrorCarrier, error: unknown): void {
  if (!error || error === 'route' || error === 'router') return;
  try {
    request[lastError] = error;
  } catch {
    // A frozen request. Its error goes on as it was.
  }
}
