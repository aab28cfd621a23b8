/** Turns off what OpenTelemetry's own instrumentations make, for code that another SDK in the process may trace. */
import { readProperty } from '../read-property.ts';

// Those of @opentelemetry/api 1.x and of @opentelemetry/core, in all of their versions.
const registryKey = Symbol.for('opentelemetry.js.api.1');
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

interface ContextManager {
  active(): { setValue(key: symbol, value: unknown): unknown };
  with<Result>(context: unknown, fn: () => Result): Result;
}

/**
 * Runs `fn` in a context of OpenTelemetry in which its tracers make no spans. It uses the context manager that is registered, of any
 * tracer, since core has no dependency on the API. Without one it only calls `fn`.
 */
export function suppressTracing<Result>(fn: () => Result): Result {
  const registry = (globalThis as Readonly<Record<symbol, unknown>>)[registryKey];
  const manager = readProperty(registry, 'context') as Partial<ContextManager> | undefined; // its methods are checked
  const suppressed = contextWithout(manager);
  return suppressed === undefined ? fn() : (manager as ContextManager).with(suppressed, fn);
}

/** `undefined` if there is no manager, or one that does not work. */
function contextWithout(manager: Partial<ContextManager> | undefined): unknown {
  try {
    return typeof manager?.with === 'function' ? manager.active?.().setValue(suppressKey, true) : undefined;
  } catch {
    return undefined;
  }
}
