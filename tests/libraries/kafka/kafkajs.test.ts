import { createTracer, getBaggage, getTracer, setBaggage, withSpan } from '@waymark/core';
import { traceKafka } from '@waymark/core/libraries';
import { inMemoryExporter, type SpanData } from '@waymark/core/testing';
import type { EachMessagePayload, KafkaMessage, Message, Producer } from 'kafkajs';
import { describeWith } from '../../services/describe-with.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type Clients, openClients, signal } from './kafkajs-clients.ts';

const exporter = inMemoryExporter();
const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

describeWith('kafka')('messages of kafkajs', () => {
  let server: Service;
  beforeAll(async () => {
    server = await startKafka();
  });
  afterAll(() => server.stop());

  describe.each(['kafkajs', 'kafkajs20'])('by %s', (version) => {
    const library = require(version) as typeof import('kafkajs');
    let clients: Clients;
    let topic: string;
    let producer: Producer;

    beforeAll(async () => {
      expect(traceKafka(library)).toBe(library);
      traceKafka(library.Kafka);
    });
    beforeEach(async () => {
      clients = openClients(library, server);
      topic = await clients.topic();
      producer = await clients.producer();
      exporter.reset();
    });
    afterEach(() => clients.close());

    const named = (name: string): SpanData[] => exporter.spans.filter((span) => span.name === `${name} ${topic}`);
    const drawn = () => drawSpans(exporter.spans).map((line) => line.replaceAll(topic, 'orders'));

    /** The messages, as the broker has them. */
    async function consume(count: number, handle: (payload: EachMessagePayload) => unknown = () => {}) {
      const messages: KafkaMessage[] = [];
      const consumer = await clients.consumer(topic);
      const all = signal();
      await consumer.run({
        async eachMessage(payload) {
          messages.push(payload.message);
          await handle(payload);
          if (messages.length === count) all.resolve();
        },
      });
      await all.promise;
      await consumer.disconnect();
      return messages;
    }

    const headersOf = ({ headers = {} }: KafkaMessage) =>
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`]));

    test('continue the trace of the code that sends them, and what the handler does is below', async () => {
      await withSpan('request', async () => {
        await producer.send({ topic, messages: [{ key: 'customer-7', value: 'secret' }] });
        await withSpan('after', () => {});
      });
      await consume(1, () => withSpan('work', () => {}));
      expect(drawn()).toEqual(['request', '  send orders', '    process orders', '      work', '  after']);
      const [sent] = named('send');
      const [processed] = named('process');
      const { host, port } = server;
      const shared = {
        'messaging.system': 'kafka',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': '0',
        'messaging.client.id': 'shop',
        'messaging.kafka.offset': 0,
        'server.address': host,
        'server.port': port,
      };
      expect(sent).toMatchObject({ kind: 'producer', scope: { name: '@waymark/core/libraries/kafkajs' } });
      expect(sent?.attributes).toEqual({
        ...shared,
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
      });
      expect(processed).toMatchObject({ kind: 'consumer', links: [], scope: sent?.scope });
      expect(processed?.attributes).toEqual({
        ...shared,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': expect.stringMatching(/^group-/),
      });
    });

    test('of one call have one span, and each carries its context', async () => {
      await withSpan('request', () =>
        producer.send({ topic, messages: [{ value: 'first' }, { value: 'second' }, { value: 'third' }] }),
      );
      await consume(3);
      expect(drawn()).toEqual(['request', '  send orders', ...Array(3).fill('    process orders')]);
      expect(named('send')[0]?.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
      expect(named('send')[0]?.attributes).not.toHaveProperty('messaging.kafka.offset');
    });

    test('of sendBatch() name the topic if it is a single one', async () => {
      const other = await clients.topic();
      await withSpan('request', async () => {
        await producer.sendBatch({
          topicMessages: [
            { topic, messages: [{ value: 'one' }] },
            { topic, messages: [{ value: 'two' }] },
          ],
        });
        await producer.sendBatch({
          topicMessages: [
            { topic, messages: [{ value: 'three' }] },
            { topic: other, messages: [{ value: 'elsewhere' }] },
          ],
        });
      });
      await consume(3);
      expect(drawn()).toEqual([
        'request',
        '  send orders',
        '    process orders',
        '    process orders',
        '  send',
        '    process orders',
      ]);
      const several = exporter.spans.find(({ name }) => name === 'send');
      expect(several?.attributes).not.toHaveProperty('messaging.destination.name');
      expect(several?.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
    });

    test('of a transaction are traced, and those of one that is given up never arrive', async () => {
      const transactional = await clients.producer({
        transactionalId: topic,
        maxInFlightRequests: 1,
        idempotent: true,
      });
      await withSpan('request', async () => {
        const kept = await transactional.transaction();
        await kept.send({ topic, messages: [{ value: 'kept' }] });
        await kept.sendBatch({ topicMessages: [{ topic, messages: [{ value: 'kept, too' }] }] });
        await kept.commit();
        const givenUp = await transactional.transaction();
        await givenUp.send({ topic, messages: [{ value: 'given up' }] });
        await givenUp.abort();
        await expect(givenUp.send({ topic, messages: [{ value: 'too late' }] })).rejects.toThrow('once ended');
        await producer.send({ topic, messages: [{ value: 'last' }] });
      });
      const messages = await consume(3);
      expect(messages.map(({ value }) => `${value}`)).toEqual(['kept', 'kept, too', 'last']);
      expect(drawn()).toEqual([
        'request',
        '  send orders',
        '    process orders',
        '  send orders',
        '    process orders',
        '  send orders',
        '  send orders ! KafkaJSNonRetriableError',
        '  send orders',
        '    process orders',
      ]);
    });

    test('stay as the application made them: frozen, reused, with odd headers', async () => {
      class Order {
        readonly #value = 'lost';
        get value() {
          return this.#value; // kafkajs copies messages, and takes their own properties only
        }
      }
      const reused: Message = { value: Buffer.from('reused') };
      const messages: Message[] = [
        Object.freeze({ value: 'frozen', headers: Object.freeze({ own: 'kept' }) }),
        { value: null, headers: { list: ['a', Buffer.from('b')], bytes: Buffer.from('c') } },
        Object.assign(Object.create(null), { value: 'without a prototype' }),
        Object.freeze(Object.assign(new Order(), { headers: { kind: 'order' } })),
        reused,
      ];
      const record = Object.freeze({ topic, messages: Object.freeze(messages) as Message[] });
      const before = messages.map((message) => structuredClone({ ...message }));
      await withSpan('request', async () => {
        await producer.send(record);
        await producer.send({ topic, messages: [reused] });
      });
      expect(messages.map((message) => structuredClone({ ...message }))).toEqual(before);
      expect(reused).not.toHaveProperty('headers');
      const received = await consume(6);
      const [first, second] = named('send') as [SpanData, SpanData];
      const traceparentOf = (span: SpanData) => `00-${span.traceId}-${span.spanId}-03`;
      expect(received.map(headersOf)).toEqual([
        { own: 'kept', traceparent: traceparentOf(first) },
        { list: 'a,b', bytes: 'c', traceparent: traceparentOf(first) },
        { traceparent: traceparentOf(first) },
        { kind: 'order', traceparent: traceparentOf(first) },
        { traceparent: traceparentOf(first) },
        { traceparent: traceparentOf(second) },
      ]);
      expect(named('process').map(({ attributes }) => attributes['messaging.kafka.message.tombstone'])).toEqual([
        undefined,
        true,
        undefined,
        true, // that of the class
        undefined,
        undefined,
      ]);
    });

    test('keep a context that the application has put into them', async () => {
      const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await withSpan('request', () =>
        producer.send({
          topic,
          messages: [
            { value: 'a', headers: { Traceparent: own } },
            { value: 'b', headers: { traceparent: Buffer.from(own) } },
          ],
        }),
      );
      const received = await consume(2);
      expect(received.map(headersOf)).toEqual([{ Traceparent: own }, { traceparent: own }]);
      for (const { traceId, parentSpanId } of named('process')) {
        expect({ traceId, parentSpanId }).toEqual({
          traceId: '0af7651916cd43dd8448eb211c80319c',
          parentSpanId: 'b7ad6b7169203331',
        });
      }
    });

    test('carry the decision of a request that is not sampled, and the baggage', async () => {
      const unsampled = createTracer({ exporter, sampler: 'always_off', env: {}, logLevel: 'none' });
      await unsampled.withSpan('request', async () => {
        setBaggage('customer', 'gold');
        await producer.send({ topic, messages: [{ value: 'a' }] });
      });
      let baggage: unknown;
      const [message] = await consume(1, () => {
        baggage = getBaggage('customer');
      });
      expect(message && headersOf(message)).toEqual({
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-02$/),
        baggage: 'customer=gold',
      });
      expect(baggage).toBe('gold');
      expect(exporter.spans).toEqual([]);
    });

    test('carry nothing outside a span, and processing each starts a trace', async () => {
      await producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] });
      const received = await consume(2, () => withSpan('work', () => {}));
      expect(received.map(headersOf)).toEqual([{}, {}]);
      expect(drawn()).toEqual(Array(2).fill(['process orders', '  work']).flat());
      expect(new Set(named('process').map(({ traceId }) => traceId)).size).toBe(2);
    });

    test('that a handler fails have a span for each time, and the exception', async () => {
      await withSpan('request', () => producer.send({ topic, messages: [{ value: 'a' }] }));
      const consumer = await clients.consumer(topic);
      const done = signal();
      let tries = 0;
      await withSpan('start', () =>
        consumer.run({
          async eachMessage() {
            // kafkajs does not call a handler again after a TypeError and the like.
            class OutOfStock extends Error {}
            if (tries++ === 0) throw new OutOfStock('no stock');
            if (tries === 2) await Promise.reject(new Error('no price'));
            done.resolve();
          },
        }),
      );
      await done.promise;
      await consumer.disconnect();
      expect(drawn()).toEqual([
        'request',
        '  send orders',
        '    process orders ! OutOfStock',
        '    process orders ! Error',
        '    process orders',
        'start',
      ]);
      const [failed] = named('process');
      expect(failed).toMatchObject({
        status: { code: 'error', message: 'no stock' },
        events: [{ name: 'exception', attributes: { 'exception.type': 'OutOfStock' } }],
      });
    });

    test('of a batch have one span, with a link for each sender', async () => {
      await withSpan('first', () => producer.send({ topic, messages: [{ value: 'a' }] }));
      await withSpan('second', () => producer.send({ topic, messages: [{ value: 'b' }] }));
      await producer.send({ topic, messages: [{ value: 'without a context' }] });
      const consumer = await clients.consumer(topic);
      const done = signal();
      let tries = 0;
      await consumer.run({
        async eachBatch({ batch }) {
          await withSpan(`work on ${batch.messages.length}`, () => {});
          if (tries++ === 0) throw new Error('once');
          done.resolve();
        },
      });
      await done.promise;
      await consumer.disconnect();
      expect(drawn()).toEqual([
        'first',
        '  send orders',
        'second',
        '  send orders',
        'process orders ! Error',
        '  work on 3',
        'process orders',
        '  work on 3',
      ]);
      const senders = named('send');
      for (const span of named('process')) {
        expect(span.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
        expect(span.links).toMatchObject(
          senders.map(({ traceId, spanId }, index) => ({
            traceId,
            spanId,
            attributes: { 'messaging.kafka.offset': index },
          })),
        );
      }
    });

    test('arrive compressed, as the application has asked', async () => {
      await withSpan('request', () =>
        producer.send({
          topic,
          compression: library.CompressionTypes.GZIP,
          messages: [{ value: 'a'.repeat(10_000) }, { value: 'b' }],
        }),
      );
      const received = await consume(2);
      expect(received.map(({ value }) => value?.length)).toEqual([10_000, 1]);
      expect(drawn()).toEqual(['request', '  send orders', '    process orders', '    process orders']);
    });

    test('without acknowledgement end when they are sent', async () => {
      await withSpan('request', () => producer.send({ topic, acks: 0, messages: [{ value: 'a' }] }));
      await consume(1);
      expect(drawn()).toEqual(['request', '  send orders', '    process orders']);
    });

    test('that kafkajs refuses fail as they do without tracing', async () => {
      const wrong: unknown[] = [
        undefined,
        null,
        {},
        { topic },
        { topic, messages: [{}] },
        { topic, messages: [{ key: 'canary', headers: { a: 'canary' } }] },
        { topic, messages: [null] },
        { topic, messages: 'text' },
        { topic, messages: [{ value: 'a', headers: null }] },
        { topic: '', messages: [{ value: 'a' }] },
      ];
      const send = producer.send as (record: unknown) => Promise<unknown>;
      const messageOf = (record: unknown) => send(record).then(String, (error: Error) => error.message);
      async function messagesOf(): Promise<string[]> {
        const messages: string[] = [];
        for (const record of wrong) messages.push(await messageOf(record));
        return messages;
      }
      const untraced = await messagesOf(); // outside any span
      expect(await withSpan('request', messagesOf)).toEqual(untraced);
      const statuses = exporter.spans.filter(({ name }) => name.startsWith('send')).map(({ status }) => status.code);
      expect(new Set(statuses)).toEqual(new Set(['error']));
      expect(JSON.stringify(exporter.spans)).not.toContain('canary');
    });

    test('of concurrent requests have the right parents', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, number) =>
          withSpan(`request ${number}`, async () => {
            await producer.send({ topic, messages: [{ value: `${number}` }] });
            await withSpan(`after ${number}`, () => {});
          }),
        ),
      );
      await consume(50, ({ message }) => withSpan(`work ${message.value}`, () => {}));
      const expected = Array.from({ length: 50 }, (_, number) => [
        `request ${number}`,
        '  send orders',
        '    process orders',
        `      work ${number}`,
        `  after ${number}`,
      ]);
      // Each tree is whole. Their order is that of the requests' starts.
      expect(
        drawn()
          .join('\n')
          .split(/\n(?=request)/)
          .map((tree) => tree.split('\n')),
      ).toEqual(expected);
    });

    test('say nothing of keys, values and headers, and the key if it is asked for', async () => {
      const canaries = { key: 'canary-key', value: 'canary-value', headers: { secret: 'canary-header' } };
      await withSpan('request', () => producer.send({ topic, messages: [canaries] }));
      const consumer = await clients.consumer(topic);
      const done = signal();
      await consumer.run({
        async eachMessage({ message }) {
          done.resolve();
          if (`${message.value}` !== 'canary-value') throw new Error('another one');
        },
      });
      await done.promise;
      await consumer.disconnect();
      expect(JSON.stringify(exporter.spans)).not.toContain('canary');

      exporter.reset();
      const showing = createTracer({
        exporter,
        env: {},
        logLevel: 'none',
        libraries: { kafkajs: { messageKey: true } },
      });
      await showing.withSpan('request', () => producer.send({ topic, messages: [canaries] }));
      expect(named('send')[0]?.attributes).toMatchObject({ 'messaging.kafka.message.key': 'canary-key' });
    });

    test('of a tracer without kafkajs have no span, and carry nothing', async () => {
      const without = createTracer({ exporter, env: {}, logLevel: 'none', libraries: { kafkajs: false } });
      await without.withSpan('request', () => producer.send({ topic, messages: [{ value: 'a' }] }));
      const [message] = await consume(1);
      expect(message && headersOf(message)).toEqual({});
      expect(drawn()).toContain('request');
      expect(named('send')).toEqual([]);
    });
  });

  test('traceKafka() refuses what is not kafkajs', () => {
    expect(() => traceKafka({})).toThrow('traceKafka(kafka) takes the exports of kafkajs, or a Kafka, got {}.');
    expect(tracer.stats().diagnostics).toEqual({});
  });
});
