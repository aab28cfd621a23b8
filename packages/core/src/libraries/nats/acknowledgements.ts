/** The processing of JetStream's messages ends when they are acknowledged or refused, or with their connection. */
import { contained } from '../../count-fault.ts';
import type { Incoming } from '../incoming.ts';
import { MessageProcessing } from '../message-processing.ts';
import { wrapOnce } from '../wrap-once.ts';
import type { JetStreamMessage, Methods, NatsProtocol } from './nats-types.ts';

/** Messages that wait for their acknowledgement, in the order in which they came, by connection. */
const waiting = new WeakMap<NatsProtocol, Map<JetStreamMessage, MessageProcessing<JetStreamMessage>>>();
/** Messages of consumers whose acknowledgements are for all earlier ones as well. */
const forAllEarlier = new WeakSet<JetStreamMessage>();
/** Messages that the application has asked for, and processes in `withMessage()`. */
const pulled = new WeakMap<JetStreamMessage, Incoming>();

/** Calls the handler of a message. @param isForAll Whether its acknowledgement is for all earlier ones as well. */
export function processWithAck<Result>(
  message: JetStreamMessage,
  incoming: Incoming,
  isForAll: boolean,
  call: () => Result,
): Result {
  const protocol = message.msg?.publisher;
  if (protocol === undefined) return incoming.run(call, false);
  if (isForAll) forAllEarlier.add(message);
  let messages = waiting.get(protocol);
  if (messages === undefined) {
    messages = new Map();
    waiting.set(protocol, messages);
  }
  return new MessageProcessing(incoming, messages, message).run(call);
}

/** A message whose span ends with a function, and sooner if the function refuses it. */
export function noteRefusalOf(message: JetStreamMessage, incoming: Incoming): void {
  pulled.set(message, incoming);
}

/** The class of messages. */
export function wrapAcknowledgements(message: Methods): void {
  for (const [method, how] of [
    ['ack', 'ack'],
    ['ackAck', 'ack'],
    ['nak', 'nak'],
    ['term', 'term'],
  ] as const) {
    wrapOnce(
      message,
      method,
      (original) =>
        function acknowledge(this: JetStreamMessage, ...args: unknown[]) {
          const result = original.apply(this, args);
          settle(this, how);
          return result;
        },
    );
  }
}

const settle = contained((message: JetStreamMessage, how: 'ack' | 'nak' | 'term'): void => {
  const reason = `the message was refused by ${how}()`;
  if (how !== 'ack') pulled.get(message)?.refuse(how, reason);
  const protocol = message.msg?.publisher;
  const messages = protocol && waiting.get(protocol);
  const processing = messages?.get(message);
  if (messages === undefined || processing === undefined) return;
  if (how !== 'ack') {
    processing.refuse(how, reason);
    return;
  }
  if (forAllEarlier.has(message)) {
    for (const [earlier, its] of messages) {
      if (earlier === message) break;
      if (earlier.info?.consumer === message.info?.consumer) its.settle();
    }
  }
  processing.settle();
});

/** The class that speaks with the server. */
export function wrapProtocol(protocol: Methods): void {
  wrapOnce(
    protocol,
    'close',
    (original) =>
      function close(this: NatsProtocol, ...args: unknown[]) {
        endWaiting(this);
        return original.apply(this, args);
      },
  );
}

/** The server delivers what was not acknowledged again, to another connection. */
const endWaiting = contained((protocol: NatsProtocol): void => {
  const messages = waiting.get(protocol);
  waiting.delete(protocol);
  for (const processing of messages?.values() ?? []) {
    processing.refuse('connection_closed', 'the connection was closed before the message was acknowledged');
  }
});
