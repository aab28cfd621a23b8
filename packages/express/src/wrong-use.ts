/** Detects a `tracing` that is registered as in Fastify, or in a Fastify app, or without being called. */
import { noteWrongUse, wrongUse } from '@waymark/core/http';

/** Whether a framework calls `tracing`: Express with a request, or Fastify with an app. The application calls `tracing(options)`. */
export function isCalledByFramework(options: unknown, others: readonly unknown[]): boolean {
  return isFastify(options) || (others.length > 0 && typeof others[others.length - 1] === 'function');
}

/**
 * Handles the call of a framework: reports the mistake, and lets a request pass without a span.
 *
 * @throws {WaymarkError} `WAYMARK_WRONG_FRAMEWORK` for a Fastify app, if there is no callback to give the error to.
 */
export function passBy(first: unknown, others: readonly unknown[]): void {
  const next = others[others.length - 1] as ((error?: unknown) => void) | undefined; // the caller has checked it
  if (isFastify(first)) {
    refuseFastify(next);
    return;
  }
  noteWrongUse('express-uncalled');
  next?.();
}

/** Whether a value is a Fastify app. */
export function isFastify(value: unknown): boolean {
  try {
    const { addHook, decorateRequest } = (value ?? {}) as Readonly<Record<string, unknown>>; // both are checked
    return typeof addHook === 'function' && typeof decorateRequest === 'function';
  } catch {
    return false; // a getter of the host's that throws
  }
}

/** @param done The plugin's callback. Absent if the application calls `tracing(app)` itself, which then throws. */
export function refuseFastify(done: ((error?: unknown) => void) | undefined): void {
  const error = wrongUse('express-in-fastify');
  if (typeof done !== 'function') throw error;
  done(error);
}

// In Express these are getters of the prototype, or absent. As own properties of a request, they come from Fastify.
const middieProperties: readonly string[] = ['id', 'log', 'hostname', 'ip'];

/** Whether a request comes from Fastify's `@fastify/middie` or `@fastify/express`. */
export function isOfMiddie(request: object): boolean {
  return middieProperties.every((name) => Object.hasOwn(request, name));
}
