/** Results that arrive as a stream, or by events. */
import { type EventEmitter, errorMonitor } from 'node:events';
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { runInCaller } from '../run-in-caller.ts';
import { type BeginCall, beginOnce, runInside, type TracedCall } from './begin-call.ts';
import type { AnyFunction, Client } from './mariadb-types.ts';
import { fail } from './settle.ts';

interface RowStream extends EventEmitter {
  push(row: unknown): boolean;
}

/** Returns what replaces a method that returns a stream. Its events run in the context of its caller. */
export function asStream(begin: BeginCall): (original: AnyFunction) => AnyFunction {
  return (original) =>
    function queryStream(this: Client, ...args: unknown[]): unknown {
      const call = beginOnce(begin, this, args);
      let stream: RowStream;
      try {
        stream = runInside(() => Reflect.apply(original, this, args)) as RowStream;
      } catch (error) {
        if (call !== undefined) fail(call, error);
        throw error;
      }
      try {
        emitInCaller(stream);
        if (call !== undefined) watchStream(stream, call);
      } catch (error) {
        countFault(error);
      }
      return stream;
    };
}

/** The events of mariadb run in the context in which the connection was opened. */
function emitInCaller(emitter: EventEmitter): void {
  const caller = currentContext();
  const { emit } = emitter;
  const value = function emitBound(this: EventEmitter, ...args: unknown[]): unknown {
    return runInCaller(caller, emit, this, args);
  };
  Object.defineProperty(emitter, 'emit', { value, writable: true, configurable: true });
}

/** The span ends when the last row has arrived, not when the application has read it. */
function watchStream(stream: RowStream, call: TracedCall): void {
  const { operation } = call;
  const { push } = stream;
  let rowCount = 0;
  const value = function pushAndCount(this: RowStream, row: unknown): unknown {
    if (row === null) endWithRows(call, rowCount);
    else rowCount++;
    return Reflect.apply(push, this, [row]);
  };
  Object.defineProperty(stream, 'push', { value, writable: true, configurable: true });
  stream.once(errorMonitor, (error) => fail(call, error));
  stream.once('close', () => operation.end()); // given up by the application
}

function endWithRows({ operation }: TracedCall, rowCount: number): void {
  if (operation.recording?.isRecording() === true) operation.set('db.response.returned_rows', rowCount);
  operation.end();
}

/** A command of a connection with callbacks, for a call without one. It emits `data` for each row if that is listened for. */
export function watchCommand(command: unknown, call: TracedCall): void {
  try {
    const emitter = command as EventEmitter;
    emitInCaller(emitter);
    emitter.once('end', (error: unknown) => {
      if (error) fail(call, error);
      else call.operation.end();
    });
  } catch (error) {
    countFault(error);
  }
}
