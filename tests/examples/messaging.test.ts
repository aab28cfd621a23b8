// The code of docs/messaging.md, with real brokers. docs.test.ts checks that each block is in a file like this one, word for word.
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import * as nats from '@nats-io/transport-node';
import { getTracer, withSpan } from '@waymark/core';
import { traceAmqplib, traceNats, withMessage } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import amqplib from 'amqplib';
import express from 'express';
import request from 'supertest';
import { describeWith } from '../services/describe-with.ts';
import { startNats } from '../services/nats.ts';
import { startRabbitmq } from '../services/rabbitmq.ts';
import type { Service } from '../services/service.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const exporter = inMemoryExporter();
getTracer({ serviceName: 'orders', exporter, flushOnExit: false, logLevel: 'none' });
beforeEach(() => exporter.reset());

const ship = (order: { item: string }) => withSpan('ship', async () => order.item);

const tracing = (options: object) => expressTracing({ ...options, exporter, outbound: false, logLevel: 'none' });

/** What the page uses of a channel: its code is JavaScript. */
interface Worked {
  // biome-ignore lint/suspicious/noExplicitAny: a message may be null, and its content is a buffer
  consume(queue: string, handler: (message: any) => unknown): Promise<unknown>;
  ack(message: unknown): void;
  nack(message: unknown, allUpTo: boolean, requeue: boolean): void;
}

describeWith('rabbitmq')('RabbitMQ', () => {
  let rabbitmq: Service;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq();
  });
  afterAll(() => rabbitmq.stop());

  test('a message, and its work', async () => {
    const connection = await traceAmqplib(amqplib).connect(rabbitmq.url);
    const channel = await connection.createChannel();
    await channel.assertQueue('orders');
    const app = express();
    app.use(tracing({ serviceName: 'orders' }), express.json());

    app.post('/orders', async (req, res) => {
      channel.sendToQueue('orders', Buffer.from(JSON.stringify(req.body)), { persistent: true });
      res.sendStatus(202);
    });

    async function work(channel: Worked): Promise<void> {
      await channel.consume('orders', async (message) => {
        try {
          await ship(JSON.parse(message.content));
          channel.ack(message);
        } catch {
          channel.nack(message, false, false);
        }
      });
    }

    await request(app).post('/orders').send({ item: 'lamp' });
    await work(channel);
    const [picture] = readCodeBlocks('docs/messaging.md').filter(({ language }) => language === 'text');
    const drawn = withoutNumbers(renderTrace(await exporter.waitFor(4), { width: 150 })).slice(1);
    await connection.close();
    expect(drawn).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
  });
});

describeWith('nats')('NATS', () => {
  let server: Service;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());

  test('the messages of a loop', async () => {
    const connection = await traceNats(nats).connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'orders', subjects: ['orders'] });
    await manager.consumers.add('orders', { durable_name: 'shipping', ack_policy: 'explicit' });
    const client = traceNats(jetstream(connection));
    await withSpan('request', () => client.publish('orders', '{"item":"lamp"}'));
    const consumer = await client.consumers.get('orders', 'shipping');
    async function work(): Promise<void> {
      for await (const message of await consumer.consume()) {
        await withMessage(message, async () => {
          await ship(message.json());
          message.ack();
        });
      }
    }
    const worked = work();
    const spans = await exporter.waitFor(4);
    await connection.close();
    await worked;
    expect(spans.map(({ name }) => name)).toEqual(['publish orders', 'request', 'ship', 'process orders']);
  });
});

test('options', () => {
  expect(() => {
    tracing({ libraries: { amqplib: { newTracePerMessage: true } } });
  }).not.toThrow();
});
