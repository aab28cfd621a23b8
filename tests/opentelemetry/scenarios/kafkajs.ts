// @opentelemetry/instrumentation-kafkajs: messages one by one and in batches, a handler that fails once, a transaction, and a message
// whose sender is not traced.
import type { Scenario } from '../scenario.ts';

type Message = { key: Buffer | null; value: Buffer | null };

export const scenario: Scenario = {
  services: ['kafka'],
  varying: ['messaging.kafka.offset'],

  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-kafkajs').KafkaJsInstrumentation)()],

  async run({ load, api, servers, inRequest, mark }) {
    const { Kafka, logLevel } = load('kafkajs');
    const kafka = new Kafka({
      brokers: [servers.kafka.url],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 20, retries: 10 }, // a new broker makes the topic of the offsets first
    });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: ['orders', 'batches', 'paid'].map((topic) => ({ topic })) });
    await admin.disconnect();
    const producer = kafka.producer();
    await producer.connect();

    await inRequest('send', async () => {
      const order = { key: 'a', value: 'first' };
      await producer.send({ topic: 'orders', messages: [order, { key: 'b', value: 'fails once' }] });
      await producer.send({ topic: 'orders', messages: [{ ...order, value: 'second' }] });
      mark('after send');
    });
    await inRequest('send to several', () =>
      producer.sendBatch({
        topicMessages: ['batches', 'paid'].map((topic) => ({ topic, messages: [{ key: topic, value: 'in a batch' }] })),
      }),
    );
    await inRequest('unknown topic', () =>
      producer.send({ topic: 'no name?', messages: [{ value: 'lost' }] }).catch(() => mark('after failure')),
    );
    await inRequest('transaction', async () => {
      const transactional = kafka.producer({ transactionalId: 'waymark', maxInFlightRequests: 1, idempotent: true });
      await transactional.connect();
      const transaction = await transactional.transaction();
      await transaction.send({ topic: 'paid', messages: [{ key: 'c', value: 'in a transaction' }] });
      await transaction.commit();
      await transactional.disconnect();
    });
    // Without a context the producer span is a root.
    await api.context.with(api.ROOT_CONTEXT, () =>
      producer.send({ topic: 'orders', messages: [{ key: 'd', value: 'last' }] }),
    );
    await producer.disconnect();

    const consumers = ['orders', 'batches', 'paid'].map((topic) => ({
      topic,
      consumer: kafka.consumer({ groupId: topic, maxWaitTimeInMs: 20 }),
    }));
    // `run()` inside a request: what is consumed is nevertheless a part of the producer's trace.
    await inRequest('start consumers', async () => {
      for (const { topic, consumer } of consumers) {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
      }
    });
    const [orders, batches, paid] = consumers.map(({ consumer }) => consumer);
    let failed = false;
    await inRequest('consume one by one', () =>
      settledWith((resolve) =>
        orders.run({
          eachMessage: async ({ message }: { message: Message }) => {
            const value = `${message.value}`;
            mark(`at once ${value}`);
            await new Promise(setImmediate);
            mark(`later ${value}`);
            if (value === 'fails once' && !failed) {
              failed = true;
              throw new Error('it fails once');
            }
            if (value === 'last') resolve();
          },
        }),
      ),
    );
    await settledWith((resolve) =>
      batches.run({
        eachBatch: async ({ batch }: { batch: { messages: Message[] } }) => {
          await new Promise(setImmediate);
          mark(`batch of ${batch.messages.length}`);
          resolve();
        },
      }),
    );
    await settledWith((resolve) =>
      paid.run({
        eachMessage: async ({ message }: { message: Message }) => {
          mark(`paid ${message.value}`);
          if (`${message.value}` === 'in a transaction') resolve();
        },
      }),
    );
    for (const { consumer } of consumers) await consumer.disconnect();
  },
};

/** Resolves when a handler has got the last message. */
async function settledWith(run: (resolve: () => void) => Promise<void>): Promise<void> {
  let resolve = () => {};
  const settled = new Promise<void>((done) => {
    resolve = done;
  });
  await run(resolve);
  await settled;
}
