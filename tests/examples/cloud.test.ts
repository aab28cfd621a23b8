// The code of docs/cloud.md, with a service that answers as AWS does. docs.test.ts checks that each block is in a file like this one, word for word.
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getTracer, inject, withSpan } from '@waymark/core';
import { traceAwsSdk, withMessage } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import express from 'express';
import request from 'supertest';
import { type AwsService, startAws } from '../services/aws.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const exporter = inMemoryExporter();
getTracer({ serviceName: 'orders', exporter, flushOnExit: false, logLevel: 'none' });
beforeEach(() => exporter.reset());

let aws: AwsService;
beforeAll(async () => {
  aws = await startAws();
  process.env.AWS_ENDPOINT_URL_SQS = aws.url;
  process.env.AWS_REGION = 'eu-central-1';
  process.env.AWS_ACCESS_KEY_ID = aws.user;
  process.env.AWS_SECRET_ACCESS_KEY = aws.password;
});
afterAll(async () => {
  for (const name of ['AWS_ENDPOINT_URL_SQS', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    delete process.env[name];
  }
  await aws.stop();
});

const ship = (order: { item: string }) => withSpan('ship', async () => order.item);

test('a message of SQS, and its work', async () => {
  const QueueUrl = `${aws.url}/123456789012/orders`;
  const app = express();
  app.use(expressTracing({ serviceName: 'orders', exporter, outbound: false, logLevel: 'none' }), express.json());
  traceAwsSdk(SQSClient);
  const sqs = new SQSClient();

  app.post('/orders', async (req, res) => {
    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(req.body) }));
    res.json({ id: MessageId });
  });

  await request(app).post('/orders').send({ item: 'lamp' });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  for (const message of Messages) {
    await withMessage(message, ({ Body = '' }) => ship(JSON.parse(Body)));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  }
  sqs.destroy();

  const [picture] = readCodeBlocks('docs/cloud.md').filter(({ language }) => language === 'text');
  const drawn = withoutNumbers(renderTrace(await exporter.waitFor(4), { width: 150 })).slice(1);
  expect(drawn).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
});

test('a function of Lambda', () => {
  const { handler } = require('./cloud/handler.cjs') as {
    handler(event: { item: string }, context: { clientContext?: { custom: Record<string, string> } }): string;
  };
  const [result, traceId] = withSpan('request', (span) => {
    const custom: Record<string, string> = {};
    inject(custom);
    return [handler({ item: 'lamp' }, { clientContext: { custom } }), span.traceId];
  });
  expect(result).toBe(`lamp in ${traceId}`);
  expect(handler({ item: 'lamp' }, {})).toMatch(/^lamp in [0-9a-f]{32}$/);
});
