// A service on @platformatic/kafka: `platformatic.mjs <broker> <module> <found|given>`. It prints its spans and what it has seen as JSON.
import { createRequire } from 'node:module';

// Node loads TypeScript by require() only.
const require = createRequire(import.meta.url);
const { createTracer, getTracer, withSpan } = require('@waymark/core');
const { tracePlatformaticKafka, withMessage } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');

const [broker, module, how] = process.argv.slice(2);
const kafka = await import(module);
const exporter = inMemoryExporter();
const tracer = getTracer({ exporter, logLevel: 'none', flushOnExit: false });
if (how === 'given') tracePlatformaticKafka(kafka);

const { Consumer, Producer, Admin, stringSerializers, stringDeserializers } = kafka;
const options = { clientId: 'shop', bootstrapBrokers: [broker], autocreateTopics: true };
const admin = new Admin(options);
await admin.createTopics({ topics: ['orders', 'listened', 'bytes'], partitions: 1, replicas: 1 });
await admin.close();

const producer = new Producer({ ...options, serializers: stringSerializers });
class Derived extends Producer {
  send(...args) {
    return super.send(...args);
  }
}
const inBytes = new Derived(options);
const seen = { headers: [], callbacks: [] };

const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const frozen = Object.freeze({
  topic: 'orders',
  key: 'secret',
  value: 'canary',
  headers: Object.freeze({ own: 'kept' }),
});
const before = JSON.stringify(frozen);
const map = new Map([['traceparent', own]]);
await withSpan('one', async () => {
  await producer.send({ messages: [frozen] });
  await withSpan('after', () => {});
});
await withSpan('several', () =>
  producer.send({
    messages: [
      { topic: 'orders', value: 'a', headers: null },
      { topic: 'orders', value: 'with a context', headers: map },
      { topic: 'orders', value: null, headers: new Map([['own', 'kept']]) },
    ],
  }),
);
await withSpan('with a callback', (span) => {
  const sent = withResolvers();
  producer.send({ messages: [{ topic: 'orders', value: 'b' }] }, (error) => {
    seen.callbacks.push(error, require('@waymark/core').activeSpan() === span);
    sent.resolve();
  });
  return sent.promise;
});
await withSpan('in bytes', () => inBytes.send({ messages: [{ topic: 'bytes', value: Buffer.from('c') }] }));
await withSpan('refused', () => producer.send({ messages: [{ value: 'no topic' }] }).catch(() => {}));
await createTracer({ exporter, sampler: 'always_off', logLevel: 'none' }).withSpan('unsampled', () =>
  producer.send({ messages: [{ topic: 'orders', value: 'unsampled' }] }),
);
const stream = producer.asStream({ batchSize: 2, batchTime: -1 });
const first = { topic: 'orders', value: 'written first' };
withSpan('writes first', () => stream.write(first));
withSpan('writes second', () => stream.write({ topic: 'orders', value: 'written second' }));
await stream.close();
seen.isUnchanged = JSON.stringify(frozen) === before && map.size === 1 && Object.keys(first).join() === 'topic,value';

/** Consumes so many messages by a loop, each with `withMessage()`. */
async function loop(topic, count, consumerOptions = { deserializers: stringDeserializers }) {
  const consumer = new Consumer({ ...options, groupId: `loop-${topic}`, ...consumerOptions });
  const messages = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true });
  let left = count;
  for await (const message of messages) {
    const failed = await withMessage(message, async ({ value, headers }) => {
      seen.headers.push([...headers].map(([name, text]) => `${name}: ${text}`).sort());
      await withSpan(`work on ${value}`, () => new Promise(setImmediate));
      if (`${value}` === 'b') throw new Error('out of stock');
    }).catch((error) => error);
    if (failed !== undefined) seen.failed = failed.message;
    if (--left === 0) break;
  }
  await consumer.close(true);
}
await loop('orders', 8);
await loop('bytes', 1, {});

// Listeners of `data`.
await withSpan('listened', () => producer.send({ messages: [{ topic: 'listened', value: 'd' }] }));
await withSpan('listened again', () => producer.send({ messages: [{ topic: 'listened', value: 'e' }] }));
const consumer = new Consumer({ ...options, groupId: 'listening', deserializers: stringDeserializers });
const messages = await consumer.consume({ topics: ['listened'], mode: 'earliest' });
const removed = () => withSpan('removed', () => {});
let once = 0;
messages.once('data', () => once++);
messages.on('data', removed);
messages.once('data', removed);
messages.off('data', removed).off('data', removed);
seen.listeners = messages.listenerCount('data');
await new Promise((resolve) => {
  messages.on('data', async (message) => {
    await withSpan(`work on ${message.value}`, () => new Promise(setImmediate));
    if (message.value === 'e') setImmediate(resolve);
  });
});
seen.once = once;
await consumer.close(true);
await producer.close(true);
await inBytes.close(true);
seen.settings = tracer.describeSettings().match(/^libraries\.platformatic.*$/gm);
seen.diagnostics = tracer.stats().diagnostics;
console.log(JSON.stringify({ spans: exporter.spans, seen }));
process.exit();

function withResolvers() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
