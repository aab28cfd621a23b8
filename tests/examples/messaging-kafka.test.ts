// The code of docs/messaging.md on Kafka, running on a real broker. docs.test.ts checks that each block is in a file like this one.
import { getTracer, withSpan } from '@waymark/core';
import { traceKafka, withMessage } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import express, { json } from 'express';
import kafkajs from 'kafkajs';
import request from 'supertest';
import { describeWith } from '../services/describe-with.ts';
import { startKafka } from '../services/kafka.ts';
import type { Service } from '../services/service.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const exporter = inMemoryExporter();
const tracer = getTracer({ serviceName: 'orders', exporter, flushOnExit: false, logLevel: 'none' });
beforeEach(() => exporter.reset());

// Jest hides the library from tracing(), which would find it in a service.
traceKafka(kafkajs);

// biome-ignore lint/suspicious/noExplicitAny: the page's code is JavaScript
type Any = any;

/** What the page uses of a consumer: its code is JavaScript. */
interface Worker {
  subscribe(options: { topic: string; fromBeginning: boolean }): Promise<void>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  run(handlers: { eachMessage?(payload: Any): unknown; eachBatch?(payload: Any): unknown }): Promise<void>;
}

const ship = (order: unknown) => withSpan('ship', () => order);

describeWith('kafka')('Kafka', () => {
  let server: Service;
  let kafka: kafkajs.Kafka;
  let producer: kafkajs.Producer;
  let consumer: Worker;

  beforeAll(async () => {
    server = await startKafka();
    const retry = { initialRetryTime: 20, retries: 10 }; // a new broker makes the topic of the offsets first
    kafka = new kafkajs.Kafka({ brokers: [server.url], logLevel: kafkajs.logLevel.NOTHING, retry });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'orders' }, { topic: 'batches' }], waitForLeaders: true });
    await admin.disconnect();
    producer = kafka.producer();
    await producer.connect();
  }, 60_000);
  beforeEach(() => {
    const retry = { initialRetryTime: 20, retries: 10 };
    const groupId = `workers-${expect.getState().currentTestName}`;
    consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 20, retry }) as Worker;
  });
  afterEach(() => consumer.disconnect());
  afterAll(async () => {
    await producer.disconnect();
    await server.stop();
  });

  test('a message that fails once', async () => {
    const app = express();
    app.use(expressTracing({ tracer, outbound: false }), json());
    app.post('/orders', async (req, res) => {
      await producer.send({ topic: 'orders', messages: [{ key: req.body.id, value: JSON.stringify(req.body) }] });
      res.sendStatus(202);
    });
    await request(app).post('/orders').send({ id: '7-1' }).expect(202);

    let left = 1;
    async function charge(_order: unknown) {
      await withSpan('charge', () => {
        if (left-- > 0) throw new Error('the bank does not answer');
      });
    }
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    await consumer.run({
      async eachMessage({ message }) {
        await charge(JSON.parse(message.value));
      },
    });

    const spans = await exporter.waitFor(6);
    const [picture] = readCodeBlocks('docs/messaging.md').filter(
      ({ language, code }) => language === 'text' && code.includes('charge'),
    );
    const drawn = withoutNumbers(renderTrace(spans, { width: 100 })).slice(1);
    expect(drawn).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
  });

  test('the messages of a batch', async () => {
    await withSpan('request', () => producer.send({ topic: 'batches', messages: [{ value: '1' }, { value: '2' }] }));
    await consumer.connect();
    await consumer.subscribe({ topic: 'batches', fromBeginning: true });
    await consumer.run({
      async eachBatch({ batch }) {
        for (const message of batch.messages) {
          await withMessage(message, () => ship(JSON.parse(message.value)));
        }
      },
    });
    const spans = await exporter.waitFor(7);
    expect(spans.filter(({ name }) => name === 'process batches')).toHaveLength(3);
  });

  test('the messages of a loop', async () => {
    const stream: Any = (async function* () {
      yield { topic: 'orders', partition: 0, offset: 1n, value: '{}', headers: new Map() };
    })();
    for await (const message of stream) {
      await withMessage(message, () => ship(JSON.parse(message.value)));
    }
    expect((await exporter.waitFor(2)).map(({ name }) => name)).toEqual(['ship', 'process orders']);
  });
});
