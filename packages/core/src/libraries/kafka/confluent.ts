/**
 * `@confluentinc/kafka-javascript` in its KafkaJS mode, by the methods of its classes. Which broker and group a client belongs to is known to the
 * client of librdkafka inside, which is seen when it connects.
 */
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { wrapRun } from './consumer-run.ts';
import { prototypeOfInstance, prototypeWith } from './find-prototype.ts';
import { type ClientFacts, KafkaClient } from './kafka-client.ts';
import type { Handler } from './process.ts';
import { wrapSend } from './send.ts';

const producerMethods = ['send', 'sendBatch', 'transaction', 'connect'];
const consumerMethods = ['run', 'subscribe', 'connect'];

/** The settings of librdkafka, by the producer or consumer. Only names are read of them: they have passwords. */
const settings = new WeakMap<object, unknown>();
/** The producer or consumer whose `connect()` runs now. */
let connecting: object | undefined;

/** Traces the exports of the package, or one of the classes inside. */
export const trace: Trace = (given) => {
  const producer = prototypeWith(readProperty(given, 'Producer'), producerMethods);
  if (producer !== undefined) return traceProducers(producer);
  const consumer = prototypeWith(readProperty(given, 'Consumer'), consumerMethods);
  if (consumer !== undefined) return traceConsumers(consumer);
  const client = prototypeWith(given, ['connect', 'getMetadata']);
  if (client !== undefined) {
    wrapOnce(client as { connect: unknown }, 'connect', noteSettings);
    return 'methods';
  }
  return traceExports(given);
};

function traceExports(given: unknown): ReturnType<Trace> {
  const exported = readProperty(given, 'default') ?? given;
  const mode = readProperty(exported, 'KafkaJS') ?? exported;
  const kafka = readProperty(mode, 'Kafka') ?? mode; // the class, or an instance of it
  const methods = ['producer', 'consumer', 'admin'];
  const prototype = prototypeWith(kafka, methods) ?? prototypeOfInstance(kafka, methods);
  if (prototype === undefined) return undefined;
  const maker = prototype as Record<'producer' | 'consumer', Handler>;
  if (isWrappedByOthers(maker.producer) || isWrappedByOthers(maker.consumer)) return 'foreign';
  // The classes of what it makes are not exported.
  wrapOnce(maker, 'producer', withTraced(traceProducers));
  wrapOnce(maker, 'consumer', withTraced(traceConsumers));
  return 'methods';
}

function withTraced(traceClass: (prototype: object) => unknown): (original: Handler) => Handler {
  return (original) =>
    function make(this: unknown, ...args: unknown[]): unknown {
      const made = Reflect.apply(original, this, args);
      try {
        traceClass(Object.getPrototypeOf(made) as object); // an instance of a class
      } catch (error) {
        countFault(error);
      }
      return made;
    };
}

function traceProducers(prototype: object): 'methods' | 'foreign' {
  if (wrapSend(prototype, 'send', clientOfProducer) === 'foreign') return 'foreign';
  wrapSend(prototype, 'sendBatch', clientOfProducer);
  wrapConnect(prototype);
  return 'methods';
}

function traceConsumers(prototype: object): 'methods' | 'foreign' {
  if (wrapRun(prototype, clientOfConsumer) === 'foreign') return 'foreign';
  wrapConnect(prototype);
  return 'methods';
}

const clients = new WeakMap<object, KafkaClient>();

function clientOfProducer(producer: object): KafkaClient {
  let client = clients.get(producer);
  if (client === undefined) {
    client = new KafkaClient('confluent-kafka', 'send', () => factsOf(producer));
    clients.set(producer, client);
  }
  return client;
}

function clientOfConsumer(consumer: object): KafkaClient {
  return new KafkaClient('confluent-kafka', 'process', () => factsOf(consumer));
}

/** A list of servers does not say which of them a message goes to. */
function factsOf(made: object): ClientFacts {
  const own = settings.get(made);
  const servers = readProperty(own, 'bootstrap.servers') ?? readProperty(own, 'metadata.broker.list');
  const [, host, port] = (typeof servers === 'string' && /^\[?([^,[\]]+?)\]?:(\d+)$/.exec(servers)) || [];
  return {
    clientId: readProperty(own, 'client.id'),
    groupId: readProperty(own, 'group.id'),
    host,
    port: port === undefined ? undefined : Number(port),
    isComplete: true,
  };
}

/** `connect()` of a producer or consumer makes the client of librdkafka and connects it, before it first awaits. */
function wrapConnect(prototype: object): WrapOutcome {
  return wrapOnce(
    prototype as { connect: unknown },
    'connect',
    (original) =>
      function connect(this: object, ...args: unknown[]): unknown {
        const before = connecting;
        connecting = this;
        try {
          return Reflect.apply(original, this, args);
        } finally {
          connecting = before;
        }
      },
  );
}

function noteSettings(original: Handler): Handler {
  return function connect(this: unknown, ...args: unknown[]): unknown {
    if (connecting !== undefined) settings.set(connecting, readProperty(this, 'globalConfig'));
    return Reflect.apply(original, this, args);
  };
}

/**
 * Traces `@confluentinc/kafka-javascript` in its KafkaJS mode, in the same way as `traceKafka()` does with kafkajs: pass its exports, or a
 * `Kafka` of yours. The mode of `node-rdkafka` is not traced.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
 * @example
 * import confluent from '@confluentinc/kafka-javascript';
 * traceConfluentKafka(confluent);
 */
export function traceConfluentKafka<Given extends object>(confluent: Given): Given {
  return traceGiven(
    'confluent-kafka',
    traceExports,
    confluent,
    'traceConfluentKafka(confluent)',
    'the exports of @confluentinc/kafka-javascript, or a Kafka',
  );
}
