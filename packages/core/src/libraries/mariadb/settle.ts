/** The end of a call, by promise or callback. */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { recordRows } from '../mysql-results.ts';
import { runInCaller } from '../run-in-caller.ts';
import { type BeginCall, beginOnce, runInside, type TracedCall } from './begin-call.ts';
import { failCall } from './mariadb-facts.ts';
import type { AnyFunction, Client } from './mariadb-types.ts';

/** Ends the span of a call. Never throws. */
function succeed({ operation, isRowsAsArray, isMetaAsArray }: TracedCall, result: unknown): void {
  try {
    recordRows(operation, isMetaAsArray && Array.isArray(result) ? result[0] : result, isRowsAsArray);
  } catch (error) {
    countFault(error);
  } finally {
    operation.end();
  }
}

/** The same for a call that failed. */
export function fail({ operation }: TracedCall, error: unknown): void {
  try {
    failCall(operation, error);
  } catch (fault) {
    countFault(fault);
    operation.end();
  }
}

/** A method that returns a promise. The promise of a call that has a span is another one, which settles the same. */
export function byPromise(begin: BeginCall): (original: AnyFunction) => AnyFunction {
  return (original) =>
    function callByPromise(this: Client, ...args: unknown[]): unknown {
      const call = beginOnce(begin, this, args);
      if (call === undefined) return Reflect.apply(original, this, args);
      return watchPromise(callOriginal(original, this, args, call), call);
    };
}

/** Calls the library. What it throws ends the span. */
function callOriginal(original: AnyFunction, client: Client, args: unknown[], call: TracedCall | undefined): unknown {
  try {
    return runInside(() => Reflect.apply(original, client, args));
  } catch (error) {
    if (call !== undefined) fail(call, error);
    throw error;
  }
}

function watchPromise(promise: unknown, call: TracedCall): unknown {
  if (!(promise instanceof Promise)) {
    call.operation.end();
    return promise;
  }
  return promise.then(
    (result: unknown) => {
      succeed(call, result);
      return result;
    },
    (error: unknown) => {
      fail(call, error);
      throw error;
    },
  );
}

/**
 * A method that takes a callback, as its last argument.
 *
 * @param place Where the callback is if the call has none: mariadb calls it in the end. Absent: the method returns a command.
 */
export function byCallback(
  begin: BeginCall,
  place?: number,
  watch?: (command: unknown, call: TracedCall) => void,
): (original: AnyFunction) => AnyFunction {
  return (original) =>
    function callByCallback(this: Client, ...args: unknown[]): unknown {
      const call = beginOnce(begin, this, args);
      const at = args.findIndex((arg) => typeof arg === 'function');
      if (at !== -1) args[at] = settling(call, args[at] as AnyFunction);
      else if (call !== undefined && place !== undefined) {
        while (args.length < place) args.push(undefined);
        args[place] = settling(call, undefined);
      }
      const result = callOriginal(original, this, args, call);
      if (call !== undefined && at === -1) watch?.(result, call);
      return result;
    };
}

/** A callback that runs in the context of this moment, and ends the span first. */
function settling(call: TracedCall | undefined, callback: AnyFunction | undefined): AnyFunction {
  const caller = currentContext();
  return function settle(this: unknown, ...results: unknown[]): unknown {
    if (call !== undefined) {
      if (results[0]) fail(call, results[0]);
      else succeed(call, results[1]);
    }
    return callback && runInCaller(caller, callback, this, results);
  };
}

/** For a method that has no span, and a callback. */
export function withCallbackInCaller(original: AnyFunction): AnyFunction {
  return function callInCaller(this: Client, ...args: unknown[]): unknown {
    const at = args.findIndex((arg) => typeof arg === 'function');
    if (at !== -1) args[at] = settling(undefined, args[at] as AnyFunction);
    return Reflect.apply(original, this, args);
  };
}
