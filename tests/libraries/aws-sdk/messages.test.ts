// SQS and SNS: spans of those who send and receive, and the context in the attributes of their messages, in each generation of the SDK.
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type sqsModule from '@aws-sdk/client-sqs';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { createTracer, setDefaultTracer, withSpan } from '@waymark/core';
import { traceAwsSdk, withMessage } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { type AwsService, startAws } from '../../services/aws.ts';
import { drawSpans } from '../draw-spans.ts';
import { clientOptions, queueUrl } from './open-client.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);

let aws: AwsService;
beforeAll(async () => {
  aws = await startAws();
});
beforeEach(() => exporter.reset());
afterAll(() => aws.stop());

const one = (name: string) => {
  const span = exporter.spans.find((candidate) => candidate.name === name);
  if (span === undefined) throw new Error(`There is no span ${name}: ${drawSpans(exporter.spans).join('\n')}`);
  return span;
};

describe.each(['aws-sqs-3300', 'aws-sqs-3600', '@aws-sdk/client-sqs'])('SQS by %s', (module) => {
  const sdk = require(module) as typeof sqsModule;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = traceAwsSdk(new sdk.SQSClient(clientOptions(aws)));
  });
  afterAll(() => sqs.destroy());

  async function receive(queue: string): Promise<readonly Message[]> {
    const { Messages = [] } = await sqs.send(
      new sdk.ReceiveMessageCommand({ QueueUrl: queueUrl(aws, queue), MaxNumberOfMessages: 10 }),
    );
    return Messages;
  }

  test('a message has a producer span, and its work is below that', async () => {
    const QueueUrl = queueUrl(aws, `single-${sdk.SQSClient.name}${module.length}`);
    const queue = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
    const input = Object.freeze({
      QueueUrl,
      MessageBody: 'secret',
      MessageAttributes: Object.freeze({ kind: { DataType: 'String', StringValue: 'order' } }),
    });
    const { MessageId } = await tracer.withSpan('request', () => sqs.send(new sdk.SendMessageCommand(input)));
    const [message] = await receive(queue);
    expect(exporter.spans.map(({ name }) => name)).toEqual([`send ${queue}`, 'request']); // a poll outside a request has no span
    const result = await withMessage(message as Message, async ({ Body }) => withSpan('ship', () => Body));
    expect(result).toBe('secret');
    expect(drawSpans(exporter.spans)).toEqual(['request', `  send ${queue}`, `    process ${queue}`, '      ship']);
    expect(one(`send ${queue}`)).toMatchObject({
      kind: 'producer',
      attributes: {
        'messaging.system': 'aws_sqs',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': queue,
        'messaging.message.id': MessageId,
        'aws.sqs.queue.url': QueueUrl,
        'rpc.system.name': 'aws-api',
        'rpc.method': 'SQS/SendMessage',
        'server.address': '127.0.0.1',
        'server.port': aws.port,
      },
    });
    expect(one(`process ${queue}`)).toMatchObject({
      kind: 'consumer',
      attributes: {
        'messaging.system': 'aws_sqs',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': queue,
        'messaging.message.id': MessageId,
      },
    });
    expect(Object.keys(input.MessageAttributes)).toEqual(['kind']);
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('a batch has one span, whose context each message carries', async () => {
    const queue = `batch-${module.length}`;
    const Entries = ['1', '2', '3'].map((Id) => ({ Id, MessageBody: Id }));
    await tracer.withSpan('request', () =>
      sqs.send(new sdk.SendMessageBatchCommand({ QueueUrl: queueUrl(aws, queue), Entries })),
    );
    expect(one(`send ${queue}`).attributes['messaging.batch.message_count']).toBe(3);
    for (const message of await receive(queue)) withMessage(message, () => {});
    expect(drawSpans(exporter.spans)).toEqual([
      'request',
      `  send ${queue}`,
      `    process ${queue}`,
      `    process ${queue}`,
      `    process ${queue}`,
    ]);
  });

  test('messages that a request receives are linked to their senders', async () => {
    const queue = `received-${module.length}`;
    const send = () => sqs.send(new sdk.SendMessageCommand({ QueueUrl: queueUrl(aws, queue), MessageBody: 'one' }));
    await tracer.withSpan('first', send);
    await tracer.withSpan('second', send);
    await send(); // outside any span: carries nothing
    const senders = exporter.spans.filter(({ name }) => name === `send ${queue}`).map(({ spanId }) => spanId);
    await tracer.withSpan('poll', () => receive(queue));
    expect(one(`receive ${queue}`)).toMatchObject({
      kind: 'client',
      attributes: { 'messaging.operation.type': 'receive', 'messaging.batch.message_count': 3 },
    });
    expect(one(`receive ${queue}`).links.map(({ spanId }) => spanId)).toEqual(senders);
  });

  test('a queue that does not exist is an error by its name', async () => {
    await tracer.withSpan('request', () =>
      expect(
        sqs.send(new sdk.SendMessageCommand({ QueueUrl: queueUrl(aws, 'absent'), MessageBody: 'one' })),
      ).rejects.toThrow('does not exist'),
    );
    expect(one('send absent').attributes['error.type']).toMatch(/QueueDoesNotExist$/);
  });
});

