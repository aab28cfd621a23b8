/** Callbacks of the application, which run in the context of the code that passed them. */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { recordRows } from '../mysql-results.ts';
import type { Operation } from '../operation.ts';
import { runInCaller } from '../run-in-caller.ts';
import { failStatement } from './mysql2-facts.ts';
import type { AnyFunction } from './mysql2-types.ts';

/** Replaces the first function among the arguments from `index` on. @returns Whether there is one. */
export function bindCallback(args: unknown[], index: number, wrap: (callback: AnyFunction) => AnyFunction): boolean {
  for (let at = index; at < args.length; at++) {
    if (typeof args[at] === 'function') {
      args[at] = wrap(args[at] as AnyFunction);
      return true;
    }
  }
  return false;
}

/** A callback that runs in the context of this moment. */
export function inCaller(callback: AnyFunction): AnyFunction {
  const caller = currentContext();
  return function callInCaller(this: unknown, ...results: unknown[]): unknown {
    return runInCaller(caller, callback, this, results);
  };
}

/** The same, which ends the span of a statement first. */
export function settling(operation: Operation | undefined, callback: AnyFunction, isRowsAsArray: boolean): AnyFunction {
  const caller = currentContext();
  let isSettled = operation === undefined;
  return function settle(this: unknown, ...results: unknown[]): unknown {
    if (!isSettled) {
      isSettled = true; // mysql2 calls back twice for a statement that ends after its timeout
      finish(operation as Operation, results, isRowsAsArray);
    }
    return runInCaller(caller, callback, this, results);
  };
}

function finish(operation: Operation, [error, result]: readonly unknown[], isRowsAsArray: boolean): void {
  try {
    if (error) failStatement(operation, error);
    else recordRows(operation, result, isRowsAsArray);
  } catch (fault) {
    countFault(fault);
  } finally {
    operation.end();
  }
}
