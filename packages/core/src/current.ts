/** The functions that take no tracer: they work on the current context, with the tracer of its span. */

import { withContext } from './active-context.ts';
import { Baggage, type BaggageEntry } from './baggage.ts';
import { Context } from './context.ts';
import { tracerOfProcess } from './default-tracer.ts';
import { type InternalTracer, internalsOf, tracerOf } from './internal-tracer.ts';
import { longestWalk } from './longest-walk.ts';
import { processState } from './process-state.ts';
import { type Carrier, carrierGetter, carrierSetter } from './propagation/carrier.ts';
import type { Getter, Setter } from './propagation/propagator.ts';
import type { Span } from './span.ts';
import type { SpanOptions } from './span-options.ts';
import type { SpanResult } from './span-result.ts';
import type { Tracer } from './tracer.ts';
import { isWaymarkSpan } from './waymark-span.ts';

/** The tracer of the active span, or else the process's own. */
export function currentTracer(): InternalTracer {
  const span = processState.storage.getStore()?.span;
  return (isWaymarkSpan(span) ? tracerOf(span) : undefined) ?? tracerOfProcess();
}

/** The same, with the scope that the application gave to the process's tracer, if it is that tracer. */
function currentScopedTracer(): Tracer {
  const tracer = currentTracer();
  const { defaultTracer } = processState;
  return defaultTracer !== undefined && internalsOf(defaultTracer) === tracer ? defaultTracer : tracer;
}

/**
 * Runs `fn` in a new span, child of the active one, and ends the span when `fn` has returned or its promise has settled.
 * A throw or rejection is recorded as exception and error status, and goes on to the caller as it was.
 *
 * @returns What `fn` returns; of a promise, another that settles the same; of a query that starts when it is awaited (knex,
 *   Mongoose, Prisma, Drizzle), a promise of its rows. A span does not wait for a generator: consume it inside `fn`.
 * @example
 * const user = await withSpan('loadUser', async (span) => {
 *   span.setAttribute('user.id', id);
 *   return users.find(id);
 * });
 */
export function withSpan<Result>(name: string, fn: (span: Span) => Result): SpanResult<Result>;
/**
 * The same, with options for the span.
 *
 * @param options Kind, attributes, links, start time, and `parent` for another parent than the active span.
 */
export function withSpan<Result>(name: string, options: SpanOptions, fn: (span: Span) => Result): SpanResult<Result>;
export function withSpan<Result>(
  name: string,
  optionsOrFn: SpanOptions | ((span: Span) => Result),
  fn?: (span: Span) => Result,
): SpanResult<Result> {
  return typeof optionsOrFn === 'function'
    ? currentScopedTracer().withSpan(name, optionsOrFn)
    : currentScopedTracer().withSpan(name, optionsOrFn, fn as (span: Span) => Result); // by the overloads
}

/**
 * Starts a span, child of the active one, without making it active. It must be ended: by `end()`, or by `using`.
 *
 * @example
 * using span = startSpan('compress', { attributes: { 'file.size': bytes } });
 */
export function startSpan(name: string, options?: SpanOptions): Span {
  return currentScopedTracer().startSpan(name, options);
}

/**
 * Writes the current context to a carrier: message headers, job data, an environment. Never throws.
 *
 * @param carrier A plain object, `Headers`, `Map`, array of pairs, or any object with your own `setter`.
 * @example
 * const headers = {};
 * inject(headers);
 * await queue.publish({ headers, body });
 */
export function inject<Anything extends object = Carrier>(
  carrier: Anything,
  setter: Setter<Anything> = carrierSetter as Setter<object>, // takes any object
): void {
  currentTracer().inject(carrier, setter);
}

/**
 * Reads a context from a carrier. What is missing or malformed there is missing from the context. Never throws.
 *
 * @param carrier A plain object, `Headers`, `Map`, array of pairs, or any object with your own `getter`.
 * @example
 * withSpan('process', { kind: 'consumer', parent: extract(message.headers) }, () => handle(message));
 */
export function extract<Anything extends object = Carrier>(
  carrier: Anything,
  getter: Getter<Anything> = carrierGetter as Getter<object>, // takes any object
): Context {
  return currentTracer().extract(carrier, getter);
}

/** The value of a baggage entry of the current context. */
export function getBaggage(key: string): string | undefined {
  return processState.storage.getStore()?.baggage?.get(key);
}

/** All baggage of the current context: what came by header, and what was set here. */
export function getAllBaggage(): Baggage {
  return processState.storage.getStore()?.baggage ?? Baggage.empty;
}

/**
 * Sets a baggage entry for the rest of the current span and the spans that start in it from now on. Every outbound call to
 * your own services carries it, so put no secrets in it.
 *
 * @param key An HTTP token: letters, digits, and some punctuation; no spaces.
 * @param value Any string. A number has to be made one: `String(7)`.
 * @returns Whether it was set. It is not outside any context (use {@link withBaggage} there), and not with a malformed key or a
 *   value that is not a string.
 */
export function setBaggage(key: string, value: string, properties?: BaggageEntry['properties']): boolean {
  const context = processState.storage.getStore();
  if (context === undefined) {
    currentTracer().diagnostics.count('no-context');
    return false;
  }
  if (Object.isFrozen(context)) return false; // untraced work, from which nothing goes out
  const before = context.baggage ?? Baggage.empty;
  const after = before.set(key, value, properties);
  if (after === before) {
    currentTracer().diagnostics.count('invalid-baggage');
    return false;
  }
  context.baggage = after;
  return true;
}

/** Removes a baggage entry for the rest of the current span. */
export function deleteBaggage(key: string): void {
  const context = processState.storage.getStore();
  if (context?.baggage !== undefined && !Object.isFrozen(context)) context.baggage = context.baggage.delete(key);
}

/**
 * Runs `fn` with these baggage entries added to the current ones, in a separate context.
 *
 * @example
 * await withBaggage({ tenant: 'acme' }, () => runJobs());
 */
export function withBaggage<Result>(entries: Readonly<Record<string, string>>, fn: () => Result): Result {
  const context = processState.storage.getStore();
  return withContext(
    new Context(context?.span, addEntries(context?.baggage ?? Baggage.empty, entries), context?.values),
    fn,
  );
}

function addEntries(before: Baggage, entries: Readonly<Record<string, string>>): Baggage {
  if (typeof entries !== 'object' || entries === null) return before;
  // Together, since each `set()` copies those before it.
  const all: [string, BaggageEntry][] = [...before.entries()];
  const countInvalid = () => currentTracer().diagnostics.count('invalid-baggage');
  try {
    const keys = Object.keys(entries);
    if (keys.length > longestWalk) countInvalid();
    for (const key of keys.slice(0, longestWalk)) {
      const entry = Baggage.empty.set(key, entries[key] as string).getEntry(key); // checked there
      if (entry === undefined) countInvalid();
      else all.push([key, entry]);
    }
  } catch {
    countInvalid(); // a getter that throws, a revoked proxy
  }
  return Baggage.from(all);
}
