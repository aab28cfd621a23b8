// A thousand messages of SQS, of which every tenth fails and is redelivered once.
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createTracer, setDefaultTracer } from '@waymark/core';
import { traceAwsSdk } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { Consumer } from 'sqs-consumer';
import { startAws } from '../../services/aws.ts';
import { clientOptions, queueUrl } from './open-client.ts';

test('each processing is below its sending, each failure is an error, and nothing is there twice', async () => {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
  setDefaultTracer(tracer);
  traceAwsSdk(Consumer);
  const aws = await startAws();
  const sqs = traceAwsSdk(new SQSClient(clientOptions(aws)));
  const QueueUrl = queueUrl(aws, 'orders');

  // 500 by one call each, 500 in batches of ten.
  await tracer.withSpan('request', async () => {
    for (let at = 0; at < 500; at++) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `${at}` }));
    for (let at = 500; at < 1000; at += 10) {
      const Entries = Array.from({ length: 10 }, (_, one) => ({ Id: `${one}`, MessageBody: `${at + one}` }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
  });

  const tried = new Map<string, number>();
  let finished = 0;
  const consumer = Consumer.create({
    queueUrl: QueueUrl,
    sqs,
    batchSize: 10,
    waitTimeSeconds: 1,
    terminateVisibilityTimeout: true,
    async handleMessage(message) {
      const { Body = '' } = message;
      const attempt = (tried.get(Body) ?? 0) + 1;
      tried.set(Body, attempt);
      await tracer.withSpan(`work ${Body}`, async () => {});
      if (Number(Body) % 10 === 0 && attempt === 1) throw new RangeError(`order ${Body} is not there yet`);
      return message;
    },
  });
  // The request that starts the loop is not the parent of anything in it.
  await tracer.withSpan('start', async () => {
    await new Promise<void>((resolve, reject) => {
      consumer.on('error', reject);
      consumer.on('message_processed', () => {
        if (++finished === 1000) resolve();
      });
      consumer.start();
    });
  });
  const stopped = new Promise((resolve) => consumer.on('stopped', resolve));
  consumer.stop({ abort: true });
  await stopped;
  sqs.destroy();
  await aws.stop();

  const { spans } = exporter;
  const named = (name: string) => spans.filter((span) => span.name === name);
  const sends = new Set(named('send orders').map(({ spanId }) => spanId));
  const processed = named('process orders');
  expect(named('send orders')).toHaveLength(550);
  expect(processed).toHaveLength(1100);
  expect(processed.filter(({ parentSpanId = '' }) => sends.has(parentSpanId))).toHaveLength(1100);
  const failed = processed.filter(({ status }) => status.code === 'error');
  expect(failed).toHaveLength(100);
  expect(new Set(failed.map(({ attributes }) => attributes['error.type']))).toEqual(new Set(['RangeError']));
  const attempts = new Map<unknown, number>();
  for (const { attributes } of processed) {
    const id = attributes['messaging.message.id'];
    attempts.set(id, (attempts.get(id) ?? 0) + 1);
  }
  expect([attempts.size, [...attempts.values()].filter((count) => count === 2).length]).toEqual([1000, 100]);
  const works = spans.filter(({ name }) => name.startsWith('work '));
  const processings = new Set(processed.map(({ spanId }) => spanId));
  expect(works.filter(({ parentSpanId = '' }) => processings.has(parentSpanId))).toHaveLength(1100);
  expect(spans).toHaveLength(550 + 1100 + 1100 + 2);
});

test('a batch handler has one span, linked to each sender', async () => {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
  setDefaultTracer(tracer);
  traceAwsSdk(Consumer);
  const aws = await startAws();
  const sqs = traceAwsSdk(new SQSClient(clientOptions(aws)));
  const QueueUrl = queueUrl(aws, 'batches');
  for (const MessageBody of ['one', 'two', 'three']) {
    await tracer.withSpan(`request ${MessageBody}`, () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })));
  }
  const senders = exporter.spans.filter(({ name }) => name === 'send batches').map(({ spanId }) => spanId);
  const handled = await new Promise<number>((resolve, reject) => {
    const consumer = Consumer.create({
      queueUrl: QueueUrl,
      sqs,
      batchSize: 10,
      async handleMessageBatch(messages) {
        return messages;
      },
    });
    let count = 0;
    consumer.on('error', reject);
    consumer.on('message_processed', () => {
      if (++count < 3) return;
      consumer.stop({ abort: true });
      resolve(count);
    });
    consumer.start();
  });
  sqs.destroy();
  await aws.stop();
  expect(handled).toBe(3);
  const process = exporter.spans.find(({ name }) => name === 'process batches');
  expect(process).toMatchObject({ attributes: { 'messaging.batch.message_count': 3 }, links: expect.any(Array) });
  expect(process?.parentSpanId).toBeUndefined();
  expect(process?.links.map(({ spanId }) => spanId)).toEqual(senders);
});
