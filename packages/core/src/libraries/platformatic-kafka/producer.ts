/** `send()` of a producer, and messages that are written into its stream. */
import { isPromise } from 'node:util/types';
import { bind, currentContext, runOutsideContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry } from '../carried-context.ts';
import { copyWith } from '../kafka/copy-with.ts';
import { type KafkaMessage, offsetOf, pushMessage } from '../kafka/message-attributes.ts';
import { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { clientOf } from './client-facts.ts';
import { type HeaderForm, headerFormOf, headersWith } from './header-form.ts';

/** What `send()` takes. */
interface SendOptions {
  readonly messages?: unknown;
}

type Message = KafkaMessage & { readonly topic?: unknown };

/** The contexts in which messages were written into a stream, which sends them together, later. */
const written = new WeakMap<object, Context>();

interface Sending {
  readonly operation: Operation | undefined;
  readonly isSingle: boolean;
  readonly options: object;
}

export function wrapProducer(prototype: object): WrapOutcome {
  return wrapOnce(
    prototype as { send: unknown },
    'send',
    (original) =>
      function send(this: object, ...args: unknown[]): unknown {
        const caller = currentContext();
        const sending = beginOnce(this, args[0]);
        if (sending !== undefined) args[0] = sending.options;
        const [, callback] = args;
        if (typeof callback === 'function') args[1] = settling(caller, sending, callback as AnyFunction);
        return callOriginal(original, this, args, sending);
      },
  );
}

function callOriginal(original: AnyFunction, producer: object, args: unknown[], sending: Sending | undefined): unknown {
  if (sending?.operation === undefined) return Reflect.apply(original, producer, args);
  let result: unknown;
  try {
    result = Reflect.apply(original, producer, args);
  } catch (error) {
    end(sending, error, undefined);
    throw error;
  }
  if (!isPromise(result)) return result; // it has a callback
  return result.then(
    (sent) => {
      end(sending, undefined, sent);
      return sent;
    },
    (error) => {
      end(sending, error, undefined);
      throw error;
    },
  );
}

/** A callback that runs in the context of the caller, and ends the span first. */
function settling(caller: Context | undefined, sending: Sending | undefined, callback: AnyFunction): AnyFunction {
  return function settle(this: unknown, ...results: unknown[]): unknown {
    if (sending !== undefined) end(sending, results[0] ?? undefined, results[1]);
    return runInCaller(caller, callback, this, results);
  };
}

/** Ends the span. Where a single message is now is known only afterwards. Never throws. */
function end({ operation, isSingle }: Sending, error: unknown, sent: unknown): void {
  if (operation === undefined) return;
  try {
    if (error !== undefined) operation.fail(error);
    else {
      const offsets = readProperty(sent, 'offsets');
      const only: unknown = isSingle && Array.isArray(offsets) && offsets.length === 1 ? offsets[0] : undefined;
      const partition = readProperty(only, 'partition');
      if (typeof partition === 'number') operation.set('messaging.destination.partition.id', String(partition));
      operation.set('messaging.kafka.offset', offsetOf(readProperty(only, 'offset')));
    }
  } catch (fault) {
    countFault(fault);
  } finally {
    operation.end();
  }
}

function beginOnce(producer: object, options: unknown): Sending | undefined {
  try {
    return typeof options === 'object' && options !== null ? begin(producer, options) : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function begin(producer: object, options: SendOptions): Sending | undefined {
  const messages = (Array.isArray(options.messages) ? options.messages : []) as readonly Message[]; // the library refuses others
  const caller = tracedCaller('platformatic-kafka');
  const operation = caller && beginSpan(producer, caller, messages);
  const context = contextToCarry('platformatic-kafka', operation);
  const isSingle = messages.length === 1;
  if (messages.length === 0 || (context === undefined && !messages.some((message) => written.has(message)))) {
    return operation && { operation, isSingle, options };
  }
  try {
    const form = headerFormOf(producer);
    const copies = messages.map((message) => withContextIn(message, context, form));
    return { operation, isSingle, options: copyWith(options, { messages: copies }) };
  } catch (error) {
    countFault(error);
    return { operation, isSingle, options };
  }
}

function withContextIn(message: Message, sender: Context | undefined, form: HeaderForm): Message {
  if (typeof message !== 'object' || message === null) return message;
  const context = written.get(message) ?? sender;
  written.delete(message); // it may be sent again, by another request
  const headers = context && headersWith(message.headers, context, form);
  if (headers === undefined) return message;
  return copyWith(message, { headers });
}

function beginSpan(producer: object, caller: Context, messages: readonly Message[]): Operation | undefined {
  const [first] = messages;
  const topic: unknown = first?.topic;
  const isOneTopic = typeof topic === 'string' && messages.every((message) => message?.topic === topic);
  const { name, shared } = clientOf(producer, 'send').spansOf(isOneTopic ? topic : undefined);
  const attributes: AttributeList = [];
  if (messages.length !== 1) attributes.push('messaging.batch.message_count', messages.length);
  else if (first !== null && first !== undefined) pushMessage(attributes, first, 'platformatic-kafka', caller);
  return Operation.begin(caller, { library: 'platformatic-kafka', name, kind: 'producer', attributes, shared });
}

/**
 * Messages that are written into a stream are sent together, by a timer or by the one that fills the batch: outside any context, and each with
 * that of its writer.
 */
export function wrapProducerStream(prototype: object): void {
  for (const name of ['write', 'end'] as const) {
    wrapOnce(
      prototype as Record<typeof name, unknown>,
      name,
      (original) =>
        function write(this: unknown, ...args: unknown[]): unknown {
          const context = noteWriter(args[0]);
          if (context === undefined) return Reflect.apply(original, this, args);
          const bound = args.map((arg) => (typeof arg === 'function' ? bind(arg as () => unknown) : arg));
          let result: unknown;
          runOutsideContext(() => {
            result = Reflect.apply(original, this, bound);
          });
          return result;
        },
    );
  }
}

function noteWriter(message: unknown): Context | undefined {
  try {
    const context = contextToCarry('platformatic-kafka', undefined);
    if (context !== undefined && typeof message === 'object' && message !== null) written.set(message, context);
    return context;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}
