/** Callbacks run in the context of the code that passed them, whatever the context in which the driver calls them. */
import { currentContext } from '../active-context.ts';
import type { Context } from '../context.ts';
import { processState } from '../process-state.ts';

// biome-ignore lint/suspicious/noExplicitAny: the functions of a library's user take anything
export type AnyFunction = (this: any, ...args: any[]) => any;

const { storage } = processState;

/** Calls `fn` in a context, or outside any. */
export function runInCaller(
  caller: Context | undefined,
  fn: AnyFunction,
  self: unknown,
  args: ArrayLike<unknown>,
): unknown {
  if (currentContext() === caller) return Reflect.apply(fn, self, args);
  return storage.run(caller as Context, Reflect.apply, fn, self, args); // `undefined` is outside any context
}
