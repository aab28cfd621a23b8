// Makes calls of libraries in a separate process: `cost.cjs '{"tracer":"…/waymark.cjs",…}'`. It answers questions over IPC.
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

const options = JSON.parse(process.argv[2] ?? '{}');
// Before the libraries are loaded: some tracers rewrite their modules.
const tracer = require(options.tracer)({ ...options, format: 'protobuf' });
const load = createRequire(join(options.libraries, 'index.js'));

/** Calls below one span of the application, so that its own cost does not count much. */
const callsInSpan = 50;

async function main() {
  const { Pool } = load('pg');
  const pool = new Pool({ ...options.servers.postgres, max: 5 });
  const { Redis } = load('ioredis');
  const ioredis = new Redis(options.servers.redis);
  const redis = load('redis').createClient({ socket: options.servers.redis });
  redis.on('error', () => undefined);
  await redis.connect();
  await redis.set('cost', 'value');
  const calls = {
    amqplib: await openRabbitmq(),
    kafkajs: await openKafka(),
    pg: () => pool.query('select $1::int as answer', [42]),
    ioredis: () => ioredis.get('cost'),
    redis: () => redis.get('cost'),
  };
  process.on('message', async ({ call, count }) => {
    if (call !== undefined) await makeCalls(calls[call], count);
    await tracer.flush?.();
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system });
  });
  process.send({ cpuUs: 0 });
}

async function makeCalls(call, count) {
  for (let made = 0; made < count; made += callsInSpan) {
    await tracer.inSpan('calls', async () => {
      // A message takes milliseconds, which are not what is measured.
      if (call.isConcurrent) await Promise.all(Array.from({ length: callsInSpan }, call));
      else for (let index = 0; index < callsInSpan; index++) await call();
    });
  }
}

/** Sends a message, and waits until it is acknowledged. */
async function openRabbitmq() {
  const { host, port, user, password } = options.servers.rabbitmq;
  const connection = await load('amqplib').connect({ hostname: host, port, username: user, password });
  const channel = await connection.createChannel();
  const queue = `cost-${process.pid}`;
  await channel.assertQueue(queue, { autoDelete: true });
  const handled = new Map();
  await channel.consume(queue, (message) => {
    const key = message.content.toString();
    channel.ack(message);
    handled.get(key)();
    handled.delete(key);
  });
  let last = 0;
  const call = () => {
    const key = String(++last);
    const isHandled = new Promise((resolve) => handled.set(key, resolve));
    channel.sendToQueue(queue, Buffer.from(key));
    return isHandled;
  };
  call.isConcurrent = true;
  return call;
}

/** Sends a message, and waits until its handler has ended. */
async function openKafka() {
  const { Kafka, logLevel } = load('kafkajs');
  const retry = { initialRetryTime: 20, retries: 10 }; // a new broker makes the topic of the offsets first
  const { host, port } = options.servers.kafka;
  const kafka = new Kafka({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING, retry });
  const topic = `cost-${process.pid}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100, retry });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  const handled = new Map();
  await consumer.run({
    eachMessage: async ({ message }) => {
      const key = message.key.toString();
      handled.get(key)();
      handled.delete(key);
    },
  });
  let last = 0;
  const call = () => {
    const key = String(++last);
    const isHandled = new Promise((resolve) => handled.set(key, resolve));
    return Promise.all([producer.send({ topic, messages: [{ key, value: 'an order' }] }), isHandled]);
  };
  call.isConcurrent = true;
  return call;
}

void main();