describe('a message of SQS', () => {
  const sdk = require('@aws-sdk/client-sqs') as typeof sqsModule;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = traceAwsSdk(new sdk.SQSClient(clientOptions(aws)));
  });
  afterAll(() => sqs.destroy());

  async function attributesOf(queue: string): Promise<readonly string[]> {
    const { Messages = [] } = await sqs.send(
      new sdk.ReceiveMessageCommand({ QueueUrl: queueUrl(aws, queue), MessageAttributeNames: ['All'] }),
    );
    return Object.keys(Messages[0]?.MessageAttributes ?? {});
  }

  const named = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`a${at}`, { DataType: 'String', StringValue: 'x' }] as const),
    );

  test.each([
    [9, 10],
    [10, 10],
  ])('with %i attributes is sent with %i: ten is the limit of the service', async (given, sent) => {
    const queue = `with-${given}`;
    await tracer.withSpan('request', () =>
      sqs.send(
        new sdk.SendMessageCommand({
          QueueUrl: queueUrl(aws, queue),
          MessageBody: 'one',
          MessageAttributes: named(given),
        }),
      ),
    );
    expect(await attributesOf(queue)).toHaveLength(sent);
  });

  test('near the limit of its size is sent as it is', async () => {
    await tracer.withSpan('request', () =>
      sqs.send(new sdk.SendMessageCommand({ QueueUrl: queueUrl(aws, 'large'), MessageBody: 'x'.repeat(1_048_576) })),
    );
    expect(await attributesOf('large')).toEqual([]);
  });

  test('keeps the context that the application has put into it', async () => {
    const traceparent = { DataType: 'String', StringValue: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    await tracer.withSpan('request', () =>
      sqs.send(
        new sdk.SendMessageCommand({
          QueueUrl: queueUrl(aws, 'own'),
          MessageBody: 'one',
          MessageAttributes: { traceparent },
        }),
      ),
    );
    const { Messages = [] } = await sqs.send(new sdk.ReceiveMessageCommand({ QueueUrl: queueUrl(aws, 'own') }));
    withMessage(Messages[0] as Message, () => {});
    expect(one('process own')).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
    });
  });

  test('carries the decision of a request that is not sampled', async () => {
    const unsampled = createTracer({ exporter, sampler: 'always_off', flushOnExit: false, logLevel: 'none', env: {} });
    await unsampled.withSpan('request', () =>
      sqs.send(new sdk.SendMessageCommand({ QueueUrl: queueUrl(aws, 'unsampled'), MessageBody: 'one' })),
    );
    const { Messages = [] } = await sqs.send(new sdk.ReceiveMessageCommand({ QueueUrl: queueUrl(aws, 'unsampled') }));
    const [message] = Messages;
    expect(message?.MessageAttributes?.traceparent?.StringValue).toMatch(/-0[02]$/);
    withMessage(message as Message, () => withSpan('work', () => {}));
    expect(exporter.spans).toEqual([]);
  });

  test('whose work fails makes its span an error, and the error reaches the application', async () => {
    const error = new RangeError('out of stock');
    const message = { ReceiptHandle: 'r', MessageId: '7', Body: '{}' };
    await expect(withMessage(message, () => Promise.reject(error))).rejects.toBe(error);
    expect(() =>
      withMessage(message, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(drawSpans(exporter.spans)).toEqual(['process ! RangeError', 'process ! RangeError']);
    expect(exporter.spans[0]?.events).toMatchObject([{ name: 'exception' }]);
  });

  test('from an event of Lambda', () => {
    const record = {
      messageId: '7',
      receiptHandle: 'r',
      body: '{}',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:orders',
      messageAttributes: {
        traceparent: {
          stringValue: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
          dataType: 'String',
        },
      },
    };
    withMessage(record, () => {});
    expect(one('process orders')).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736' });
  });

  test('any other value is passed on without a span', () => {
    expect(withMessage({ some: 'value' }, ({ some }) => some)).toBe('value');
    expect(withMessage(undefined, () => 7)).toBe(7);
    expect(exporter.spans).toEqual([]);
  });

  test('a batch of which some are refused is an error', async () => {
    const Entries = [
      { Id: '1', MessageBody: 'one' },
      { Id: '2', MessageBody: 'refused' },
    ];
    await tracer.withSpan('request', () =>
      sqs.send(new sdk.SendMessageBatchCommand({ QueueUrl: queueUrl(aws, 'part'), Entries })),
    );
    expect(one('send part')).toMatchObject({
      status: { code: 'error', message: expect.stringContaining('messages were refused') },
      attributes: { 'error.type': 'InvalidMessageContents', 'messaging.batch.message_count': 2 },
    });
  });
});

