/**
 * kafkajs, by its methods. It publishes no channel, and its own events have no message.
 *
 * Producers and consumers are plain objects with closures, so those that the class `Kafka` makes are wrapped. For those that were made
 * before, two classes inside kafkajs are wrapped as well: `Runner`, which calls the handlers, and `Broker`, which sends.
 */
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import { traceBroker } from './broker-produce.ts';
import { isPlainHandler, wrapRun } from './consumer-run.ts';
import { prototypeOfInstance, prototypeWith } from './find-prototype.ts';
import { type ClientFacts, KafkaClient } from './kafka-client.ts';
import { type Handler, tracedEachBatch, tracedEachMessage } from './process.ts';
import { wrapSend } from './send.ts';

/** The producers' and consumers' view of the brokers. */
interface Cluster {
  readonly brokerPool?: { readonly seedBroker?: { readonly connectionPool?: ConnectionPool } };
}

/** The connections to one broker. */
interface ConnectionPool {
  readonly clientId?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
}

/** An instance of kafkajs's class that runs a consumer. */
interface Runner {
  eachMessage?: Handler | null;
  eachBatch?: Handler | null;
  readonly consumerGroup?: { readonly cluster?: Cluster; readonly groupId?: unknown };
}

/** Whether an instrumentation of OpenTelemetry has wrapped the class `Kafka`, so that all of kafkajs is left to it. */
let isForeign = false;
/** Clusters of consumers whose handlers are traced when `run()` is called. */
const tracedClusters = new WeakSet<object>();

/** Traces kafkajs 2, by the exports of the package, or by one of the two classes inside. */
export const trace: Trace = (given) => {
  const runner = prototypeWith(given, ['handleBatch', 'processEachMessage']);
  if (runner !== undefined) {
    wrapOnce(runner as { handleBatch: unknown }, 'handleBatch', takeOver);
    return 'methods';
  }
  const broker = prototypeWith(given, ['produce', 'fetch', 'metadata']);
  if (broker !== undefined) {
    traceBroker(broker as { produce: unknown }, () => isForeign);
    return 'methods';
  }
  return traceExports(given);
};

function traceExports(given: unknown): ReturnType<Trace> {
  const exported = readProperty(given, 'Kafka') ?? readProperty(readProperty(given, 'default'), 'Kafka') ?? given;
  // The class, or an instance of it.
  const methods = ['producer', 'consumer', 'admin'];
  const prototype = prototypeWith(exported, methods) ?? prototypeOfInstance(exported, methods);
  if (prototype === undefined) return undefined;
  const kafka = prototype as Record<'producer' | 'consumer', Handler>;
  isForeign = isWrappedByOthers(kafka.producer) || isWrappedByOthers(kafka.consumer);
  if (isForeign) return 'foreign';
  wrapOnce(kafka, 'producer', withTraced(traceProducer));
  wrapOnce(kafka, 'consumer', withTraced(traceConsumer));
  return 'methods';
}

type Made = Record<string, unknown>;

/** `producer()` or `consumer()`. */
function withTraced(traceMade: (made: Made, cluster: Cluster | undefined, options: unknown) => void) {
  return (original: Handler): Handler =>
    function make(this: unknown, ...args: unknown[]): unknown {
      let cluster: Cluster | undefined;
      const self = observing(this, (made) => {
        cluster = made;
      });
      const made = Reflect.apply(original, self, args);
      try {
        traceMade(made as Made, cluster, args[0]); // kafkajs has just made it
      } catch (error) {
        countFault(error);
      }
      return made;
    };
}

/** Stands for an instance of `Kafka`, and reports the cluster that it makes for a client. The instance is not changed. */
function observing(kafka: unknown, onCluster: (cluster: Cluster) => void): unknown {
  try {
    const key = Object.getOwnPropertySymbols(kafka).find(
      ({ description }) => description === 'private:Kafka:createCluster',
    );
    const create = key && (kafka as Readonly<Record<symbol, unknown>>)[key];
    if (key === undefined || typeof create !== 'function') return kafka;
    return Object.create(kafka as object, {
      [key]: {
        value(options: unknown): unknown {
          const cluster: unknown = create(options);
          if (typeof cluster === 'object' && cluster !== null) onCluster(cluster);
          return cluster;
        },
      },
    });
  } catch (error) {
    countFault(error);
    return kafka;
  }
}

