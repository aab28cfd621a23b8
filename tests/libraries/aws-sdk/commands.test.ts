// The span of a command, whatever the service: around all attempts, with what the answer says.
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createTracer, setDefaultTracer, type Tracer } from '@waymark/core';
import { traceAwsSdk } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { type AwsService, startAws } from '../../services/aws.ts';
import { drawSpans } from '../draw-spans.ts';
import { clientOptions } from './open-client.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);

let aws: AwsService;
let dynamodb: DynamoDBClient;
let s3: S3Client;

beforeAll(async () => {
  aws = await startAws();
  dynamodb = traceAwsSdk(new DynamoDBClient(clientOptions(aws)));
  s3 = traceAwsSdk(new S3Client({ ...clientOptions(aws), forcePathStyle: true }));
});
beforeEach(() => exporter.reset());
afterAll(async () => {
  dynamodb.destroy();
  s3.destroy();
  await aws.stop();
});

const get = (TableName: string, client = dynamodb) =>
  client.send(new GetItemCommand({ TableName, Key: { id: { S: 'secret-key' } } }));

const one = (name: string) => {
  const span = exporter.spans.find((candidate) => candidate.name === name);
  if (span === undefined) throw new Error(`There is no span ${name}: ${drawSpans(exporter.spans).join('\n')}`);
  return span;
};

test('a command has a span with what its request and answer say', async () => {
  await tracer.withSpan('warm up', () => get('orders'));
  exporter.reset();
  await tracer.withSpan('request', () => get('orders'));
  expect(one('GetItem orders')).toMatchObject({
    kind: 'client',
    scope: { name: '@waymark/core/libraries/aws-sdk' },
    status: { code: 'unset' },
    attributes: {
      'rpc.system.name': 'aws-api',
      'cloud.region': 'eu-central-1',
      'rpc.method': 'DynamoDB/GetItem',
      'db.system.name': 'aws.dynamodb',
      'db.operation.name': 'GetItem',
      'db.collection.name': 'orders',
      'aws.dynamodb.table_names': ['orders'],
      'server.address': '127.0.0.1',
      'server.port': aws.port,
      'aws.request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'http.response.status_code': 200,
    },
  });
  expect(JSON.stringify(exporter.spans)).not.toContain('secret-key');
});

test('the first command of a client has its region, too', async () => {
  const client = new DynamoDBClient(clientOptions(aws));
  await tracer.withSpan('request', () => get('orders', client));
  client.destroy();
  expect(one('GetItem orders').attributes['cloud.region']).toBe('eu-central-1');
});

test('an error has the name that AWS gives it', async () => {
  const client = new DynamoDBClient({ ...clientOptions(aws), maxAttempts: 1 });
  await tracer.withSpan('request', async () => {
    await expect(get('absent', client)).rejects.toThrow('Requested resource not found');
    await expect(get('throttled', client)).rejects.toThrow('Rate exceeded');
  });
  client.destroy();
  expect(one('GetItem absent')).toMatchObject({
    status: { code: 'error', message: 'Requested resource not found' },
    attributes: {
      'error.type': 'ResourceNotFoundException',
      'db.response.status_code': 'ResourceNotFoundException',
      'http.response.status_code': 400,
      'aws.request_id': expect.any(String),
    },
  });
  expect(one('GetItem throttled').attributes['error.type']).toBe('ThrottlingException');
});

test('an aborted command is an error of its span, and the application gets the same error', async () => {
  const abort = new AbortController();
  abort.abort();
  const aborted = tracer.withSpan('request', () =>
    dynamodb.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: '7' } } }), { abortSignal: abort.signal }),
  );
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(one('GetItem orders').attributes['error.type']).toBe('AbortError');
});

test('no span outside a request, unless the option asks for it', async () => {
  await get('orders');
  expect(exporter.spans).toEqual([]);
  const own = inMemoryExporter();
  const libraries = { 'aws-sdk': { requireParentSpan: false } };
  const other = createTracer({ exporter: own, libraries, flushOnExit: false, logLevel: 'none', env: {} });
  setDefaultTracer(other);
  await get('orders');
  setDefaultTracer(tracer);
  expect(drawSpans(own.spans)).toContain('GetItem orders');
});