describe('SNS', () => {
  let sns: SNSClient;
  beforeAll(() => {
    sns = traceAwsSdk(new SNSClient(clientOptions(aws)));
  });
  afterAll(() => sns.destroy());

  const arn = (topic: string) => `arn:aws:sns:eu-central-1:123456789012:${topic}`;

  test('a message to a topic, and the work in a queue that gets it', async () => {
    const { SQSClient, ReceiveMessageCommand } = require('@aws-sdk/client-sqs') as typeof sqsModule;
    const { MessageId } = await tracer.withSpan('request', () =>
      sns.send(new PublishCommand({ TopicArn: arn('news-to-queue'), Message: 'secret' })),
    );
    const sqs = traceAwsSdk(new SQSClient(clientOptions(aws)));
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl(aws, 'news-to-queue') }));
    sqs.destroy();
    withMessage(Messages[0] as Message, () => {});
    expect(drawSpans(exporter.spans)).toEqual(['request', '  publish news-to-queue', '    process news-to-queue']);
    expect(one('publish news-to-queue')).toMatchObject({
      kind: 'producer',
      attributes: {
        'messaging.system': 'aws.sns',
        'messaging.destination.name': 'news-to-queue',
        'messaging.operation.type': 'send',
        'messaging.message.id': MessageId,
        'aws.sns.topic.arn': arn('news-to-queue'),
      },
    });
    expect(JSON.stringify(exporter.spans)).not.toContain('secret');
  });

  test('a batch, a topic that does not exist, and a phone', async () => {
    await tracer.withSpan('request', async () => {
      const entries = ['1', '2'].map((Id) => ({ Id, Message: Id }));
      await sns.send(new PublishBatchCommand({ TopicArn: arn('news'), PublishBatchRequestEntries: entries }));
      await expect(sns.send(new PublishCommand({ TopicArn: arn('absent'), Message: 'one' }))).rejects.toThrow();
      await sns.send(new PublishCommand({ PhoneNumber: '+491701234567', Message: 'one' }));
    });
    expect(drawSpans(exporter.spans)).toEqual([
      'request',
      '  publish news',
      '  publish absent ! NotFoundException',
      '  publish',
    ]);
    expect(one('publish news').attributes['messaging.batch.message_count']).toBe(2);
    const bodies = aws.requests.map(({ body }) => body);
    expect(bodies.find((body) => body.includes('PublishBatch'))).toContain('traceparent');
    expect(bodies.find((body) => body.includes('PhoneNumber'))).not.toContain('traceparent');
    expect(JSON.stringify(exporter.spans)).not.toContain('491701234567');
  });
});
