/** The spans of core NATS: `publish`, `request` up to its answer, and `process` for the messages of a subscription with a callback. */
import { isPromise } from 'node:util/types';
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry } from '../carried-context.ts';
import { Incoming } from '../incoming.ts';
import { Operation } from '../operation.ts';
import { wrapOnce } from '../wrap-once.ts';
import { optionsWith, senderOf } from './carry.ts';
import type { Methods, NatsConnection, NatsMessage } from './nats-types.ts';
import { type Destination, destinationOf, isInternal } from './subjects.ts';

/** Whether `request()` runs: it calls `publish()`. */
let isInRequest = false;

export function wrapPublish(connection: Methods): void {
  wrapOnce(
    connection,
    'publish',
    (original) =>
      function publish(this: NatsConnection, ...args: unknown[]) {
        if (isInRequest) {
          isInRequest = false;
          return original.apply(this, args);
        }
        const operation = beginSending(this, 'publish', args);
        try {
          return original.apply(this, args);
        } catch (error) {
          operation?.fail(error);
          throw error;
        } finally {
          operation?.end(); // the server says nothing of such a message
        }
      },
  );
}

/** `request()`, and `requestMany()`, whose span ends with its answers. */
export function wrapRequest(connection: Methods): void {
  for (const method of ['request', 'requestMany']) {
    wrapOnce(
      connection,
      method,
      (original) =>
        function request(this: NatsConnection, ...args: unknown[]) {
          const operation = beginSending(this, 'request', args);
          isInRequest = true;
          let result: unknown;
          try {
            result = original.apply(this, args);
          } catch (error) {
            operation?.fail(error);
            throw error;
          } finally {
            isInRequest = false;
          }
          return operation === undefined ? result : endWith(operation, result);
        },
    );
  }
}

/** Starts the span of a message, and gives the message its context. */
const beginSending = contained(
  (connection: NatsConnection, name: 'publish' | 'request', args: unknown[]): Operation | undefined => {
    const [subject, , options] = args;
    if (isInternal(connection, subject)) return undefined;
    const caller = tracedCaller('nats');
    const operation =
      caller &&
      Operation.begin(caller, {
        library: 'nats',
        kind: name === 'publish' ? 'producer' : 'client',
        attributes: [],
        ...destinationOf(connection.protocol, { operation: name, subject: subject as string }), // just looked at
      });
    const context = contextToCarry('nats', operation);
    if (context !== undefined) args[2] = carryIn(options, context) ?? options;
    return operation;
  },
);

const carryIn = contained(optionsWith);

/** Ends the span when the promise settles, or when the iterator that it is resolved with ends. */
export function endWith(operation: Operation, result: unknown): unknown {
  if (!isPromise(result)) {
    operation.end();
    return result;
  }
  return result.then(
    (answer) => {
      const ended = readProperty(answer, 'iterClosed');
      if (isPromise(ended)) {
        ended.then(
          (error) => failOrEnd(operation, error),
          (error) => failOrEnd(operation, error),
        );
      } else operation.end();
      return answer;
    },
    (error) => {
      failOrEnd(operation, error);
      throw error;
    },
  );
}

export const failOrEnd: (operation: Operation, error: unknown) => void = contained(
  (operation: Operation, error: unknown): void => {
    if (error === undefined || error === null) operation.end();
    else operation.fail(causeOf(error));
  },
);

/** The error of a request has what went wrong as its cause, in `nats` 2 as its code. */
function causeOf(error: unknown): unknown {
  const message = readProperty(error, 'message');
  const [name, code] = [readProperty(error, 'name'), readProperty(error, 'code')];
  if (name === 'NatsError' && typeof code === 'string') return { name: code, message };
  const cause = readProperty(error, 'cause');
  return name === 'RequestError' && cause !== undefined ? cause : error;
}

type Callback = (this: unknown, error: unknown, message: NatsMessage) => unknown;

/** Subscriptions with a callback. The body of a loop over a subscription cannot be seen: see `withMessage()`. */
export function wrapSubscribe(connection: Methods): void {
  wrapOnce(
    connection,
    'subscribe',
    (original) =>
      function subscribe(this: NatsConnection, ...args: unknown[]) {
        const [subject, options] = args;
        const callback = readProperty(options, 'callback');
        if (typeof callback === 'function' && !isInternal(this, subject)) {
          const group = readProperty(options, 'queue');
          args[1] = {
            ...(options as object), // it has a callback
            callback: tracedCallback(
              this,
              subject as string, // just looked at
              typeof group === 'string' ? group : undefined,
              callback as Callback,
            ),
          };
        }
        return original.apply(this, args);
      },
  );
}

function tracedCallback(
  connection: NatsConnection,
  pattern: string,
  group: string | undefined,
  callback: Callback,
): Callback {
  return function onMessage(this: unknown, error, message) {
    const call = () => callback.call(this, error, message);
    const incoming = error ? undefined : beginProcessing(connection, pattern, group, message);
    return incoming === undefined ? call() : incoming.run(call, false);
  };
}

const beginProcessing = contained(
  (
    connection: NatsConnection,
    pattern: string,
    group: string | undefined,
    message: NatsMessage,
  ): Incoming | undefined => {
    // What JetStream delivers has a span by jetstream.ts, and what the server says has a code.
    if (message.reply?.startsWith('$JS.ACK.') || readProperty(message.headers, 'code')) return undefined;
    return begin(
      message,
      destinationOf(connection.protocol, { operation: 'process', subject: message.subject, pattern, group }),
      [],
    );
  },
);

/** Starts the span of a message that is processed. */
export function begin(message: NatsMessage, destination: Destination, attributes: AttributeList): Incoming | undefined {
  return Incoming.begin({
    library: 'nats',
    kind: 'consumer',
    attributes,
    senders: [senderOf(message)],
    ...destination,
  });
}
