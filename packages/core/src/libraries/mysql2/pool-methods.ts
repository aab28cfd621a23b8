/**
 * `getConnection()`, `query()` and `execute()` of a pool.
 *
 * A pool that is full calls back when another request releases its connection, and sends the statement from there. Since 3.20 the
 * channel `mysql2:pool:connect` restores the caller; before, `getConnection()` is called with a callback that does.
 */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { runInCaller } from '../run-in-caller.ts';
import { bindCallback } from './callbacks.ts';
import { ConnectionAttempt, enterPool, leavePool } from './failed-connection.ts';
import { sharedByConfig } from './mysql2-facts.ts';
import type { AnyFunction, Pool } from './mysql2-types.ts';

/** Callbacks of ours. A pool whose connection breaks passes them to `getConnection()` once more. */
const bound = new WeakSet<AnyFunction>();

/** Returns what replaces a `getConnection` that does not publish on the channel. */
export function tracedGetConnection(original: AnyFunction): AnyFunction {
  return function getConnection(this: Pool, ...args: unknown[]): unknown {
    bindCallback(args, 0, (callback) => (bound.has(callback) ? callback : reportingFailure(this, callback)));
    return Reflect.apply(original, this, args);
  };
}

function reportingFailure(pool: Pool, callback: AnyFunction): AnyFunction {
  const caller = currentContext();
  const attempt = beginAttempt(pool);
  function connected(this: unknown, ...results: unknown[]): unknown {
    if (results[0]) attempt?.fail(results[0]);
    return runInCaller(caller, callback, this, results);
  }
  bound.add(connected);
  return connected;
}

function beginAttempt(pool: Pool): ConnectionAttempt | undefined {
  try {
    return ConnectionAttempt.begin(sharedByConfig(pool.config.connectionConfig));
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** Returns what replaces `query` or `execute`: it tells `getConnection()` which statement the connection is for. */
export function tracedPoolStatement(original: AnyFunction): AnyFunction {
  return function getConnectionFor(this: Pool, ...args: unknown[]): unknown {
    const outer = enterPool(args);
    try {
      return Reflect.apply(original, this, args);
    } finally {
      leavePool(outer);
    }
  };
}
