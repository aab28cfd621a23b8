/**
 * Sees how a promise of pg settles, without touching it. A handler on the promise would mark its rejection as handled, so that Node
 * would not report one that the application does not handle; and a derived promise would not be the one that pg returns.
 *
 * pg makes its promises with a class that is a property of the client or the pool. For one call it is replaced by a function that
 * makes the same promise, with an executor that is watched.
 */
import { countFault } from '../../count-fault.ts';
import type { AnyFunction } from '../run-in-caller.ts';
import type { Executor, PromiseClass } from './pg-types.ts';

/** Called before the promise settles. It may throw. */
export type Settled<Call> = (call: Call, error: unknown, value: unknown) => void;

interface Watch {
  readonly owner: object;
  readonly property: string;
  readonly promiseClass: PromiseClass;
  readonly call: unknown;
  readonly settled: Settled<unknown>;
  /** The one that was there before. */
  readonly outer: Watch | undefined;
}

/** The innermost call whose promise has not been made yet. */
let innermost: Watch | undefined;

/** Gives the owner its class back. */
function release(watch: Watch): void {
  innermost = watch.outer;
  (watch.owner as Record<string, unknown>)[watch.property] = watch.promiseClass;
}

function note({ settled, call }: Watch, error: unknown, value: unknown): void {
  try {
    settled(call, error, value);
  } catch (fault) {
    countFault(fault);
  }
}

function WatchedPromise(executor: Executor): object {
  const watch = innermost;
  if (watch === undefined) return new Promise(executor);
  release(watch);
  return new watch.promiseClass((resolve, reject) =>
    executor(
      (value) => {
        note(watch, undefined, value);
        resolve(value);
      },
      (error) => {
        note(watch, error, undefined);
        reject(error);
      },
    ),
  );
}

WatchedPromise.reject = function reject(error: unknown): object {
  const watch = innermost;
  if (watch === undefined) return Promise.reject(error);
  release(watch);
  note(watch, error, undefined);
  return watch.promiseClass.reject(error);
};

/** Whether the owner's promises can be watched. */
export function hasPromiseClass(owner: object, property: string): boolean {
  return typeof (owner as Record<string, unknown>)[property] === 'function';
}

/**
 * Calls a method that returns a promise, and returns that.
 *
 * @param property Of `owner`: where the class of its promises is.
 * @param settled Called with `call` before the promise settles.
 */
export function callWatched<Call>(
  original: AnyFunction,
  owner: object,
  args: readonly unknown[],
  property: string,
  call: Call,
  settled: Settled<Call>,
): unknown {
  const watch: Watch = {
    owner,
    property,
    promiseClass: (owner as Record<string, unknown>)[property] as PromiseClass,
    call,
    settled: settled as Settled<unknown>, // called with `call` only
    outer: innermost,
  };
  innermost = watch;
  (owner as Record<string, unknown>)[property] = WatchedPromise;
  try {
    return Reflect.apply(original, owner, args);
  } finally {
    if (innermost === watch) release(watch); // no promise was made
  }
}
