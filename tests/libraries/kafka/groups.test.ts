// What consumers of kafkajs do apart from a plain message: rebalancing, stopping, batches, traces of their own.
import { createTracer, getTracer, setDefaultTracer, withSpan } from '@waymark/core';
import { traceKafka, withMessage } from '@waymark/core/libraries';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import kafkajs from 'kafkajs';
import { describeWith } from '../../services/describe-with.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type Clients, openClients, signal } from './kafkajs-clients.ts';

const exporter = inMemoryExporter();
const options = { exporter, flushOnExit: false, logLevel: 'none', env: {} } as const;
const tracer = getTracer(options);
traceKafka(kafkajs);

describeWith('kafka')('consumers', () => {
  let server: Service;
  let clients: Clients;
  beforeAll(async () => {
    server = await startKafka();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    clients = openClients(kafkajs, server);
    exporter.reset();
  });
  afterEach(async () => {
    await clients.close();
    expect(tracer.stats()).toMatchObject({ diagnostics: {} });
  });

  const named = (name: string): SpanData[] => exporter.spans.filter((span) => span.name === name);
  const senderOf = (span: SpanData) => exporter.spans.find(({ spanId }) => spanId === span.parentSpanId);

  async function send(topic: string, values: readonly number[]): Promise<void> {
    const producer = await clients.producer();
    for (const number of values) {
      await withSpan('request', { attributes: { number } }, () =>
        producer.send({ topic, messages: [{ partition: number % 2, value: `${number}` }] }),
      );
    }
  }

  test('of a group that is rebalanced process each message below its sender', async () => {
    const topic = await clients.topic('rebalanced', 2);
    const done = new Set<number>();
    const perConsumer = [0, 0];
    const [firsts, lasts] = [signal(), signal()];
    const start = async (index: number) => {
      const consumer = await clients.consumer(topic, 'rebalanced');
      await consumer.run({
        async eachMessage({ message }) {
          const number = Number(`${message.value}`);
          await withSpan('work', { attributes: { number } }, () => new Promise(setImmediate));
          done.add(number);
          perConsumer[index] = (perConsumer[index] ?? 0) + 1;
          if (done.size === 10) firsts.resolve();
          if (done.size === 40) lasts.resolve();
        },
      });
      return consumer;
    };
    const first = await start(0);
    await send(topic, range(0, 10));
    await firsts.promise;
    const joinedAgain = once(first, 'consumer.group_join');
    await start(1);
    await joinedAgain;
    await send(topic, range(10, 40));
    await lasts.promise;
    await clients.close(); // it waits for the handlers
    expect(perConsumer.every((count) => count > 0)).toBe(true);
    // A message whose offset was not committed before the group was rebalanced is processed again, below the same sender.
    for (const work of named('work')) {
      const processed = senderOf(work) as SpanData;
      const sent = senderOf(processed) as SpanData;
      expect([processed.name, sent.name]).toEqual(['process rebalanced', 'send rebalanced']);
      expect(senderOf(sent)?.attributes).toEqual(work.attributes);
    }
    expect(new Set(named('work').map(({ attributes }) => attributes.number)).size).toBe(40);
  });

  test('that are stopped in the middle end the span when the handler ends', async () => {
    const topic = await clients.topic('stopped', 2);
    await send(topic, [0, 2]);
    const consumer = await clients.consumer(topic);
    const [begun, released] = [signal(), signal()];
    await consumer.run({
      async eachMessage() {
        begun.resolve();
        await released.promise;
        await withSpan('late work', () => {});
      },
    });
    await begun.promise;
    const stopped = consumer.stop();
    expect(named('process stopped')).toEqual([]);
    released.resolve();
    await stopped;
    expect(drawSpans(exporter.spans)).toEqual([
      'request',
      '  send stopped',
      '    process stopped',
      '      late work',
      'request',
      '  send stopped',
    ]);
    // It goes on where it was.
    const again = signal();
    await consumer.run({ eachMessage: async () => void setImmediate(again.resolve) });
    await again.promise;
    expect(named('process stopped')).toHaveLength(2);
  });

  test('of batches have a span for one message by withMessage()', async () => {
    const topic = await clients.topic('batched', 2);
    await send(topic, [0, 2]);
    const consumer = await clients.consumer(topic);
    const done = signal();
    const results: unknown[] = [];
    await consumer.run({
      async eachBatch({ batch }) {
        for (const message of batch.messages) {
          results.push(await withMessage(message, async ({ value }) => withSpan('work', () => `${value}`)));
        }
        setImmediate(done.resolve);
      },
    });
    await done.promise;
    expect(results).toEqual(['0', '2']);
    expect(drawSpans(exporter.spans)).toEqual([
      ...Array(2).fill(['request', '  send batched', '    process batched', '      work']).flat(),
      'process batched', // the batch
    ]);
    const [batch] = named('process batched').filter(({ parentSpanId }) => parentSpanId === undefined);
    const messages = named('process batched').filter((span) => span !== batch);
    for (const { links, attributes } of messages) {
      expect(links).toMatchObject([{ spanId: batch?.spanId }]);
      expect(attributes).toMatchObject({
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': '0',
      });
    }
  });

  test('that start traces of their own have a link', async () => {
    const topic = await clients.topic('linked', 2);
    await send(topic, [0]);
    const consumer = await clients.consumer(topic);
    const done = signal();
    setDefaultTracer(createTracer({ ...options, libraries: { kafkajs: { newTracePerMessage: true } } }));
    await consumer.run({ eachMessage: async () => void setImmediate(done.resolve) });
    await done.promise;
    setDefaultTracer(tracer);
    const [sent] = named('send linked');
    const [processed] = named('process linked');
    expect(processed?.parentSpanId).toBeUndefined();
    expect(processed?.traceId).not.toBe(sent?.traceId);
    expect(processed?.links).toMatchObject([{ traceId: sent?.traceId, spanId: sent?.spanId }]);
  });
});

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function once(consumer: kafkajs.Consumer, event: 'consumer.group_join'): Promise<void> {
  return new Promise((resolve) => {
    const remove = consumer.on(event, () => {
      remove();
      resolve();
    });
  });
}
