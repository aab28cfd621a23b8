// @opentelemetry/instrumentation-aws-sdk beside Waymark's own spans of HTTP requests, which are below those of the calls.
import { instrumentOutbound } from '@waymark/core/outbound';
import { fakeAws } from '../fake-aws.ts';
import type { Application, Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-aws-sdk').AwsInstrumentation)()],
  run: callAws,
};

export async function callAws({ load, inRequest, mark }: Application): Promise<void> {
  instrumentOutbound();
  const { SQSClient, SendMessageCommand } = load('@aws-sdk/client-sqs');
  const { DynamoDBClient, GetItemCommand } = load('@aws-sdk/client-dynamodb');
  const aws = await fakeAws();
  const options = {
    endpoint: aws.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  };
  const [sqs, dynamodb] = [new SQSClient(options), new DynamoDBClient(options)];
  const get = (TableName: string) => dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: '7' } } }));
  await inRequest('send', () =>
    sqs.send(new SendMessageCommand({ QueueUrl: `${aws.url}/1/orders`, MessageBody: 'one' })),
  );
  await inRequest('get', async () => {
    await get('table');
    mark('after get');
  });
  await inRequest('retried', () => get('busy'));
  await inRequest('failed', () => get('absent').catch(() => mark('after failure')));
  // A request of the application itself, after those of the SDK.
  await inRequest('own request', async () => (await fetch(`${aws.url}/?Action=Own`)).text());
  sqs.destroy();
  dynamodb.destroy();
  await aws.close();
}
