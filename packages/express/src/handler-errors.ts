/**
 * The errors that handlers threw, rejected with or gave to `next()`. Express says nothing of them to a middleware.
 *
 * `router` 2.3 keeps them on the request, which is free to read. Older routers don't: two methods of their layers are
 * wrapped, and call the original with what they were called with.
 *
 * - Every layer that a request with an error comes by is asked to handle it, error handler or not. That is where errors
 *   are seen at no cost to requests that have none.
 * - An error that no layer is left for goes straight to Express's final handler. Only an app without an error handler at its
 *   end has such errors; only there `next` is wrapped, which costs a function for each handler that is called.
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
const isWrapped: unique symbol = Symbol.for('waymark.express.wrapped.v1') as never;

interface ErrorCarrier {
  [publishedErrors]?: unknown;
  [lastError]?: unknown;
}

type Next = (error?: unknown) => void;
type HandleRequest = (this: Layer, request: ErrorCarrier, response: unknown, next: Next) => unknown;
type HandleError = (this: Layer, error: unknown, request: ErrorCarrier, response: unknown, next: Next) => unknown;

interface LayerPrototype {
  [isWrapped]?: boolean;
  /** Express 4. */
  handle_request?: HandleRequest;
  handle_error?: HandleError;
  /** `router` 2. */
  handleRequest?: HandleRequest;
  handleError?: HandleError;
}

let hasOlderRouter = false;
/** Once for all apps, since nothing on a request could say so for less than the functions cost that it would save. */
let wrapsNext = false;

/** Wraps what the layers of this layer's router share, once, unless that router keeps errors by itself. */
export function noteErrorsOf(layer: Layer): void {
  if (layer.rawPath !== undefined) return;
  const prototype = Object.getPrototypeOf(layer) as LayerPrototype; // every field is looked at
  if (!Object.hasOwn(prototype, 'handle_request') && !Object.hasOwn(prototype, 'handleRequest')) return;
  hasOlderRouter = true;
  if (prototype[isWrapped]) return;
  Object.defineProperty(prototype, isWrapped, { value: true });
  for (const name of ['handle_request', 'handleRequest'] as const) wrap(prototype, name, noteInNext);
  for (const name of ['handle_error', 'handleError'] as const) wrap(prototype, name, noteBefore);
}

/** To be called when a request begins, so that {@link errorOf} knows at its end. */
export function watchErrors(app: App): void {
  if (hasOlderRouter && !wrapsNext && !endsWithErrorHandler(stackOf(app))) wrapsNext = true;
}

/** The last error of a request's handlers, handled or not. */
export function errorOf(request: Request): unknown {
  const carrier = request as ErrorCarrier; // our own key and the router's
  const published = carrier[publishedErrors];
  let last = carrier[lastError];
  if (published instanceof Set) for (const error of published) last = error;
  return last;
}

function endsWithErrorHandler(stack: readonly Layer[]): boolean {
  const last = stack[stack.length - 1];
  return last !== undefined && last.handle.length === 4 && isAtRoot(last);
}

function wrap<Name extends keyof LayerPrototype & string>(
  prototype: LayerPrototype,
  name: Name,
  wrapMethod: (original: NonNullable<LayerPrototype[Name]>) => LayerPrototype[Name],
): void {
  const original = prototype[name];
  if (typeof original !== 'function') return;
  const wrapped = wrapMethod(original);
  Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true });
  prototype[name] = wrapped;
}

function noteInNext(original: HandleRequest): HandleRequest {
  return function handleRequest(request, response, next) {
    // The layer of a route only hands on to the handlers' own.
    if (!wrapsNext || this.route) return original.call(this, request, response, next);
    return original.call(this, request, response, function noteAndGoOn(error) {
      note(request, error);
      next(error);
    });
  };
}

function noteBefore(original: HandleError): HandleError {
  return function handleError(error, request, response, next) {
    note(request, error);
    return original.call(this, error, request, response, next);
  };
}

function note(request: ErrorCarrier, error: unknown): void {
  if (error && error !== 'route' && error !== 'router') request[lastError] = error;
}
