/** The spans of messages that are received: `process` for a consumer, `get` for a message that is asked for. */
import { isPromise } from 'node:util/types';
import { bind } from '../../active-context.ts';
import type { AttributeValue } from '../../attribute-value.ts';
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { tracedCaller } from '../caller.ts';
import { readContext } from '../carried-context.ts';
import { Incoming } from '../incoming.ts';
import { MessageProcessing, type WaitingMessages } from '../message-processing.ts';
import { Operation } from '../operation.ts';
import { runInCaller } from '../run-in-caller.ts';
import { wrapOnce } from '../wrap-once.ts';
import type { AmqpChannel, AmqpMessage, Methods } from './amqplib-types.ts';
import { destinationOf } from './destinations.ts';
import { idsOf } from './publish.ts';

type Handler = (this: unknown, message: AmqpMessage | null) => unknown;

/** Messages that wait for their acknowledgement, by channel and delivery tag, in the order of their tags. */
const waiting = new WeakMap<AmqpChannel, WaitingMessages<number>>();

export function wrapConsume(channel: Methods): void {
  wrapOnce(
    channel,
    'consume',
    (original) =>
      function consume(this: AmqpChannel, ...args: unknown[]) {
        const [queue, handler, options, callback] = args;
        if (typeof handler === 'function') {
          args[1] = tracedHandler(this, queue, handler as Handler, readProperty(options, 'noAck') === true);
        }
        if (typeof callback === 'function') args[3] = bind(callback as () => unknown);
        return original.apply(this, args);
      },
  );
}

function tracedHandler(channel: AmqpChannel, queue: unknown, handler: Handler, isNoAck: boolean): Handler {
  return function onMessage(this: unknown, message) {
    const handle = () => handler.call(this, message);
    // `null`: the broker has cancelled the consumer, since its queue was deleted.
    const incoming = message ? beginProcessing(channel, queue, message) : undefined;
    if (incoming === undefined) return handle();
    const tag = isNoAck ? undefined : tagOf(message);
    if (tag === undefined) return incoming.run(handle, false);
    return new MessageProcessing(incoming, messagesOn(channel), tag).run(handle);
  };
}

/** Messages that the application has asked for, and processes in `withMessage()`. */
const asked = new WeakMap<object, Incoming>();

/** A message whose span ends with a function, and sooner if the function refuses it. */
export function noteRefusalOf(message: AmqpMessage, incoming: Incoming): void {
  asked.set(message, incoming);
}

type BeginProcessing = (channel: AmqpChannel, queue: unknown, message: AmqpMessage) => Incoming | undefined;

/** Starts the span of a message that is processed. */
export const beginProcessing: BeginProcessing = contained(
  (channel: AmqpChannel, queue: unknown, message: AmqpMessage): Incoming | undefined => {
    const { fields, properties } = message;
    const { name, shared } = destinationOf(channel, 'process', fields.exchange, fields.routingKey, queue);
    return Incoming.begin({
      library: 'amqplib',
      name,
      kind: 'consumer',
      attributes: attributesOf(message),
      shared,
      senders: [readContext(properties.headers as object | undefined)],
    });
  },
);

function attributesOf(message: AmqpMessage): AttributeList {
  const list = idsOf(message.properties);
  const tag = tagOf(message);
  if (tag !== undefined) list.push('messaging.rabbitmq.message.delivery_tag', tag);
  if (message.fields.redelivered === true) list.push('amqp.redelivered', true); // its name in AMQP: the conventions have none
  return list;
}

function tagOf(message: unknown): number | undefined {
  const tag = readProperty(readProperty(message, 'fields'), 'deliveryTag');
  return typeof tag === 'number' ? tag : undefined;
}

function messagesOn(channel: AmqpChannel): WaitingMessages<number> {
  let messages = waiting.get(channel);
  if (messages === undefined) {
    messages = new Map();
    waiting.set(channel, messages);
  }
  return messages;
}

/** How a method settles messages, by its arguments. */
interface Settling {
  readonly method: string;
  readonly how: 'ack' | 'nack' | 'reject';
  /** Whether it is about all messages of the channel. Otherwise its first argument is a message. */
  readonly isForAll: boolean;
  /** The places of these arguments. */
  readonly allUpTo?: number;
  readonly requeue?: number;
}

const settlings: readonly Settling[] = [
  { method: 'ack', how: 'ack', isForAll: false, allUpTo: 1 },
  { method: 'ackAll', how: 'ack', isForAll: true },
  { method: 'nack', how: 'nack', isForAll: false, allUpTo: 1, requeue: 2 },
  { method: 'nackAll', how: 'nack', isForAll: true, requeue: 0 },
  { method: 'reject', how: 'reject', isForAll: false, requeue: 1 },
];