function traceProducer(producer: Made, cluster: Cluster | undefined): void {
  const client = new KafkaClient('kafkajs', 'send', () => factsOf(cluster, undefined));
  traceSending(producer, client);
  wrapOnce(
    producer,
    'transaction',
    (original) =>
      async function transaction(this: unknown, ...args: unknown[]): Promise<unknown> {
        const made = (await Reflect.apply(original, this, args)) as Made; // it has its own send()
        traceSending(made, client);
        return made;
      },
  );
}

function traceSending(sender: Made, client: KafkaClient): void {
  wrapSend(sender, 'send', () => client);
  wrapSend(sender, 'sendBatch', () => client);
}

function traceConsumer(consumer: Made, cluster: Cluster | undefined, options: unknown): void {
  const groupId = readProperty(options, 'groupId');
  const client = new KafkaClient('kafkajs', 'process', () => factsOf(cluster, groupId));
  if (cluster !== undefined) tracedClusters.add(cluster);
  wrapRun(consumer, () => client);
}

/** `handleBatch()` of a runner: its handlers are traced from the first batch on, also if it was running before. */
function takeOver(original: Handler): Handler {
  return function handleBatch(this: unknown, ...args: unknown[]): unknown {
    try {
      traceRunner(this as Runner); // the class's own
    } catch (error) {
      countFault(error);
    }
    return Reflect.apply(original, this, args);
  };
}

function traceRunner(runner: Runner): void {
  const { eachMessage, eachBatch, consumerGroup } = runner;
  if (isForeign || !(isPlainHandler(eachMessage) || isPlainHandler(eachBatch))) return;
  const cluster = consumerGroup?.cluster;
  if (cluster !== undefined && tracedClusters.has(cluster)) return;
  const client = new KafkaClient('kafkajs', 'process', () => factsOf(cluster, consumerGroup?.groupId));
  if (isPlainHandler(eachMessage)) runner.eachMessage = tracedEachMessage(eachMessage, client);
  if (isPlainHandler(eachBatch)) runner.eachBatch = tracedEachBatch(eachBatch, client);
}

/** The server is the broker that the client has connected to first. Which one leads a partition, kafkajs decides later. */
function factsOf(cluster: Cluster | undefined, groupId: unknown): ClientFacts {
  if (cluster === undefined) return { groupId, isComplete: true };
  const pool = cluster.brokerPool?.seedBroker?.connectionPool;
  return { groupId, clientId: pool?.clientId, host: pool?.host, port: pool?.port, isComplete: pool !== undefined };
}

/**
 * Traces kafkajs 2: pass its exports, or a `Kafka` of yours. Producers and consumers that it makes afterwards are traced.
 *
 * `send orders` is below the active span, and each message carries its context; a call with several messages has one span. `process
 * orders` continues the trace of the sender, once for each time that the handler is called: a message that is delivered again has one
 * more. `eachBatch` has one span in a trace of its own, with a link for each message that carries a context. With
 * `libraries: { kafkajs: { newTracePerMessage: true } }`, `eachMessage` has a link, too. A handler that fails is an error, with its exception.
 *
 * Not traced: what a client does by itself, such as fetching, committing and joining a group. Not recorded: values and headers; the key
 * only with the option `messageKey`.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
 * @example
 * import { Kafka } from 'kafkajs';
 * const kafka = traceKafka(new Kafka({ brokers: ['localhost:9092'] }));
 */
export function traceKafka<Given extends object>(kafka: Given): Given {
  return traceGiven('kafkajs', traceExports, kafka, 'traceKafka(kafka)', 'the exports of kafkajs, or a Kafka');
}
