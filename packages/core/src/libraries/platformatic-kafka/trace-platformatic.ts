/**
 * `@platformatic/kafka`, by the methods of its classes. Its channel for sending has the application's own messages, which are not changed, and
 * that for receiving ends before the application gets the message. Another one publishes each client, and so finds the classes.
 */
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapMessagesStream } from './messages-stream.ts';
import { wrapProducer, wrapProducerStream } from './producer.ts';

/** Traces the exports of the package, or a client that a channel has published. */
export const trace: Trace = (given) => {
  const instance = readProperty(given, 'instance') ?? readProperty(given, 'client');
  return instance === undefined ? traceExports(given) : traceClassOf(instance);
};

function traceExports(given: unknown): ReturnType<Trace> {
  const [producer, stream, producerStream] = ['Producer', 'MessagesStream', 'ProducerStream'].map((name) =>
    readProperty(readProperty(given, name), 'prototype'),
  );
  if (!isObject(producer) || !isObject(stream) || typeof readProperty(producer, 'send') !== 'function')
    return undefined;
  if (wrapProducer(producer) === 'foreign') return 'foreign';
  wrapMessagesStream(stream);
  if (isObject(producerStream)) wrapProducerStream(producerStream);
  return 'methods';
}

/** The application may have derived its class from the library's. */
function traceClassOf(instance: unknown): ReturnType<Trace> {
  const producer = ownerOf(instance, ['send', 'producerId']);
  if (producer !== undefined) return wrapProducer(producer) === 'foreign' ? 'foreign' : 'methods';
  const stream = ownerOf(instance, ['offsetsToFetch', 'consumer']);
  if (stream !== undefined) wrapMessagesStream(stream);
  const producerStream = ownerOf(instance, ['_writev', 'producer']);
  if (producerStream !== undefined) wrapProducerStream(producerStream);
  return 'methods';
}

/** The prototype, of those that an instance has, that defines these names itself. */
function ownerOf(instance: unknown, names: readonly string[]): object | undefined {
  let prototype: unknown = isObject(instance) ? Object.getPrototypeOf(instance) : undefined;
  while (isObject(prototype)) {
    const candidate = prototype;
    if (names.every((name) => Object.hasOwn(candidate, name))) return candidate;
    prototype = Object.getPrototypeOf(candidate);
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Traces `@platformatic/kafka` 1.35 and 2: pass its exports. `send orders` is below the active span, and each message carries its context; a call
 * with several messages has one span. Messages that are written into a stream of a producer carry the context of the code that wrote them.
 *
 * `process orders` continues the trace of the sender: for each listener of `data`, and for what `withMessage()` runs. The body of a
 * `for await` loop cannot be seen from outside.
 *
 * Not traced: what a client does by itself, such as fetching, committing and joining a group. Not recorded: values and headers; the key
 * only with the option `messageKey`.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
 * @example
 * import * as kafka from '@platformatic/kafka';
 * tracePlatformaticKafka(kafka);
 */
export function tracePlatformaticKafka<Given extends object>(kafka: Given): Given {
  return traceGiven(
    'platformatic-kafka',
    traceExports,
    kafka,
    'tracePlatformaticKafka(kafka)',
    'the exports of @platformatic/kafka',
  );
}