/** The methods that settle messages. */
export function wrapSettling(channel: Methods): void {
  for (const settling of settlings) {
    wrapOnce(
      channel,
      settling.method,
      (original) =>
        function settle(this: AmqpChannel, ...args: unknown[]) {
          const result = original.apply(this, args);
          settleMessages(this, settling, args); // not if it throws: the channel is closed
          return result;
        },
    );
  }
}

const settleMessages = contained((channel: AmqpChannel, settling: Settling, args: readonly unknown[]): void => {
  if (settling.how !== 'ack') refuseAsked(args[0], settling.how);
  const messages = waiting.get(channel);
  if (messages === undefined || messages.size === 0) return;
  const { how, isForAll, allUpTo, requeue } = settling;
  const tag = isForAll ? 0 : tagOf(args[0]);
  if (tag === undefined) return;
  // The default of amqplib is to requeue.
  const isRequeued = requeue !== undefined && (args[requeue] === undefined || Boolean(args[requeue]));
  if (!isForAll && !(allUpTo !== undefined && Boolean(args[allUpTo]))) {
    settleOne(messages, tag, how, isRequeued);
    return;
  }
  for (const earlier of messages.keys()) {
    if (tag !== 0 && earlier > tag) break; // 0 is all, in AMQP
    settleOne(messages, earlier, how, isRequeued);
  }
});

function refuseAsked(message: unknown, how: string): void {
  if (typeof message === 'object' && message !== null) asked.get(message)?.refuse(how, refusal(how));
}

function refusal(how: string): string {
  return `the message was refused by ${how}()`;
}

function settleOne(messages: WaitingMessages<number>, tag: number, how: Settling['how'], isRequeued: boolean): void {
  const processing = messages.get(tag);
  if (processing === undefined) return;
  if (how === 'ack') {
    processing.settle();
    return;
  }
  processing.incoming.set('amqp.requeue', isRequeued);
  processing.refuse(how, refusal(how));
}

/** Ends the spans of all messages of a channel that ends. The broker delivers them again. */
export function endWaiting(channel: AmqpChannel): void {
  const messages = waiting.get(channel);
  if (messages === undefined) return;
  waiting.delete(channel);
  for (const processing of messages.values()) {
    processing.refuse('channel_closed', 'the channel was closed before the message was acknowledged');
  }
}

type Callback = (this: unknown, error: unknown, message?: unknown) => unknown;

/** `get()`, with a promise or a callback. The message is processed by the code that has asked for it. */
export function wrapGet(channel: Methods): void {
  wrapOnce(
    channel,
    'get',
    (original) =>
      function get(this: AmqpChannel, ...args: unknown[]) {
        const operation = beginGet(this, args[0]);
        const callback = args[2];
        if (operation === undefined) {
          if (typeof callback === 'function') args[2] = bind(callback as () => unknown);
          return original.apply(this, args);
        }
        if (typeof callback === 'function') {
          args[2] = (error: unknown, message?: unknown) => {
            received(operation, error, message);
            return runInCaller(operation.caller, callback as Callback, undefined, [error, message]);
          };
        }
        try {
          const result = original.apply(this, args);
          if (isPromise(result)) return follow(operation, result);
          if (typeof callback !== 'function') operation.end(); // without a callback, amqplib passes the message to no function
          return result;
        } catch (error) {
          operation.fail(error);
          throw error;
        }
      },
  );
}

const beginGet = contained((channel: AmqpChannel, queue: unknown): Operation | undefined => {
  const caller = tracedCaller('amqplib');
  if (caller === undefined) return undefined;
  const { name, shared } = destinationOf(channel, 'get', undefined, undefined, queue);
  return Operation.begin(caller, { library: 'amqplib', name, kind: 'client', attributes: [], shared });
});

function follow(operation: Operation, result: Promise<unknown>): Promise<unknown> {
  return result.then(
    (message) => {
      received(operation, null, message);
      return message;
    },
    (error) => {
      received(operation, error, undefined);
      throw error;
    },
  );
}

/** @param message `false` if the queue is empty. */
const received = contained((operation: Operation, error: unknown, message: unknown): void => {
  if (error !== null && error !== undefined) {
    operation.fail(error);
    return;
  }
  try {
    if (message) describeReceived(operation, message as AmqpMessage);
  } finally {
    operation.end();
  }
});

function describeReceived(operation: Operation, message: AmqpMessage): void {
  const sender = readContext(message.properties.headers as object | undefined)?.span;
  if (isWaymarkSpan(sender)) operation.recording?.addLink({ context: sender.spanContext() });
  const attributes = attributesOf(message);
  for (let index = 0; index < attributes.length; index += 2) {
    operation.set(attributes[index] as string, attributes[index + 1] as AttributeValue); // a list of keys and values
  }
}
