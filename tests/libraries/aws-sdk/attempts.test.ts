// The attempts of a command: HTTP requests below its span.
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createTracer, setDefaultTracer } from '@waymark/core';
import { traceAwsSdk } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { inMemoryExporter } from '@waymark/core/testing';
import { type AwsService, startAws } from '../../services/aws.ts';
import { drawSpans } from '../draw-spans.ts';
import { clientOptions } from './open-client.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

let aws: AwsService;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  setDefaultTracer(tracer);
  instrumentOutbound();
  aws = await startAws();
  dynamodb = traceAwsSdk(new DynamoDBClient(clientOptions(aws)));
});
afterAll(async () => {
  dynamodb.destroy();
  await aws.stop();
});

test('are below the one span of the command, and their signed headers stay as they are', async () => {
  await tracer.withSpan('request', () =>
    dynamodb.send(new GetItemCommand({ TableName: 'busy', Key: { id: { S: '7' } } })),
  );
  expect(drawSpans(exporter.spans)).toEqual(['request', '  GetItem busy', '    POST ! 503', '    POST']);
  expect(exporter.spans.find(({ name }) => name === 'GetItem busy')).toMatchObject({
    status: { code: 'unset' },
    attributes: { 'aws.sdk.attempts': 2, 'http.response.status_code': 200 },
  });
  expect(aws.requests).toHaveLength(2);
  for (const { headers } of aws.requests) {
    expect(headers.authorization).toContain('AWS4-HMAC-SHA256');
    expect(headers.traceparent).toBeUndefined();
  }
});
