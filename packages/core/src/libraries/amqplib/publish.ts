/** The spans of messages that are sent: one for each, up to the broker's confirmation on a confirm channel. */
import { bind, currentContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { exceptionMessage } from '../../exception.ts';
import type { Setter } from '../../propagation/propagator.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry, hasContext, writeContext } from '../carried-context.ts';
import { Operation } from '../operation.ts';
import { runInCaller } from '../run-in-caller.ts';
import { wrapOnce } from '../wrap-once.ts';
import type { AmqpChannel, Methods } from './amqplib-types.ts';
import { destinationOf } from './destinations.ts';

/** Whether the `publish()` of a confirm channel runs: it calls that of the other channels. */
let isInConfirmed = false;

/** `publish()` of channels, which `sendToQueue()` calls. */
export function wrapPublish(channel: Methods): ReturnType<typeof wrapOnce> {
  return wrapOnce(
    channel,
    'publish',
    (original) =>
      function publish(this: AmqpChannel, ...args: unknown[]) {
        if (isInConfirmed) {
          isInConfirmed = false;
          return original.apply(this, args);
        }
        const operation = beginSending(this, args);
        try {
          return original.apply(this, args);
        } catch (error) {
          operation?.fail(error);
          throw error;
        } finally {
          operation?.end(); // the broker says nothing of such a message
        }
      },
  );
}

/** `publish()` of confirm channels. */
export function wrapConfirmedPublish(channel: Methods): ReturnType<typeof wrapOnce> {
  return wrapOnce(
    channel,
    'publish',
    (original) =>
      function publish(this: AmqpChannel, ...args: unknown[]) {
        const operation = beginSending(this, args);
        awaitConfirmation(operation, args);
        isInConfirmed = true;
        try {
          return original.apply(this, args);
        } catch (error) {
          operation?.fail(error);
          throw error;
        } finally {
          isInConfirmed = false;
        }
      },
  );
}

/** Starts the span of a message, and gives the message its context. */
const beginSending = contained((channel: AmqpChannel, args: unknown[]): Operation | undefined => {
  const [exchange, routingKey, , options] = args;
  const caller = tracedCaller('amqplib');
  let operation: Operation | undefined;
  if (caller !== undefined) {
    const { name, shared } = destinationOf(channel, 'publish', exchange, routingKey, undefined);
    operation = Operation.begin(caller, {
      library: 'amqplib',
      name,
      kind: 'producer',
      attributes: idsOf(options),
      shared,
    });
  }
  const context = contextToCarry('amqplib', operation);
  if (context !== undefined) args[3] = carryIn(options, context) ?? options;
  return operation;
});

/** The ids that the application has given a message. */
export function idsOf(properties: unknown): AttributeList {
  const list: AttributeList = [];
  const [messageId, correlationId] = [readProperty(properties, 'messageId'), readProperty(properties, 'correlationId')];
  if (typeof messageId === 'string') list.push('messaging.message.id', messageId);
  if (typeof correlationId === 'string') list.push('messaging.message.conversation_id', correlationId);
  return list;
}

/** Writes to an object that had nothing in it: no other case of a name has to be looked for. */
const emptySetter: Setter<Record<string, unknown>> = {
  set(carrier, name, value) {
    carrier[name] = value;
  },
};

/** A copy of the options, whose headers carry the context; the options themselves if the application has put one into them. */
function optionsWith(options: unknown, context: Context): unknown {
  const headers = readProperty(options, 'headers') ?? undefined;
  if (headers !== undefined && typeof headers !== 'object') return options; // amqplib refuses it
  const carrier: Record<string, unknown> = Object.create(null);
  if (headers === undefined) {
    writeContext(context, carrier, emptySetter);
  } else {
    // amqplib sends inherited headers, too.
    for (const key in headers) carrier[key] = (headers as Record<string, unknown>)[key];
    if (hasContext(carrier)) return options;
    writeContext(context, carrier);
  }
  if (typeof options !== 'object' || options === null) return { headers: carrier };
  const prototype = Object.getPrototypeOf(options);
  if (prototype === Object.prototype || prototype === null) return { ...options, headers: carrier };
  // An instance of a class, or an object of another realm: what it inherits is an option, too.
  return Object.create(options, {
    headers: { value: carrier, writable: true, enumerable: true, configurable: true },
  });
}

/** Reading the options may throw. Then amqplib will, too. */
const carryIn = contained(optionsWith);

const withoutCallback: unique symbol = Symbol('waymark.without-callback');

/** Passes a callback that ends the span with the broker's answer. The application's own one runs in the context of its caller. */
function awaitConfirmation(operation: Operation | undefined, args: unknown[]): void {
  const callback = args[4];
  if (callback && typeof callback !== 'function') {
    operation?.end(); // amqplib throws when it is to call that
  } else if (operation === undefined) {
    if (callback && currentContext() !== undefined) args[4] = bind(callback as () => unknown);
  } else if (callback) {
    args[4] = (error: unknown) => {
      settle(operation, error);
      return runInCaller(operation.caller, callback as () => unknown, undefined, [error]);
    };
  } else {
    const confirmed = (error: unknown) => settle(operation, error);
    args[4] = Object.assign(confirmed, { [withoutCallback]: true });
  }
}

function settle(operation: Operation, error: unknown): void {
  if (error === null || error === undefined) operation.end();
  else failUnconfirmed(operation, error);
}

/** What amqplib's errors say, which have no class or code. */
const reasons: Readonly<Record<string, string>> = { 'message nacked': 'nack', 'channel closed': 'channel_closed' };

const failUnconfirmed = contained((operation: Operation, error: unknown): void => {
  const message = exceptionMessage(error);
  const name = Object.hasOwn(reasons, message) ? reasons[message] : undefined;
  operation.fail(name === undefined ? error : { name, message });
});

/**
 * Ends the spans of messages that the broker has not confirmed when their channel ends. amqplib 0.10 loses track of what it has not
 * confirmed if all messages have a callback: those of the application only may count.
 */
export function endUnconfirmed(channel: AmqpChannel): void {
  const { unconfirmed } = channel;
  if (!Array.isArray(unconfirmed)) return;
  for (const [index, confirmed] of unconfirmed.entries()) {
    if (typeof confirmed !== 'function' || !Object.hasOwn(confirmed, withoutCallback)) continue;
    confirmed(new Error('channel closed'));
    unconfirmed[index] = false;
  }
}
