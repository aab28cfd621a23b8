// @confluentinc/kafka-javascript in its KafkaJS mode. It has a binary that it downloads from GitHub, or builds with a compiler, so it is no
// dependency here: WAYMARK_CONFLUENT_KAFKA names a folder where it is installed. CONTRIBUTING.md says how.
import { join } from 'node:path';
import { createTracer, getTracer, withSpan } from '@waymark/core';
import { traceConfluentKafka } from '@waymark/core/libraries';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import type { EachMessagePayload, Kafka, KafkaMessage, Message, Producer } from 'kafkajs';
import { describeWith } from '../../services/describe-with.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { signal } from './kafkajs-clients.ts';

const exporter = inMemoryExporter();
const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

const { WAYMARK_CONFLUENT_KAFKA: folder } = process.env;
const describeIt = folder === undefined ? describe.skip : describeWith('kafka');

// Its KafkaJS mode has the types of kafkajs, but for the options.
interface Confluent {
  readonly KafkaJS: { readonly Kafka: new (options: object) => Kafka };
}

describeIt('messages of @confluentinc/kafka-javascript', () => {
  let server: Service;
  let kafka: Kafka;
  let producer: Producer;
  let topic: string;
  let count = 0;

  beforeAll(async () => {
    const confluent = require(join(folder as string, 'node_modules/@confluentinc/kafka-javascript')) as Confluent;
    expect(traceConfluentKafka(confluent)).toBe(confluent);
    server = await startKafka();
    kafka = new confluent.KafkaJS.Kafka({ kafkaJS: { brokers: [server.url], clientId: 'shop', logLevel: 0 } });
    producer = kafka.producer();
    await producer.connect();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    topic = `topic-${++count}`;
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await admin.disconnect();
    exporter.reset();
  });

  const named = (name: string): SpanData[] => exporter.spans.filter((span) => span.name === `${name} ${topic}`);
  const drawn = () => drawSpans(exporter.spans).map((line) => line.replaceAll(topic, 'orders'));

  async function openConsumer() {
    const options = { kafkaJS: { groupId: `group-${topic}`, fromBeginning: true } };
    const consumer = kafka.consumer(options as never); // its own options
    await consumer.connect();
    await consumer.subscribe({ topic });
    return consumer;
  }

  async function consume(expected: number, handle: (payload: EachMessagePayload) => unknown = () => {}) {
    const messages: KafkaMessage[] = [];
    const consumer = await openConsumer();
    const all = signal();
    await consumer.run({
      async eachMessage(payload) {
        await handle(payload);
        messages.push(payload.message);
        if (messages.length === expected) all.resolve();
      },
    });
    await all.promise;
    await consumer.disconnect();
    return messages;
  }

  const headersOf = ({ headers = {} }: KafkaMessage) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`]));

  test('continue the trace of the code that sends them', async () => {
    await withSpan('request', async () => {
      await producer.send({ topic, messages: [{ key: 'customer-7', value: 'secret' }] });
      await withSpan('after', () => {});
    });
    await consume(1, () => withSpan('work', () => {}));
    expect(drawn()).toEqual(['request', '  send orders', '    process orders', '      work', '  after']);
    const shared = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': '0',
      'messaging.kafka.offset': 0,
    };
    // The server and the client are known where the classes inside are found, which Jest hides.
    expect(named('send')[0]).toMatchObject({
      kind: 'producer',
      scope: { name: '@waymark/core/libraries/confluent-kafka' },
    });
    expect(named('send')[0]?.attributes).toEqual({
      ...shared,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    });
    expect(named('process')[0]?.kind).toBe('consumer');
    expect(named('process')[0]?.attributes).toEqual({
      ...shared,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
    });
  });

  test('of batches and transactions have one span for a call', async () => {
    const options = { kafkaJS: { transactionalId: topic, idempotent: true } };
    const transactional = kafka.producer(options as never);
    await transactional.connect();
    await withSpan('request', async () => {
      await producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] });
      await producer.sendBatch({ topicMessages: [{ topic, messages: [{ value: 'c' }] }] });
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: [{ value: 'd' }] });
      await transaction.commit();
    });
    await transactional.disconnect();
    await consume(4);
    expect(drawn()).toEqual([
      'request',
      '  send orders',
      '    process orders',
      '    process orders',
      '  send orders',
      '    process orders',
      '  send orders',
      '    process orders',
    ]);
  });

  test('stay as the application made them', async () => {
    const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const messages: Message[] = [
      Object.freeze({
        value: 'frozen',
        headers: Object.freeze({ own: 'kept', list: ['a', Buffer.from('b')] as never }),
      }),
      { value: null, headers: null as never },
      { value: 'with a context', headers: { traceparent: own } },
    ];
    const before = structuredClone(messages);
    await withSpan('request', () =>
      producer.send(Object.freeze({ topic, messages: Object.freeze(messages) as Message[] })),
    );
    expect(structuredClone(messages)).toEqual(before);
    const received = await consume(3);
    const [{ traceId, spanId } = { traceId: '', spanId: '' }] = named('send');
    const traceparent = `00-${traceId}-${spanId}-03`;
    expect(received.map(headersOf)).toEqual([
      { own: 'kept', list: 'a,b', traceparent },
      { traceparent },
      { traceparent: own },
    ]);
  });

  test('that a handler fails have a span for each time, and batches a link for each sender', async () => {
    await withSpan('first', () => producer.send({ topic, messages: [{ value: 'a' }] }));
    await withSpan('second', () => producer.send({ topic, messages: [{ value: 'b' }] }));
    let tries = 0;
    await consume(2, () => {
      if (tries++ === 0) throw new Error('once');
    });
    expect(drawn()).toEqual([
      'first',
      '  send orders',
      '    process orders ! Error',
      '    process orders',
      'second',
      '  send orders',
      '    process orders',
    ]);

    const [senders] = [named('send')];
    exporter.reset();
    await withSpan('third', () => producer.send({ topic, messages: [{ value: 'c' }] }));
    const consumer = kafka.consumer({ kafkaJS: { groupId: `batch-${topic}`, fromBeginning: true } } as never);
    await consumer.connect();
    await consumer.subscribe({ topic });
    const done = signal();
    let seen = 0;
    await consumer.run({
      async eachBatch({ batch }) {
        seen += batch.messages.length;
        if (seen === 3) done.resolve();
      },
    });
    await done.promise;
    await consumer.disconnect();
    const links = named('process').flatMap((span) => span.links.map((link) => link.spanId));
    expect(links).toEqual([...senders, ...named('send')].map(({ spanId }) => spanId));
    expect(new Set(named('process').map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([undefined]));
  });

  test('of unsampled and concurrent requests carry what is theirs', async () => {
    const unsampled = createTracer({ exporter, sampler: 'always_off', env: {}, logLevel: 'none' });
    await unsampled.withSpan('request', () => producer.send({ topic, messages: [{ value: 'unsampled' }] }));
    await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        withSpan(`request ${number}`, () => producer.send({ topic, messages: [{ value: `${number}` }] })),
      ),
    );
    const [first] = await consume(51, ({ message }) => withSpan(`work ${message.value}`, () => {}));
    expect(first && headersOf(first).traceparent).toMatch(/-02$/);
    const expected = Array.from({ length: 50 }, (_, number) => [
      `request ${number}`,
      '  send orders',
      '    process orders',
      `      work ${number}`,
    ]);
    expect(drawn()).toEqual(expected.flat());
  });

  test('that are refused fail', async () => {
    await withSpan('request', async () => {
      await expect((producer.send as () => Promise<unknown>)()).rejects.toThrow();
      await expect(producer.send({ topic, acks: 1, messages: [{ value: 'a' }] })).rejects.toThrow('acks');
    });
    expect(drawn()).toEqual(['request', '  send orders ! KafkaJSError']);
    expect(tracer.stats().diagnostics).toEqual({});
  });
});

test('traceConfluentKafka() refuses what is something else', () => {
  expect(() => traceConfluentKafka({})).toThrow('traceConfluentKafka(confluent) takes the exports of');
});
