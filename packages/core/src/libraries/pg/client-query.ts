/** `client.query()` in all its forms: a span for each call, and the caller's context in its callback and events. */
import { currentContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { failQuery } from '../fail-query.ts';
import type { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { beginQuery } from '../sql-operation.ts';
import { callWatched, hasPromiseClass } from './captured-promise.ts';
import { isPoolsQuery } from './connect.ts';
import { type Driver, enterDriver, leaveDriver } from './native-channel.ts';
import { serverOfClient } from './pg-server.ts';
import type { PgClient, Submittable } from './pg-types.ts';
import { endQuery } from './query-result.ts';
import { statementOf, watchSubmittable } from './submittable.ts';

/** Where a call has its callback: the index of the argument, in the configuration, or nowhere. */
type CallbackPlace = 1 | 2 | 'config' | undefined;

/** Returns what replaces `Client.prototype.query`. */
export function tracedQuery(original: AnyFunction, driver: Driver): AnyFunction {
  return function query(this: PgClient, ...args: unknown[]): unknown {
    let operation: Operation | undefined;
    let place: CallbackPlace;
    let isSubmittable = false;
    const isPools = isPoolsQuery();
    try {
      isSubmittable = typeof (args[0] as Submittable | null | undefined)?.submit === 'function';
      if (!driver.publishes) operation = begin(this, args, isSubmittable);
      place = placeOfCallback(args, isSubmittable);
      const caller = currentContext();
      if (isPools && place === 2 && typeof args[2] === 'function' && !isSubmittable) {
        if (operation !== undefined) args[2] = settled(operation, args[2] as AnyFunction);
      } else if (place !== undefined) replaceCallback(args, place, caller, isSubmittable ? undefined : operation);
      if (isSubmittable) watchSubmittable(args[0] as Submittable, caller, operation);
    } catch (error) {
      countFault(error);
    }
    const outer = enterDriver(driver, operation);
    try {
      if (operation === undefined || place !== undefined || isSubmittable) return Reflect.apply(original, this, args);
      return hasPromiseClass(this, '_Promise')
        ? callWatched(original, this, args, '_Promise', operation, settle)
        : callWithCallback(original, this, args, operation);
    } catch (error) {
      if (operation !== undefined) failQuery(operation, error); // a query that pg refuses, such as `undefined`
      throw error;
    } finally {
      leaveDriver(outer);
    }
  };
}

function begin(client: PgClient, args: readonly unknown[], isSubmittable: boolean): Operation | undefined {
  const [config, values] = args;
  if (typeof config === 'string') {
    return beginQuery('pg', 'postgresql', config, serverOfClient(client), values);
  }
  if (typeof config !== 'object' || config === null) return undefined; // pg throws
  if (isSubmittable) {
    const { text, values: parameters } = statementOf(config as Submittable);
    return beginQuery('pg', 'postgresql', text, serverOfClient(client), parameters);
  }
  const { text, name, values: configured } = config as Readonly<Record<string, unknown>>;
  const statement = typeof text === 'string' ? text : client.connection?.parsedStatements?.[String(name)];
  const parameters = typeof values === 'object' && values !== null ? values : configured;
  return beginQuery(
    'pg',
    'postgresql',
    typeof statement === 'string' ? statement : '',
    serverOfClient(client),
    parameters,
  );
}

/** The order is pg's: the third argument replaces the second, and that the one of the configuration. */
function placeOfCallback(args: readonly unknown[], isSubmittable: boolean): CallbackPlace {
  if (isSubmittable) {
    // It may have a callback, which its own methods call.
    if (typeof args[1] === 'function') return 1;
    return typeof args[2] === 'function' ? 2 : undefined;
  }
  if (args[2]) return 2; // pg throws if it is not a function
  if (typeof args[1] === 'function') return 1;
  const config = args[0];
  return typeof config === 'object' && config !== null && (config as { callback?: unknown }).callback
    ? 'config'
    : undefined;
}

function replaceCallback(
  args: unknown[],
  place: 1 | 2 | 'config',
  caller: Context | undefined,
  operation: Operation | undefined,
): void {
  const callback = place === 'config' ? (args[0] as { callback?: unknown }).callback : args[place];
  if (typeof callback !== 'function') return; // pg throws
  const replacement = function callInCaller(this: unknown, ...results: unknown[]): unknown {
    if (operation !== undefined) settle(operation, results[0], results[1]);
    return runInCaller(caller, callback as AnyFunction, this, results);
  };
  if (place !== 'config') {
    args[place] = replacement;
    return;
  }
  // The configuration is the application's, and may be one for many calls: pg gets an object that inherits from it.
  args[0] = Object.create(args[0] as object, {
    callback: { value: replacement, writable: true, enumerable: true, configurable: true },
  });
}

/** A callback of the driver itself, which needs no context. */
function settled(operation: Operation, callback: AnyFunction): AnyFunction {
  return function callSettled(this: unknown, error: unknown, result: unknown): unknown {
    settle(operation, error, result);
    return Reflect.apply(callback, this, [error, result]);
  };
}

function settle(operation: Operation, error: unknown, result: unknown): void {
  try {
    if (error) failQuery(operation, error);
    else endQuery(operation, result);
  } catch (fault) {
    countFault(fault);
  }
}

/** For a pg whose promises cannot be watched: the callback settles one of ours. */
function callWithCallback(
  original: AnyFunction,
  client: PgClient,
  args: readonly unknown[],
  operation: Operation,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const [config, values] = args;
    const callback = (error: unknown, result: unknown): void => {
      settle(operation, error, result);
      if (error) reject(error);
      else resolve(result);
    };
    Reflect.apply(original, client, [config, values, callback]);
  });
}
