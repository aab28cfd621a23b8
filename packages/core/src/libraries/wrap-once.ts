/** Replaces a method of a library's class, once for all copies of this package. */
import { processState } from '../process-state.ts';

/** The key of the record on a function of ours. Each copy of this package finds what another one has replaced. */
const wrapperKey: unique symbol = Symbol.for('waymark.wrapper.v1') as never;

interface Wrapper {
  readonly [wrapperKey]?: { readonly realm: object; readonly original: AnyFunction };
}

// biome-ignore lint/suspicious/noExplicitAny: a library's methods may have any signature
type AnyFunction = (this: any, ...args: any[]) => unknown;

/**
 * `wrapped` by this call; `already` by an earlier one, perhaps of another copy of this package; `foreign`: OpenTelemetry's
 * instrumentation, or one that wraps the same way, was first, and another span for each call would be one too many; `missing`: there
 * is no such method.
 */
export type WrapOutcome = 'wrapped' | 'already' | 'foreign' | 'missing';

/**
 * Replaces `owner[name]` by what `wrap` returns for it. Own and inherited methods alike; the new one is always the owner's own, with
 * the same `name` and `length`.
 *
 * @throws {TypeError} If the owner is frozen.
 */
export function wrapOnce<Owner extends object>(
  owner: Owner,
  name: keyof Owner & (string | symbol),
  wrap: (original: AnyFunction) => AnyFunction,
): WrapOutcome {
  const current: unknown = owner[name];
  if (typeof current !== 'function') return 'missing';
  let original = current as AnyFunction;
  const earlier = (original as Wrapper)[wrapperKey];
  if (earlier !== undefined) {
    if (earlier.realm === globalThis) return 'already';
    original = earlier.original; // a finished test file has left it behind
  }
  if (isWrappedByOthers(original)) return 'foreign';
  const wrapped = wrap(original);
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true });
  Object.defineProperty(wrapped, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapped, wrapperKey, { value: { realm: globalThis, original } });
  const { writable = true, enumerable = false } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  Object.defineProperty(owner, name, { value: wrapped, writable, enumerable, configurable: true });
  return 'wrapped';
}

/** The method that a function of ours has replaced; any other function itself. */
export function originalOf(fn: AnyFunction): AnyFunction {
  return (fn as Wrapper)[wrapperKey]?.original ?? fn;
}

/**
 * Whether a tracer of another kind has replaced a function, so that it is left to that one. `shimmer`, which OpenTelemetry's
 * instrumentations use, leaves these marks. What they have wrapped is not left to them if a bridge leaves their spans out.
 */
export function isWrappedByOthers(fn: object): boolean {
  if (processState.openTelemetry?.wrapsOverTheirs === true) return false;
  const { __wrapped, __original } = fn as { __wrapped?: unknown; __original?: unknown };
  return __wrapped === true || typeof __original === 'function';
}
