// A thousand messages through a real broker, a tenth of which fail once and are delivered again.
import { getTracer, withSpan } from '@waymark/core';
import { traceKafka } from '@waymark/core/libraries';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import kafkajs from 'kafkajs';
import { describeWith } from '../../services/describe-with.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Service } from '../../services/service.ts';
import { openClients, signal } from './kafkajs-clients.ts';

const exporter = inMemoryExporter();
getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
traceKafka(kafkajs);

const messageCount = 1000;
const fails = (number: number) => number % 10 === 3;

describeWith('kafka')('a thousand messages', () => {
  let server: Service;
  beforeAll(async () => {
    server = await startKafka();
  });
  afterAll(() => server.stop());

  test('are each processed below their sender: each failure is an error, and nothing is there twice', async () => {
    const clients = openClients(kafkajs, server);
    const topic = await clients.topic('orders', 4);
    const producer = await clients.producer();
    for (let first = 0; first < messageCount; first += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          withSpan('request', { attributes: { number: first + index } }, () =>
            producer.send({ topic, messages: [{ key: `${first + index}`, value: `${first + index}` }] }),
          ),
        ),
      );
    }

    const failed = new Set<number>();
    const processed = new Set<number>();
    const consumer = await clients.consumer(topic);
    const all = signal();
    await consumer.run({
      partitionsConsumedConcurrently: 4,
      async eachMessage({ message }) {
        const number = Number(`${message.value}`);
        await withSpan('work', { attributes: { number } }, () => new Promise(setImmediate));
        if (fails(number) && !failed.has(number)) {
          failed.add(number);
          throw new Error('out of stock');
        }
        processed.add(number);
        if (processed.size === messageCount) all.resolve();
      },
    });
    await all.promise;
    await clients.close();

    const byId = new Map(exporter.spans.map((span) => [span.spanId, span]));
    const named = (name: string) => exporter.spans.filter((span) => span.name === name);
    const requestOf = (span: SpanData): unknown => {
      const parent = byId.get(span.parentSpanId ?? '');
      return parent === undefined ? span.attributes.number : requestOf(parent);
    };
    expect(named('request')).toHaveLength(messageCount);
    expect(named('send orders')).toHaveLength(messageCount);

    // Each processing, by what it has done, is in the trace of the request that sent this message.
    const works = named('work');
    expect(works).toHaveLength(messageCount + messageCount / 10);
    expect(works.filter((span) => requestOf(span) !== span.attributes.number)).toEqual([]);

    const attempts = new Map<unknown, string[]>();
    for (const span of named('process orders')) {
      const sender = byId.get(span.parentSpanId ?? '');
      expect(sender?.name).toBe('send orders');
      const position = ['messaging.destination.partition.id', 'messaging.kafka.offset'] as const;
      for (const key of position) expect(span.attributes[key]).toBe(sender?.attributes[key]);
      const number = requestOf(span);
      attempts.set(number, [...(attempts.get(number) ?? []), span.status.code]);
    }
    expect(attempts.size).toBe(messageCount);
    const wrong = [...attempts].filter(
      ([number, codes]) => codes.sort().join() !== (fails(Number(number)) ? 'error,unset' : 'unset'),
    );
    expect(wrong).toEqual([]);
  });
});
