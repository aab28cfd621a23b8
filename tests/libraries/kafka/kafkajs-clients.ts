// Clients of kafkajs for the tests, which end with the test.
import type { Consumer, Kafka, KafkaConfig, Producer, ProducerConfig } from 'kafkajs';
import type { Service } from '../../services/service.ts';

type Kafkajs = typeof import('kafkajs');

export interface Clients {
  readonly kafka: Kafka;
  /** Makes a topic of that name, or of a new one. Returns its name. */
  topic(name?: string, partitions?: number): Promise<string>;
  producer(options?: ProducerConfig): Promise<Producer>;
  /** Subscribed to the topic from its beginning. */
  consumer(topic: string, groupId?: string): Promise<Consumer>;
  /** Ends the clients. */
  close(): Promise<void>;
}

let count = 0;

export function openClients(
  { Kafka, logLevel }: Kafkajs,
  { url }: Service,
  options: Partial<KafkaConfig> = {},
): Clients {
  const kafka = new Kafka({
    brokers: [url],
    clientId: 'shop',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 10 }, // a new broker makes the topic of the offsets first
    ...options,
  });
  const opened: { disconnect(): Promise<void> }[] = [];
  return {
    kafka,
    async topic(name = `topic-${++count}`, partitions = 1) {
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: true });
      await admin.disconnect();
      return name;
    },
    async producer(producerOptions = {}) {
      const producer = kafka.producer(producerOptions);
      opened.push(producer);
      await producer.connect();
      return producer;
    },
    async consumer(topic, groupId = `group-${++count}`) {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 20, retry: { initialRetryTime: 20, retries: 10 } });
      opened.push(consumer);
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      return consumer;
    },
    async close() {
      for (const client of opened.splice(0).reverse()) await client.disconnect();
    },
  };
}

/** A promise, and what resolves it. */
export function signal(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