test('several tables, an index and counts', async () => {
  await tracer.withSpan('request', async () => {
    await dynamodb.send(
      new QueryCommand({ TableName: 'orders', IndexName: 'by-day', Limit: 10, ReturnConsumedCapacity: 'TOTAL' }),
    );
    await dynamodb.send(new ScanCommand({ TableName: 'arn:aws:dynamodb:eu-central-1:123456789012:table/users' }));
    const Keys = [{ id: { S: '1' } }, { id: { S: '2' } }];
    await dynamodb.send(new BatchGetItemCommand({ RequestItems: { orders: { Keys }, users: { Keys } } }));
    const put = (TableName: string) => ({ Put: { TableName, Item: { id: { S: 'secret-key' } } } });
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [put('orders'), put('users'), put('orders')] }));
  });
  expect(drawSpans(exporter.spans)).toEqual([
    'request',
    '  Query orders (2)',
    '  Scan users (2)',
    '  BatchGetItem',
    '  TransactWriteItems',
  ]);
  expect(one('Query orders').attributes).toMatchObject({
    'aws.dynamodb.index_name': 'by-day',
    'aws.dynamodb.limit': 10,
    'aws.dynamodb.count': 2,
    'aws.dynamodb.scanned_count': 5,
    'aws.dynamodb.consumed_capacity': ['{"TableName":"orders","CapacityUnits":0.5}'],
  });
  expect(one('BatchGetItem').attributes).toMatchObject({
    'aws.dynamodb.table_names': ['orders', 'users'],
    'db.operation.batch.size': 4,
  });
  expect(one('BatchGetItem').attributes['db.collection.name']).toBeUndefined();
  expect(one('TransactWriteItems').attributes['db.operation.batch.size']).toBe(3);
});

test('the document client has one span for a command', async () => {
  const document = DynamoDBDocumentClient.from(dynamodb);
  await tracer.withSpan('request', async () => {
    const { Item } = await document.send(new GetCommand({ TableName: 'orders', Key: { id: 'secret-key' } }));
    expect(Item).toEqual({ id: '7' });
  });
  expect(drawSpans(exporter.spans)).toEqual(['request', '  GetItem orders']);
});

test('S3: the bucket, the ids of the answer, and the key only if it is asked for', async () => {
  const objects = (using: Tracer) =>
    using.withSpan('request', async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'invoices', Key: 'jane.pdf' }));
      expect(await Body?.transformToString()).toBe('the object');
    });
  await objects(tracer);
  const { attributes } = one('S3/GetObject');
  expect(attributes).toMatchObject({
    'aws.s3.bucket': 'invoices',
    'aws.request_id': expect.any(String),
    'aws.extended_request_id': 'extended id',
  });
  expect(attributes['aws.s3.key']).toBeUndefined();

  const own = inMemoryExporter();
  const libraries = { 'aws-sdk': { objectKeys: true } };
  await objects(createTracer({ exporter: own, libraries, flushOnExit: false, logLevel: 'none', env: {} }));
  expect(own.spans.find(({ name }) => name === 'S3/GetObject')?.attributes['aws.s3.key']).toBe('jane.pdf');
});

test('a URL that is only signed is no call', async () => {
  const url = await tracer.withSpan('request', () =>
    getSignedUrl(s3, new GetObjectCommand({ Bucket: 'invoices', Key: 'a.pdf' })),
  );
  expect(drawSpans(exporter.spans)).toEqual(['request']);
  expect((await fetch(url)).status).toBe(200);
});

test("the application's stack of middleware is not changed, and middleware that is added later runs", async () => {
  const client = new DynamoDBClient(clientOptions(aws));
  const before = client.middlewareStack.identify();
  await tracer.withSpan('request', () => get('orders', client));
  expect(client.middlewareStack.identify()).toEqual(before);
  const seen: unknown[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      seen.push(context.commandName);
      return next(args);
    },
    { step: 'initialize', name: 'own' },
  );
  await tracer.withSpan('request', () => get('orders', client));
  client.destroy();
  expect(seen).toEqual(['GetItemCommand']);
});

test('a client that caches its handlers', async () => {
  const client = new DynamoDBClient({ ...clientOptions(aws), cacheMiddleware: true } as never);
  exporter.reset();
  await tracer.withSpan('request', async () => {
    await get('a', client);
    await get('b', client);
  });
  await get('outside', client);
  client.destroy();
  expect(drawSpans(exporter.spans)).toEqual(['request', '  GetItem a', '  GetItem b']);
});

test('events that are refused make the span fail, although the SDK does not throw', async () => {
  const events = new EventBridgeClient(clientOptions(aws));
  const entry = (Source: string) => ({ Source, DetailType: 'order', Detail: '{"card":"secret"}' });
  await tracer.withSpan('request', () =>
    events.send(new PutEventsCommand({ Entries: [entry('shop'), entry('refused')] })),
  );
  events.destroy();
  expect(one('EventBridge/PutEvents')).toMatchObject({
    status: { code: 'error', message: expect.stringMatching(/entries were refused/) },
    attributes: { 'error.type': 'ThrottlingException' },
  });
  expect(JSON.stringify(exporter.spans)).not.toContain('secret');
});
