/** The spans of NATS, by the classes of its clients: `@nats-io` 3, and `nats` 2. */
import { isPromise } from 'node:util/types';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import { wrapAcknowledgements, wrapProtocol } from './acknowledgements.ts';
import { useHeadersOf } from './carry.ts';
import { wrapPublish, wrapRequest, wrapSubscribe } from './connection.ts';
import { wrapConsumer, wrapJetStreamPublish } from './jetstream.ts';
import type { Methods } from './nats-types.ts';

/** Traces what is exported by one of the files that the table of libraries names, or by the package. */
export const wrapNats: Trace = (moduleExports) => {
  const connection = prototypeIn(moduleExports, 'NatsConnectionImpl');
  if (connection !== undefined && isWrappedByOthers(connection.publish as object)) return 'foreign';
  const wrapped = wraps.filter(([name, wrap]) => {
    const prototype = prototypeIn(moduleExports, name);
    if (prototype !== undefined) wrap(prototype);
    return prototype !== undefined;
  });
  return useHeadersOf(moduleExports) || wrapped.length > 0 ? 'methods' : undefined;
};

const wraps: readonly (readonly [name: string, wrap: (prototype: Methods) => void])[] = [
  ['NatsConnectionImpl', wrapConnection],
  ['ProtocolHandler', wrapProtocol],
  ['JetStreamClientImpl', wrapJetStreamPublish],
  ['PullConsumerImpl', wrapConsumer],
  ['PushConsumerImpl', wrapConsumer],
  ['OrderedPullConsumerImpl', wrapConsumer], // of nats 2
  ['JsMsgImpl', wrapAcknowledgements],
];

/**
 * Traces NATS by `@nats-io` 3 or `nats` 2: `publish` for each message that is sent, with JetStream up to the server's acknowledgement;
 * `request` up to the answer; `process` for each message of a subscription or consumer with a callback, with JetStream up to its
 * acknowledgement; `receive` for `next()` and `fetch()`. The messages carry the context in their headers. For messages that a
 * loop gets there is {@link withMessage}.
 *
 * `tracing()` and `getTracer()` find the packages by themselves. This is for bundles.
 *
 * @param nats The exports of `@nats-io/transport-node` or `nats`, or a client of JetStream.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for something else.
 * @example
 * import * as nats from '@nats-io/transport-node';
 * traceNats(nats);
 * const connection = await nats.connect();
 * const js = traceNats(jetstream(connection));
 */
export function traceNats<Nats extends object>(nats: Nats): Nats {
  return traceGiven(
    'nats',
    wrapGivenNats,
    nats,
    'traceNats(nats)',
    'the exports of @nats-io/transport-node or nats, or a client of JetStream',
  );
}

function wrapGivenNats(given: unknown): ReturnType<Trace> {
  const consumers = readProperty(given, 'consumers');
  if (typeof readProperty(given, 'publish') === 'function' && typeof readProperty(consumers, 'get') === 'function') {
    wrapJetStreamPublish(Object.getPrototypeOf(given) as Methods);
    wrapConsumersOf(Object.getPrototypeOf(consumers) as Methods);
    return 'methods';
  }
  const outcome = wrapNats(given, undefined);
  if (outcome !== 'methods' || prototypeIn(given, 'NatsConnectionImpl') !== undefined) return outcome;
  return wrapConnect(given as Methods); // nats 2 does not export the classes
}

function wrapConnect(nats: Methods): ReturnType<Trace> {
  const outcome = wrapOnce(
    nats,
    'connect',
    (original) =>
      function connect(this: unknown, ...args: unknown[]) {
        const result = original.apply(this, args);
        return isPromise(result) ? result.then(tracedConnection) : result;
      },
  );
  if (outcome === 'missing') return undefined;
  return outcome === 'foreign' ? 'foreign' : 'methods';
}

function tracedConnection(connection: unknown): unknown {
  contained(wrapInstance)(connection);
  return connection;
}

function wrapInstance(connection: unknown): void {
  wrapConnection(Object.getPrototypeOf(connection) as Methods);
  const protocol = readProperty(connection, 'protocol');
  if (typeof protocol === 'object' && protocol !== null) wrapProtocol(Object.getPrototypeOf(protocol) as Methods);
}

/** The methods that resolve to a consumer. */
function wrapConsumersOf(consumers: Methods): void {
  for (const name of ['get', 'getPullConsumer', 'getPushConsumer', 'getBoundPushConsumer', 'getConsumerFromInfo']) {
    wrapOnce(
      consumers,
      name,
      (original) =>
        function getConsumer(this: unknown, ...args: unknown[]) {
          const result = original.apply(this, args);
          if (!isPromise(result)) return traced(result);
          return result.then(traced);
        },
    );
  }
}

function traced(consumer: unknown): unknown {
  if (typeof readProperty(consumer, 'consume') === 'function') {
    contained(wrapConsumer)(Object.getPrototypeOf(consumer) as Methods);
  }
  return consumer;
}

function wrapConnection(connection: Methods): void {
  wrapPublish(connection);
  wrapRequest(connection);
  wrapSubscribe(connection);
}

function prototypeIn(moduleExports: unknown, name: string): Methods | undefined {
  const prototype = readProperty(readProperty(moduleExports, name), 'prototype');
  return typeof prototype === 'object' && prototype !== null ? (prototype as Methods) : undefined;
}
