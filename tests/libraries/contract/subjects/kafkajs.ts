import type kafkajs from 'kafkajs';
import { failure, type Subject } from '../subject.ts';

interface Clients {
  readonly producer: kafkajs.Producer;
  readonly transactional: kafkajs.Producer;
  readonly consumer: kafkajs.Consumer;
  /** What the handler calls for a message, and at its end, by the message's value. */
  readonly messages: Map<string, Handled>;
  /** A producer has one transaction at a time. */
  lastTransaction: Promise<unknown>;
}

interface Handled {
  readonly after: () => void;
  readonly end: () => void;
}

const topic = 'orders';

export const kafkajsSubject: Subject<typeof kafkajs, Clients> = {
  name: 'kafkajs',
  library: 'kafkajs',
  modules: ['kafkajs20', 'kafkajs'],
  service: 'kafka',
  trace: ({ traceKafka }, moduleExports) => traceKafka(moduleExports),
  async open({ Kafka, logLevel }, { url }) {
    const retry = { initialRetryTime: 20, retries: 10 }; // a new broker makes the topic of the offsets first
    const kafka = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING, retry });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    await admin.disconnect();

    const messages: Clients['messages'] = new Map();
    const consumer = kafka.consumer({ groupId: `group-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 20, retry });
    // What the calls before have sent is not read again. Where the topic ends is known with the first messages fetched.
    const isReading = new Promise<void>((resolve) => consumer.on('consumer.fetch', () => resolve()));
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({
      async eachMessage({ message }) {
        const value = `${message.value}`;
        const handled = messages.get(value);
        if (handled === undefined) return;
        handled.after();
        setImmediate(handled.end); // its span has ended
      },
    });
    await isReading;
    const [producer, transactional] = [
      kafka.producer(),
      kafka.producer({ transactionalId: `waymark-${process.pid}`, maxInFlightRequests: 1, idempotent: true }),
    ];
    await Promise.all([producer.connect(), transactional.connect()]);
    return { producer, transactional, consumer, messages, lastTransaction: Promise.resolve() };
  },
  async close({ producer, transactional, consumer }) {
    await Promise.all([producer.disconnect(), transactional.disconnect(), consumer.disconnect()]);
  },
  calls: {
    'send, success': {
      spans: ['send orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(clients, canary, after, () => clients.producer.send({ topic, messages: [messageWith(canary)] })),
    },
    'sendBatch, success': {
      spans: ['send orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(clients, canary, after, () =>
          clients.producer.sendBatch({ topicMessages: [{ topic, messages: [messageWith(canary)] }] }),
        ),
    },
    'send, error': {
      spans: ['send no name? ! KafkaJSNonRetriableError producer', 'after'],
      async make({ producer }, canary, after) {
        await failure(producer.send({ topic: 'no name?', messages: [messageWith(canary)] }));
        after();
      },
    },
    'transaction, success': {
      spans: ['send orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) => arrival(clients, canary, after, () => inTransaction(clients, canary)),
    },
  },
};

function messageWith(canary: string): kafkajs.Message {
  return { key: canary, value: canary, headers: { own: canary } };
}

async function inTransaction(clients: Clients, canary: string): Promise<void> {
  const before = clients.lastTransaction;
  const mine = before.then(async () => {
    const transaction = await clients.transactional.transaction();
    await transaction.send({ topic, messages: [messageWith(canary)] });
    await transaction.commit();
  });
  clients.lastTransaction = mine;
  await mine;
}

/** Sends a message, and resolves when it has been processed. */
async function arrival(
  { messages }: Clients,
  canary: string,
  after: () => void,
  send: () => Promise<unknown>,
): Promise<void> {
  const ended = new Promise<void>((end) => messages.set(canary, { after, end }));
  await send();
  after();
  await ended;
}
