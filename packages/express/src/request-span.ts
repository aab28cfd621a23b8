/** `req.span`. */
import type { Span } from '@waymark/core';
import { contextOf } from '@waymark/core/http';
import type { Request } from 'express';

/**
 * Gives a request its span.
 *
 * It is read by a getter beside Express's own (`req.ip`, `req.protocol`), made at the first request. A property of the request
 * would be simpler, but Express has changed the request's prototype by then, and until Node 24 every property that such an
 * object gets costs a hidden class of its own: 1.3 µs, as much as starting the span. Never throws.
 */
export function provideSpan(request: Request, span: Span): void {
  try {
    if (request.span === span) return;
    defineGetter(request);
  } catch {
    // A frozen prototype: each request has its own.
  }
  try {
    if (request.span !== span) request.span = span;
  } catch {
    // A frozen request, or a `span` of the application's that can only be read. activeSpan() has ours.
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
    // Whoever sets it has a property of the request, as with any other name.
    set(this: Request, value: unknown) {
      Object.defineProperty(this, 'span', { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

/** The one that all apps of this copy of Express share. None if a router is used without an app. */
function findExpressPrototype(request: Request): object | undefined {
  for (let object: object | null = request; object !== null; object = Object.getPrototypeOf(object)) {
    if (Object.hasOwn(object, 'protocol')) return object;
  }
  return undefined;
}
