/** `connection.prepare()`, and `execute()` of the statement that it makes. Neither publishes on a channel. */

import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { runInCaller } from '../run-in-caller.ts';
import { beginQuery } from '../sql-operation.ts';
import { wrapOnce } from '../wrap-once.ts';
import { bindCallback, settling } from './callbacks.ts';
import { beginStatement, failUnsent, watchCommand } from './connection-methods.ts';
import { failStatement, hasArrayRows, sharedByConfig, textOf } from './mysql2-facts.ts';
import type { AnyFunction, Command, Connection, Statement } from './mysql2-types.ts';

/** Returns what replaces `prepare`. It has a span only if it fails: otherwise `execute()` has one for each time. */
export function tracedPrepare(original: AnyFunction): AnyFunction {
  return function prepare(this: Connection, ...args: unknown[]): unknown {
    const connection = this;
    const statement = args[0];
    bindCallback(args, 1, (callback) => {
      const caller = currentContext();
      const startTime = knownTracer(caller?.span)?.clock.monotonicMs();
      return function prepared(this: unknown, ...results: unknown[]): unknown {
        const [error, info] = results;
        try {
          if (error) runInCaller(caller, recordFailure, undefined, [connection, statement, startTime, error]);
          else wrapExecute(info);
        } catch (fault) {
          countFault(fault);
        }
        return runInCaller(caller, callback, this, results);
      };
    });
    return Reflect.apply(original, this, args);
  };
}

function recordFailure(
  connection: Connection,
  statement: unknown,
  startTime: number | undefined,
  error: unknown,
): void {
  const server = sharedByConfig(connection.config);
  const operation = beginQuery('mysql2', 'mysql', textOf(statement), server, undefined, startTime);
  if (operation !== undefined) failStatement(operation, error);
}

/** The class of prepared statements is not exported. */
function wrapExecute(info: unknown): void {
  if (typeof info === 'object' && info !== null) wrapOnce(Object.getPrototypeOf(info), 'execute', tracedExecute);
}

function tracedExecute(original: AnyFunction): AnyFunction {
  return function execute(this: Statement, ...args: unknown[]): unknown {
    const connection = this._connection as Connection; // mysql2 needs it, too
    const operation = beginStatement(connection, { sql: this.query }, args[0]);
    bindCallback(args, 0, (callback) => settling(operation, callback, hasArrayRows(undefined, connection.config)));
    let command: Command;
    try {
      command = Reflect.apply(original, this, args) as Command;
    } catch (error) {
      failUnsent(operation, error);
      throw error;
    }
    watchCommand(connection, command, operation);
    return command;
  };
}
