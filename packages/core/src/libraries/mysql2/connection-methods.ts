/**
 * `query()` and `execute()` of a connection.
 *
 * Since 3.20 they publish on channels, which make the spans. What the channels lack comes from here: the statement without the values
 * in it, and the events of a statement without a callback. Before, the spans are made here.
 */
import { countFault } from '../../count-fault.ts';
import type { Operation } from '../operation.ts';
import { beginQuery } from '../sql-operation.ts';
import { originalOf } from '../wrap-once.ts';
import { bindCallback, settling } from './callbacks.ts';
import { listenersOf, watchEvents } from './command-events.ts';
import { failStatement, hasArrayRows, sharedByConfig, textOf } from './mysql2-facts.ts';
import type { AnyFunction, Command, Connection } from './mysql2-types.ts';
import { enter, leave, type RunningStatement } from './running-statement.ts';
import { rememberCommand } from './unanswered.ts';

/** Begins the span of a statement; `undefined` if it gets none. Never throws. */
export function beginStatement(connection: Connection, statement: unknown, values: unknown): Operation | undefined {
  try {
    return beginQuery(
      'mysql2',
      'mysql',
      textOf(statement),
      sharedByConfig(connection.config),
      valuesOf(statement, values),
    );
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function valuesOf(statement: unknown, values: unknown): unknown {
  if (typeof values === 'object' && values !== null) return values;
  return typeof statement === 'object' ? (statement as { readonly values?: unknown } | null)?.values : undefined;
}

/** Returns what replaces `query` or `execute`. */
export function tracedStatement(original: AnyFunction): AnyFunction {
  return isPublishing(original) ? withChannel(original) : withoutChannel(original);
}

/** Whether a method publishes on a channel: it makes the message of it. The names of properties survive a minifier. */
export function isPublishing(method: AnyFunction): boolean {
  return Function.prototype.toString.call(originalOf(method)).includes('serverAddress');
}

function withChannel(original: AnyFunction): AnyFunction {
  return function publishStatement(this: Connection, statement: unknown, values: unknown): unknown {
    const running: RunningStatement = {
      text: textOf(statement),
      isRowsAsArray: hasArrayRows(statement, this.config),
      operation: undefined,
    };
    const before = errorListenersOf(statement);
    const outer = enter(running);
    let command: Command;
    try {
      // biome-ignore lint/complexity/noArguments: without an array for each statement
      command = Reflect.apply(original, this, arguments) as Command;
    } catch (error) {
      // Wrong parameters: thrown before anything is published.
      if (running.operation === undefined) failUnsent(beginStatement(this, statement, values), error);
      throw error;
    } finally {
      leave(outer);
    }
    watchCommand(this, command, running.operation, before);
    return command;
  };
}

function errorListenersOf(statement: unknown): number {
  const { listenerCount } = (statement ?? {}) as Partial<Command>; // a command, if a pool passes one on
  return typeof listenerCount === 'function' ? Number(Reflect.apply(listenerCount, statement, ['error'])) : 0;
}

function withoutChannel(original: AnyFunction): AnyFunction {
  return function runStatement(this: Connection, ...args: unknown[]): unknown {
    const [statement, values] = args;
    const operation = beginStatement(this, statement, values);
    const isRowsAsArray = hasArrayRows(statement, this.config);
    const isBound = bindCallback(args, 1, (callback) => settling(operation, callback, isRowsAsArray));
    const given = statement as Command | null | undefined; // a command, if a pool passes one on
    if (!isBound && typeof given?.onResult === 'function') {
      given.onResult = settling(operation, given.onResult, isRowsAsArray);
    }
    let command: Command;
    try {
      command = Reflect.apply(original, this, args) as Command;
    } catch (error) {
      failUnsent(operation, error);
      throw error;
    }
    watchCommand(this, command, operation);
    return command;
  };
}

/** Ends the span of a statement that was not sent. Never throws. */
export function failUnsent(operation: Operation | undefined, error: unknown): void {
  if (operation === undefined) return;
  try {
    failStatement(operation, error);
  } catch (fault) {
    countFault(fault);
  }
}

/**
 * Watches a command that has been made. Never throws.
 *
 * @param before How many listeners for errors the command had before mysql2 could add one for its channel.
 */
export function watchCommand(
  connection: Connection,
  command: Command | undefined,
  operation: Operation | undefined,
  before: number = Number.POSITIVE_INFINITY,
): void {
  try {
    // mysql2 3.0 returns nothing from a connection that is closed. A callback has been called then.
    if (command === undefined) operation?.end();
    else if (typeof command.onResult !== 'function') {
      const listeners = listenersOf(command);
      watchEvents(connection, command, operation, listeners.length > before ? listeners.at(-1) : undefined);
    } else if (operation !== undefined) rememberCommand(connection, command, operation);
  } catch (error) {
    countFault(error);
  }
}
