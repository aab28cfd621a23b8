/** Counts what goes wrong in our code while it runs inside a call of the application, which must not notice. */
import { currentContext } from './active-context.ts';
import { knownTracer } from './internal-tracer.ts';

/** Counts a fault at the tracer of the active span, or else at the process's. Never throws. */
export function countFault(error: unknown): void {
  try {
    knownTracer(currentContext()?.span)?.diagnostics.count('instrumentation-failed', error);
  } catch {
    // The active span is foreign, and throws when its tracer is read. No diagnostics can count that.
  }
}

/** Returns a function that catches and counts what the given one throws, and then returns `undefined`. */
export function contained<This, Arguments extends unknown[], Result>(
  fn: (this: This, ...args: Arguments) => Result,
): (this: This, ...args: Arguments) => Result | undefined {
  return function contained(this: This, ...args: Arguments): Result | undefined {
    try {
      return fn.apply(this, args);
    } catch (error) {
      countFault(error);
      return undefined;
    }
  };
}
