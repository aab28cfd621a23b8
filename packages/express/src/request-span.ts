/** `req.span`. */
import type { Span } from '@waymark/core';
import { contextOf } from '@waymark/core/http';
import type { Request } from 'express';

/**
 * Gives a request its span, unless it has one: express-opentracing and many applications put theirs there. Never throws.
 *
 * A getter next to Express's own (`req.ip`, `req.protocol`) reads the span; the first request defines it. A property of each
 * request would be simpler, but Express has changed the request's prototype by then. Up to Node 22, V8 then makes a hidden class
 * for every property that such an object gets: 1.3 µs, as much as starting the span.
 */
export function provideSpan(request: Request, span: Span): void {
  try {
    if (request.span !== undefined) return;
    defineGetter(request);
  } catch {
    // A frozen prototype: each request gets a property.
  }
  try {
    if (request.span === undefined) request.span = span;
  } catch {
    // A frozen request, or a getter of the application's that throws.
  }
}

function defineGetter(request: Request): void {
  const prototype = findExpressPrototype(request);
  if (prototype === undefined || Object.hasOwn(prototype, 'span')) return;
  Object.defineProperty(prototype, 'span', {
    configurable: true,
    get(this: Request) {
      return contextOf(this)?.span;
    },
    // Setting it makes a property of the request, as with any other name.
    set(this: Request, value: unknown) {
      Object.defineProperty(this, 'span', { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

/** The prototype that all apps of this copy of Express share. `undefined` if a router is used without an app. */
function findExpressPrototype(request: Request): object | undefined {
  for (let object: object | null = request; object !== null; object = Object.getPrototypeOf(object)) {
    if (Object.hasOwn(object, 'protocol')) return object;
  }
  return undefined;
}
