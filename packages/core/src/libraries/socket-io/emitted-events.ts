/** The span of an event that the application sends: until it is handed over, or until it is acknowledged if the application waits for that. */
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { optionsOf, tracedCaller } from '../caller.ts';
import { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { attributesOf, createEventNames, pushRooms } from './namespace-attributes.ts';
import { addPending, type Pending, removePending } from './pending.ts';

const nameOf = createEventNames('send');

/** Wraps `emit(event, ...args)` of a socket. */
export function traceSocketEmit(original: AnyFunction): AnyFunction {
  return function emit(this: object, ...args: unknown[]): unknown {
    const operation = begin(readProperty(this, 'nsp'), undefined, args);
    if (operation === undefined) return original.apply(this, args);
    const hasTimeout = readProperty(readProperty(this, 'flags'), 'timeout') !== undefined;
    return send(operation, original, this, args, hasTimeout, this);
  };
}

/** Wraps `emit(event, ...args)` of what `to()`, `except()`, `broadcast` and namespaces return or use. */
export function traceBroadcast(original: AnyFunction): AnyFunction {
  return function emit(this: object, ...args: unknown[]): unknown {
    const operation = begin(readProperty(readProperty(this, 'adapter'), 'nsp'), readProperty(this, 'rooms'), args);
    if (operation === undefined) return original.apply(this, args);
    return send(operation, original, this, args, true, undefined);
  };
}

const begin: (namespace: unknown, rooms: unknown, args: readonly unknown[]) => Operation | undefined = contained(
  (namespace: unknown, rooms: unknown, [event]: readonly unknown[]) => {
    const caller = tracedCaller('socket.io');
    if (caller === undefined || typeof namespace !== 'object' || namespace === null) return undefined;
    const options = optionsOf('socket.io', caller);
    if (options?.messages !== true) return undefined;
    const attributes: AttributeList = ['messaging.socket.io.event_name', String(event)];
    if (options.rooms) pushRooms(attributes, rooms);
    const { sent } = attributesOf(namespace);
    return Operation.begin(caller, {
      library: 'socket.io',
      name: nameOf(String(event)),
      kind: 'producer',
      attributes,
      shared: sent,
    });
  },
);

/**
 * @param takesError Whether the function for the acknowledgement gets an error first: if there is a timeout.
 * @param socket Whose end ends the wait; `undefined` where a timer of Socket.IO always does.
 */
function send(
  operation: Operation,
  original: AnyFunction,
  self: object,
  args: unknown[],
  takesError: boolean,
  socket: object | undefined,
): unknown {
  const acknowledged = args.at(-1);
  const isAwaited = typeof acknowledged === 'function';
  if (isAwaited) args[args.length - 1] = awaitAck(operation, acknowledged as AnyFunction, takesError, socket);
  let hasReturned = false;
  try {
    // What an adapter does, such as publishing to Redis, is below the span.
    const result: unknown = runInCaller(operation.context(), original, self, args);
    hasReturned = true;
    return result;
  } catch (error) {
    contained(() => operation.fail(error))();
    throw error;
  } finally {
    if (hasReturned && !isAwaited) contained(() => operation.end())();
  }
}

function awaitAck(
  operation: Operation,
  acknowledged: AnyFunction,
  takesError: boolean,
  socket: object | undefined,
): AnyFunction {
  const pending: Pending = { abandon: () => operation.end() };
  if (socket !== undefined) addPending(socket, pending);
  return function ack(this: unknown, ...values: unknown[]): unknown {
    contained(() => {
      if (socket !== undefined) removePending(socket, pending);
      if (takesError && values[0] !== null && values[0] !== undefined) operation.fail(values[0]);
      else operation.end();
    })();
    return runInCaller(operation.caller, acknowledged, this, values);
  };
}
