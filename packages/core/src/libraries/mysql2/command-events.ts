/**
 * A statement without a callback: mysql2 returns a command that emits `fields`, `result`, `error` and `end`, or a stream on top of it.
 *
 * The events run in the context of the code that made the call: mysql2 emits them in the context in which the connection was opened.
 */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import type { Operation } from '../operation.ts';
import { runInCaller } from '../run-in-caller.ts';
import { failStatement } from './mysql2-facts.ts';
import type { AnyFunction, Command, Connection } from './mysql2-types.ts';
import { rememberWithEvents } from './unanswered.ts';

/**
 * Watches the events of a command, from the context of its caller.
 *
 * @param onlyForChannel The listener for errors that mysql2 has added for its channel.
 */
export function watchEvents(
  connection: Connection,
  command: Command,
  operation: Operation | undefined,
  onlyForChannel: AnyFunction | undefined,
): void {
  const caller = currentContext();
  const unanswered = operation === undefined ? undefined : rememberWithEvents(connection, operation);
  const emit = command.emit;
  let rowCount: number | undefined;
  let isRow = false;

  function note(event: unknown, value: unknown): void {
    if (operation === undefined) return;
    if (event === 'result') {
      if (isRow) rowCount = (rowCount ?? 0) + 1;
    } else if (event === 'fields') {
      isRow = Array.isArray(value); // of INSERT, UPDATE and the like: undefined
      if (isRow) rowCount ??= 0;
    } else if (event === 'error') {
      unanswered?.delete(operation);
      failStatement(operation, value);
    } else if (event === 'end') {
      unanswered?.delete(operation);
      if (rowCount !== undefined && operation.recording?.isRecording() === true) {
        operation.set('db.response.returned_rows', rowCount);
      }
      operation.end();
    }
  }

  function emitInCaller(this: Command, ...args: unknown[]): boolean {
    try {
      note(args[0], args[1]);
      if (args[0] === 'error' && onlyForChannel !== undefined) releaseError(this, onlyForChannel, args[1]);
    } catch (error) {
      countFault(error);
    }
    return runInCaller(caller, emit, this, args) as boolean; // what emit() returns
  }

  Object.defineProperty(command, 'emit', { value: emitInCaller, writable: true, configurable: true });
}

/**
 * mysql2 listens for the error of a statement whose channel has subscribers. An error that nothing else listens for would then be
 * lost, where it ends the connection without a subscriber.
 */
function releaseError(command: Command, onlyForChannel: AnyFunction, error: unknown): void {
  if (command.listenerCount('error') !== 1 || listenersOf(command).at(-1) !== onlyForChannel) return;
  command.removeListener('error', onlyForChannel);
  onlyForChannel(error);
}

/** The listeners for errors, those that `once()` added as they were given. */
export function listenersOf(command: Command): readonly AnyFunction[] {
  return command.rawListeners('error').map((listener) => (listener as { listener?: AnyFunction }).listener ?? listener);
}
