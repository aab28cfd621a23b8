/** `send()` and `sendBatch()` of a producer: one span for a call, and its context in each message. */
import { isPromise } from 'node:util/types';
import { withContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { processState } from '../../process-state.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry } from '../carried-context.ts';
import { Operation } from '../operation.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { copyMessages, covered, fieldsFor, isCovered } from './copy-message.ts';
import type { KafkaClient } from './kafka-client.ts';
import { type KafkaMessage, offsetOf, pushMessage } from './message-attributes.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What `send()` takes. */
interface TopicMessages {
  readonly topic?: unknown;
  readonly messages?: unknown;
}

/** What `sendBatch()` takes. */
interface Batch {
  readonly topicMessages?: unknown;
}

/** A call that is traced. */
interface Sending {
  readonly operation: Operation | undefined;
  readonly isSingle: boolean;
  /** What the library gets in place of the application's. */
  readonly record: object;
}

/** @param clientOf The client whose method is called. */
export function wrapSend(
  owner: object,
  name: 'send' | 'sendBatch',
  clientOf: (producer: object) => KafkaClient,
): WrapOutcome {
  const isBatch = name === 'sendBatch';
  return wrapOnce(
    owner as Record<typeof name, AnyFunction>,
    name,
    (original) =>
      function send(this: object, ...args: unknown[]): unknown {
        const sending = beginOnce(this, args[0], isBatch, clientOf);
        if (sending === undefined) return Reflect.apply(original, this, args);
        args[0] = sending.record;
        return callOriginal(original, this, args, sending);
      },
  );
}

function beginOnce(
  producer: object,
  given: unknown,
  isBatch: boolean,
  clientOf: (producer: object) => KafkaClient,
): Sending | undefined {
  try {
    return typeof given === 'object' && given !== null && !isCovered(given)
      ? begin(clientOf(producer), given, isBatch)
      : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function begin(client: KafkaClient, given: TopicMessages & Batch, isBatch: boolean): Sending | undefined {
  const { library } = client;
  const caller = tracedCaller(library);
  const lists = isBatch ? listsOf(given.topicMessages) : [given];
  const count = lists.reduce((sum, { messages }) => sum + (Array.isArray(messages) ? messages.length : 0), 0);
  const operation = caller && beginSpan(client, caller, lists, count);
  const context = contextToCarry(library, operation);
  if (context === undefined) return undefined;
  const isSingle = count === 1;
  try {
    const fields = fieldsFor(context);
    const withCopies = (list: TopicMessages): TopicMessages =>
      covered(list, { messages: copyMessages(list.messages, fields, library) });
    const record = isBatch
      ? Array.isArray(given.topicMessages)
        ? covered(given, { topicMessages: given.topicMessages.map((list) => (isList(list) ? withCopies(list) : list)) })
        : given
      : withCopies(given);
    return { operation, isSingle, record };
  } catch (error) {
    countFault(error);
    return { operation, isSingle, record: given }; // the span goes on without its context in the messages
  }
}

function beginSpan(
  client: KafkaClient,
  caller: Context,
  lists: readonly TopicMessages[],
  count: number,
): Operation | undefined {
  const [first] = lists;
  const topic = typeof first?.topic === 'string' ? first.topic : undefined;
  const isOneTopic = lists.every((list) => list.topic === topic);
  const { name, shared } = client.spansOf(isOneTopic ? topic : undefined);
  const attributes: AttributeList = [];
  if (count === 1) {
    const { messages } = lists.find((list) => Array.isArray(list.messages) && list.messages.length === 1) ?? {};
    const [message] = (messages ?? []) as readonly KafkaMessage[]; // the library refuses others
    if (typeof message === 'object' && message !== null) pushMessage(attributes, message, client.library, caller);
  } else attributes.push('messaging.batch.message_count', count);
  return Operation.begin(caller, { library: client.library, name, kind: 'producer', attributes, shared });
}

function listsOf(topicMessages: unknown): readonly TopicMessages[] {
  return Array.isArray(topicMessages) ? topicMessages.filter(isList) : [];
}

function isList(list: unknown): list is TopicMessages {
  return typeof list === 'object' && list !== null;
}

function callOriginal(original: AnyFunction, producer: object, args: unknown[], sending: Sending): unknown {
  const { operation } = sending;
  if (operation === undefined) return Reflect.apply(original, producer, args as never[]);
  let result: unknown;
  try {
    // An instrumentation of OpenTelemetry below, whose span the bridge leaves out, writes the active span into the messages.
    result =
      processState.openTelemetry === undefined
        ? Reflect.apply(original, producer, args as never[])
        : withContext(operation.context(), () => Reflect.apply(original, producer, args as never[]));
  } catch (error) {
    operation.fail(error);
    throw error;
  }
  return settle(result, operation, sending.isSingle);
}

/** A promise is passed on as one that settles in the same way, so that Node still reports a rejection that is not handled. */
export function settle(result: unknown, operation: Operation, isSingle: boolean): unknown {
  if (!isPromise(result)) {
    operation.end();
    return result;
  }
  return result.then(
    (sent) => {
      succeed(operation, sent, isSingle);
      return sent;
    },
    (error) => {
      fail(operation, error);
      throw error;
    },
  );
}

/** Ends the span. Where a single message is now is known only afterwards. Never throws. */
function succeed(operation: Operation, sent: unknown, isSingle: boolean): void {
  try {
    const only: unknown = isSingle && Array.isArray(sent) && sent.length === 1 ? sent[0] : undefined;
    if (typeof only === 'object' && only !== null) {
      const partition = readProperty(only, 'partition');
      if (typeof partition === 'number') operation.set('messaging.destination.partition.id', String(partition));
      const offset = offsetOf(readProperty(only, 'baseOffset') ?? readProperty(only, 'offset'));
      if (offset !== undefined && offset >= 0) operation.set('messaging.kafka.offset', offset);
    }
  } catch (error) {
    countFault(error);
  } finally {
    operation.end();
  }
}

function fail(operation: Operation, error: unknown): void {
  try {
    operation.fail(error);
  } catch (fault) {
    countFault(fault);
  }
}
