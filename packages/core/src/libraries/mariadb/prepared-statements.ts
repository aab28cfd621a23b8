/** `connection.prepare()`, and `execute()` of the statement that it makes. */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { runInCaller } from '../run-in-caller.ts';
import { wrapOnce } from '../wrap-once.ts';
import { beginPrepared, beginUnprepared } from './begin-call.ts';
import type { AnyFunction, Client, Methods } from './mariadb-types.ts';
import { byCallback, byPromise, fail } from './settle.ts';
import { asStream } from './streams.ts';

/** The connection of each prepared statement. */
const connections = new WeakMap<Client, Client>();

/** Returns what replaces `prepare`. It has a span only if it fails: otherwise `execute()` has one for each time. */
export function tracedPrepare(original: AnyFunction): AnyFunction {
  return function prepare(this: Client, ...args: unknown[]): unknown {
    const connection = this;
    const statement = args[0];
    const caller = currentContext();
    const startTime = knownTracer(caller?.span)?.clock.monotonicMs();

    function prepared(error: unknown, info: unknown): void {
      try {
        if (!error) wrapPrepared(connection, info);
        else runInCaller(caller, recordFailure, undefined, [connection, statement, startTime, error]);
      } catch (fault) {
        countFault(fault);
      }
    }

    const callback = args[1];
    if (typeof callback === 'function') {
      args[1] = function calledBack(this: unknown, ...results: unknown[]): unknown {
        prepared(results[0], results[1]);
        return runInCaller(caller, callback as AnyFunction, this, results);
      };
    }
    const promise: unknown = Reflect.apply(original, this, args);
    if (!(promise instanceof Promise)) return promise;
    return promise.then(
      (info: unknown) => {
        prepared(undefined, info);
        return info;
      },
      (error: unknown) => {
        prepared(error, undefined);
        throw error;
      },
    );
  };
}

function recordFailure(connection: Client, statement: unknown, startTime: number | undefined, error: unknown): void {
  const call = beginUnprepared(connection, statement, startTime);
  if (call !== undefined) fail(call, error);
}

/** The methods are properties of each statement that comes from the driver's cache, so each is wrapped by itself. */
function wrapPrepared(connection: Client, info: unknown): void {
  if (typeof info !== 'object' || info === null) return;
  connections.set(info, connection);
  wrapOnce(info as Methods, 'execute', tracedExecute);
  wrapOnce(info as Methods, 'executeStream', asStream(begin));
}

function begin(prepared: Client, args: readonly unknown[]): ReturnType<ReturnType<typeof beginPrepared>> {
  const connection = connections.get(prepared);
  return connection && beginPrepared(connection)(prepared, args);
}

function tracedExecute(original: AnyFunction): AnyFunction {
  const withPromise = byPromise(begin)(original);
  const withCallback = byCallback(begin)(original);
  return function execute(this: Client, ...args: unknown[]): unknown {
    const hasCallback = args.some((arg) => typeof arg === 'function');
    return Reflect.apply(hasCallback ? withCallback : withPromise, this, args);
  };
}
