/**
 * The spans of JetStream: `publish` up to the server's acknowledgement, `process` for the messages of a consumer with a callback, up to
 * their acknowledgement, and `receive` for messages that are asked for.
 */
import { withContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry } from '../carried-context.ts';
import type { Incoming } from '../incoming.ts';
import { Operation } from '../operation.ts';
import { wrapOnce } from '../wrap-once.ts';
import { processWithAck, wrapAcknowledgements } from './acknowledgements.ts';
import { optionsWith, senderOf } from './carry.ts';
import { begin, endWith, failOrEnd } from './connection.ts';
import type { JetStreamConsumer, JetStreamMessage, Methods, NatsConnection } from './nats-types.ts';
import { destinationOf } from './subjects.ts';

interface Client {
  readonly nc?: NatsConnection | undefined;
}

export function wrapJetStreamPublish(client: Methods): void {
  wrapOnce(
    client,
    'publish',
    (original) =>
      function publish(this: Client, ...args: unknown[]) {
        const operation = beginPublish(this, args);
        if (operation === undefined) return original.apply(this, args);
        // It is a request to the server, which is made again if nothing answers. One span has it all.
        operation.coverNested();
        return endWith(
          operation,
          withContext(operation.context(), () => original.apply(this, args)),
        );
      },
  );
}

const beginPublish = contained((client: Client, args: unknown[]): Operation | undefined => {
  const [subject, , options] = args;
  if (typeof subject !== 'string' || subject.startsWith('$')) return undefined;
  const caller = tracedCaller('nats');
  const operation =
    caller &&
    Operation.begin(caller, {
      library: 'nats',
      kind: 'producer',
      attributes: idOf(readProperty(options, 'msgID')),
      ...destinationOf(client.nc?.protocol, { operation: 'publish', subject }),
    });
  const context = contextToCarry('nats', operation);
  if (context !== undefined) args[2] = carryIn(options, context) ?? options;
  return operation;
});

const carryIn = contained(optionsWith);

function idOf(id: unknown): AttributeList {
  return typeof id === 'string' && id !== '' ? ['messaging.message.id', id] : [];
}

type Callback = (this: unknown, message: JetStreamMessage) => unknown;

/** The classes of consumers. */
export function wrapConsumer(consumer: Methods): void {
  wrapOnce(
    consumer,
    'consume',
    (original) =>
      function consume(this: JetStreamConsumer, ...args: unknown[]) {
        const [options] = args;
        const callback = readProperty(options, 'callback');
        if (typeof callback === 'function') {
          args[0] = { ...(options as object), callback: tracedCallback(this, callback as Callback) }; // it has a callback
        }
        return original.apply(this, args);
      },
  );
  wrapNext(consumer);
  wrapFetch(consumer);
}

function tracedCallback(consumer: JetStreamConsumer, callback: Callback): Callback {
  return function onMessage(this: unknown, message) {
    const call = () => callback.call(this, message);
    const incoming = beginProcessing(message);
    if (incoming === undefined) return call();
    const policy = consumer._info?.config?.ack_policy;
    if (policy === 'none') return incoming.run(call, false);
    return processWithAck(message, incoming, policy === 'all', call);
  };
}

/** Starts the span of a message that is processed. The stores that are built on JetStream have none. */
export const beginProcessing: (message: JetStreamMessage) => Incoming | undefined = contained(
  (message: JetStreamMessage): Incoming | undefined => {
    if (message.subject.startsWith('$')) return undefined;
    wrapAcknowledgements(Object.getPrototypeOf(message));
    const { info } = message;
    const destination = destinationOf(message.msg?.publisher, {
      operation: 'process',
      subject: message.subject,
      consumer: typeof info?.consumer === 'string' ? info.consumer : undefined,
    });
    const attributes = idOf(message.headers?.get('Nats-Msg-Id'));
    if (typeof info?.stream === 'string') attributes.push('nats.stream', info.stream);
    if (typeof info?.streamSequence === 'number') attributes.push('nats.stream_sequence', info.streamSequence);
    if (typeof info?.deliveryCount === 'number' && info.deliveryCount > 1)
      attributes.push('nats.delivery_count', info.deliveryCount);
    return begin(message, destination, attributes);
  },
);

function wrapNext(consumer: Methods): void {
  wrapOnce(
    consumer,
    'next',
    (original) =>
      function next(this: JetStreamConsumer, ...args: unknown[]) {
        const operation = beginReceiving(this);
        if (operation === undefined) return original.apply(this, args);
        operation.coverNested(); // it calls fetch()
        const result = callReceiving(operation, () =>
          withContext(operation.context(), () => original.apply(this, args)),
        );
        return result.then(
          (message) => {
            if (message) linkTo(operation, message as JetStreamMessage);
            operation.end();
            return message;
          },
          (error) => {
            failOrEnd(operation, error);
            throw error;
          },
        );
      },
  );
}

/** Calls a method that returns a promise. That of nats 2 throws if it refuses the options. */
function callReceiving(operation: Operation, call: () => unknown): Promise<unknown> {
  try {
    return call() as Promise<unknown>;
  } catch (error) {
    failOrEnd(operation, error);
    throw error;
  }
}

/** The iterators of `fetch()` that have a span. */
const fetching = new WeakMap<object, { readonly operation: Operation; count: number }>();

function wrapFetch(consumer: Methods): void {
  wrapOnce(
    consumer,
    'fetch',
    (original) =>
      function fetch(this: JetStreamConsumer, ...args: unknown[]) {
        const operation = beginReceiving(this);
        if (operation === undefined) return original.apply(this, args);
        const result = callReceiving(operation, () => original.apply(this, args));
        return result.then(
          (messages) => {
            follow(operation, messages as object); // the client's iterator
            return messages;
          },
          (error) => {
            failOrEnd(operation, error);
            throw error;
          },
        );
      },
  );
}

const beginReceiving = contained((consumer: JetStreamConsumer): Operation | undefined => {
  const caller = tracedCaller('nats');
  if (caller === undefined) return undefined;
  const { name, stream_name: stream } = consumer._info ?? {};
  const destination = destinationOf(consumer.api?.nc?.protocol, {
    operation: 'receive',
    subject: typeof stream === 'string' ? stream : '',
    consumer: typeof name === 'string' ? name : undefined,
  });
  return Operation.begin(caller, { library: 'nats', kind: 'client', attributes: [], ...destination });
});

/** The span of `fetch()` ends with its iterator. */
const follow = contained((operation: Operation, messages: object): void => {
  const pull = { operation, count: 0 };
  fetching.set(messages, pull);
  wrapOnce(
    Object.getPrototypeOf(messages) as Methods,
    '_push',
    (original) =>
      function push(this: object, ...args: unknown[]) {
        noteFetched(this, args[0]);
        return original.apply(this, args);
      },
  );
  const closed = readProperty(messages, 'closed');
  if (typeof closed !== 'function') {
    operation.end();
    return;
  }
  const end = (error: unknown) => {
    operation.set('messaging.batch.message_count', pull.count);
    failOrEnd(operation, error);
  };
  (Reflect.apply(closed, messages, []) as Promise<unknown>).then(end, end);
});

const noteFetched = contained((messages: object, message: unknown): void => {
  const pull = fetching.get(messages);
  if (pull === undefined || typeof message !== 'object' || message === null) return; // it may be a function
  pull.count++;
  linkTo(pull.operation, message as JetStreamMessage);
});

const linkTo = contained((operation: Operation, message: JetStreamMessage): void => {
  const sender = senderOf(message)?.span;
  if (isWaymarkSpan(sender)) operation.recording?.addLink({ context: sender.spanContext() });
});
