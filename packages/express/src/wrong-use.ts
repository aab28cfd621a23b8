/** Recognises `tracing` where it is used in the form, or in the app, of another framework. */
import { noteWrongUse, wrongUse } from '@waymark/core/http';

/** Whether it is not the application that calls `tracing(options)`, but Express with a request, or Fastify with an app. */
export function isCalledByFramework(options: unknown, others: readonly unknown[]): boolean {
  return isFastify(options) || (others.length > 0 && typeof others[others.length - 1] === 'function');
}

/**
 * Answers such a call.
 *
 * @throws {WaymarkError} `WAYMARK_WRONG_FRAMEWORK` for an app of Fastify. A request goes on without a span.
 */
export function passBy(first: unknown, others: readonly unknown[]): void {
  const next = others[others.length - 1] as ((error?: unknown) => void) | undefined; // just looked at
  if (isFastify(first)) {
    refuseFastify(next);
    return;
  }
  noteWrongUse('express-uncalled');
  next?.();
}

/** Whether a value is an app of Fastify. */
export function isFastify(value: unknown): boolean {
  try {
    const { addHook, decorateRequest } = (value ?? {}) as Readonly<Record<string, unknown>>; // both are checked
    return typeof addHook === 'function' && typeof decorateRequest === 'function';
  } catch {
    return false; // a getter of the host's that throws
  }
}

/** @param done Of the plugin; absent where the application calls by itself. */
export function refuseFastify(done: ((error?: unknown) => void) | undefined): void {
  const error = wrongUse('express-in-fastify');
  if (typeof done !== 'function') throw error;
  done(error);
}

// Getters of Express's prototype, or properties that it does not have: as the request's own, Fastify has put them there.
const middieProperties: readonly string[] = ['id', 'log', 'hostname', 'ip'];

/** Whether a request comes from Fastify's `@fastify/middie` or `@fastify/express`. */
export function isOfMiddie(request: object): boolean {
  return middieProperties.every((name) => Object.hasOwn(request, name));
}
