// A service whose producer and consumer are there, and at work, before its tracing starts. `made-before.cjs <broker>`.
'use strict';
const { Kafka, logLevel } = require('kafkajs');

const retry = { initialRetryTime: 20, retries: 10 }; // a new broker makes the topic of the offsets first
const kafka = new Kafka({ brokers: [process.argv[2]], clientId: 'early', logLevel: logLevel.NOTHING, retry });
const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: 'early', maxWaitTimeInMs: 20, retry })];
const transactional = kafka.producer({ transactionalId: 'early', maxInFlightRequests: 1, idempotent: true });

/** What is called for the next message with that value. */
const waiting = new Map();
const arrivalOf = (value) => new Promise((resolve) => waiting.set(value, resolve));

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'orders' }], waitForLeaders: true });
  await admin.disconnect();
  await Promise.all([producer, consumer, transactional].map((client) => client.connect()));
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  let fails = true;
  await consumer.run({
    async eachMessage({ message }) {
      const value = `${message.value}`;
      await core?.withSpan(`work on ${value}`, () => new Promise(setImmediate));
      if (value === 'fails once' && fails) {
        fails = false;
        throw new Error('once');
      }
      setImmediate(() => waiting.get(value)?.());
    },
  });
  const warm = arrivalOf('warm');
  await producer.send({ topic: 'orders', messages: [{ value: 'warm' }] });
  await warm;

  core = require('@waymark/core');
  core.getTracer();
  await core.withSpan('request', async () => {
    const arrivals = ['a', 'b', 'fails once', 'in a transaction'].map(arrivalOf);
    await producer.send({ topic: 'orders', messages: [Object.freeze({ value: 'a' }), { value: 'b' }] });
    await producer.send({ topic: 'orders', messages: [{ value: 'fails once' }] });
    const transaction = await transactional.transaction();
    await transaction.send({ topic: 'orders', messages: [{ value: 'in a transaction' }] });
    await transaction.commit();
    await Promise.all(arrivals);
  });
  await Promise.all([producer, consumer, transactional].map((client) => client.disconnect()));
  // One that is made now has one span for a message, not two.
  const later = kafka.producer();
  await later.connect();
  await core.withSpan('later', () => later.send({ topic: 'orders', messages: [{ value: 'c' }] }));
  await later.disconnect();
  await core.getTracer().shutdown();
}

let core;
void main();
