/**
 * The spans of amqplib: `publish` for a message that is sent, `process` for one that a consumer gets, `get` for one that is asked for.
 *
 * Its classes are the same for all connections, and not exported: they are taken from their files where these are found, and otherwise
 * from the first connection and its channels.
 */
import { isPromise } from 'node:util/types';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import type { AmqpChannel, Methods } from './amqplib-types.ts';
import { endWaiting, wrapConsume, wrapGet, wrapSettling } from './consume.ts';
import { endUnconfirmed, wrapConfirmedPublish, wrapPublish } from './publish.ts';

type Traced = ReturnType<Trace>;

/** Traces what is exported by `lib/channel_model.js` and `lib/callback_model.js`. */
export const wrapAmqplib: Trace = (moduleExports) => {
  const [channel, confirmChannel] = ['Channel', 'ConfirmChannel'].map((name) =>
    readProperty(readProperty(moduleExports, name), 'prototype'),
  );
  if (!isChannel(channel) || !isChannel(confirmChannel)) return undefined;
  return wrapClasses(channel, confirmChannel);
};

function wrapClasses(channel: Methods, confirmChannel: Methods | undefined): Traced {
  if (isWrappedByOthers(channel.publish as object)) return 'foreign';
  wrapPublish(channel);
  if (confirmChannel !== undefined) wrapConfirmedPublish(confirmChannel);
  wrapConsume(channel);
  wrapGet(channel);
  wrapSettling(channel);
  wrapOnce(
    channel,
    'toClosed', // for each way in which a channel ends: by itself, by the broker, with its connection
    (original) =>
      function toClosed(this: AmqpChannel, ...args: unknown[]) {
        endMessages(this);
        return original.apply(this, args);
      },
  );
  return 'methods';
}

const endMessages = contained((channel: AmqpChannel): void => {
  endUnconfirmed(channel);
  endWaiting(channel);
});

function isChannel(value: unknown): value is Methods {
  return ['publish', 'consume', 'toClosed'].every((name) => typeof readProperty(value, name) === 'function');
}

/**
 * Traces RabbitMQ by amqplib, 0.10 and later, with promises or callbacks: `publish` for each message that is sent, on a confirm channel up to
 * the broker's confirmation; `process` for each message that a consumer gets, up to its acknowledgement; `get` for a message
 * that is asked for. The messages carry the context in their headers. Exchanges, queues and acknowledgements have no spans.
 *
 * `tracing()` and `getTracer()` find amqplib by themselves. This is for bundles.
 *
 * @param amqplib The exports of `amqplib` or `amqplib/callback_api`, before the first connection, or else a connection.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for something else.
 * @example
 * const connection = await traceAmqplib(amqplib).connect('amqp://localhost');
 */
export function traceAmqplib<Amqplib extends object>(amqplib: Amqplib): Amqplib {
  return traceGiven(
    'amqplib',
    wrapGivenAmqplib,
    amqplib,
    'traceAmqplib(amqplib)',
    'the exports of amqplib, or a connection',
  );
}

function wrapGivenAmqplib(given: unknown): Traced {
  if (isChannel(given)) return wrapChannel(given);
  if (isConnection(given)) return wrapConnection(given);
  // The namespace of an ES module cannot be changed, but amqplib is CommonJS.
  const inner = readProperty(given, 'default');
  const amqplib = isAmqplib(inner) ? inner : given;
  return isAmqplib(amqplib) ? wrapFactory(amqplib, 'connect', wrapConnection) : wrapAmqplib(given, undefined);
}

function isAmqplib(value: unknown): value is Methods {
  return (
    typeof readProperty(value, 'connect') === 'function' &&
    typeof readProperty(value, 'IllegalOperationError') === 'function'
  );
}

function isConnection(value: unknown): value is Methods {
  return typeof readProperty(value, 'createChannel') === 'function';
}

/** The class of a channel, and the one that it extends: both have a `publish()`, which calls the other. */
function wrapChannel(channel: unknown): Traced {
  if (!isChannel(channel)) return undefined;
  const own = Object.getPrototypeOf(channel) as Methods;
  if (typeof own.waitForConfirms !== 'function') return wrapClasses(own, undefined);
  return wrapClasses(Object.getPrototypeOf(own) as Methods, own);
}

/** The class of a connection makes channels. */
function wrapConnection(connection: unknown): Traced {
  if (!isConnection(connection)) return undefined;
  const own = Object.getPrototypeOf(connection) as Methods;
  wrapFactory(own, 'createConfirmChannel', wrapChannel);
  return wrapFactory(own, 'createChannel', wrapChannel);
}

/** A method that returns, or resolves to, or passes to its callback what is to be traced. */
function wrapFactory(owner: Methods, name: string, trace: (made: unknown) => unknown): Traced {
  const traceMade = contained(trace);
  const outcome = wrapOnce(
    owner,
    name,
    (original) =>
      function make(this: unknown, ...args: unknown[]) {
        const last = args.length - 1;
        const callback = args[last];
        if (typeof callback === 'function') {
          args[last] = function made(this: unknown, ...results: unknown[]) {
            traceMade(results[1]);
            return Reflect.apply(callback, this, results);
          };
        }
        const result = original.apply(this, args);
        if (isPromise(result)) {
          return result.then((made) => {
            traceMade(made);
            return made;
          });
        }
        traceMade(result);
        return result;
      },
  );
  return outcome === 'foreign' ? 'foreign' : 'methods';
}
