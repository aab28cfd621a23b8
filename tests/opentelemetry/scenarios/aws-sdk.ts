// @opentelemetry/instrumentation-aws-sdk: SQS with the context in the messages' attributes, SNS, DynamoDB with a retry and an error.
import { fakeAws } from '../fake-aws.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-aws-sdk').AwsInstrumentation)()],

  async run({ load, api, inRequest, mark }) {
    const { SQSClient, SendMessageCommand, SendMessageBatchCommand, ReceiveMessageCommand } =
      load('@aws-sdk/client-sqs');
    const { SNSClient, PublishCommand } = load('@aws-sdk/client-sns');
    const { DynamoDBClient, GetItemCommand } = load('@aws-sdk/client-dynamodb');
    const aws = await fakeAws();
    const options = {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    };
    const clients = [SQSClient, SNSClient, DynamoDBClient].map(
      (Client) => new Client({ ...options, endpoint: aws.url }),
    );
    const [sqs, sns, dynamodb] = clients;
    const QueueUrl = `${aws.url}/123456789012/orders`;

    await inRequest('send', async () => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
      mark('after send');
    });
    await inRequest('send batch', () =>
      sqs.send(
        new SendMessageBatchCommand({ QueueUrl, Entries: ['two', 'three'].map((Id) => ({ Id, MessageBody: Id })) }),
      ),
    );
    await inRequest('receive', async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      for (const { Body, MessageAttributes } of Messages) {
        // What an application does itself: the instrumentation adds links to the span of the call.
        const carrier = { traceparent: MessageAttributes.traceparent.StringValue };
        const sender = api.propagation.extract(api.ROOT_CONTEXT, carrier);
        api.context.with(sender, () => mark(`processed ${Body}`));
      }
    });
    await inRequest('publish', () =>
      sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu:1:news', Message: 'one' })),
    );
    const get = (TableName: string) => dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: '7' } } }));
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) =>
        inRequest(`get ${name}`, async () => {
          await get(`table-${name}`);
          mark(`after ${name}`);
        }),
      ),
    );
    await inRequest('retried', () => get('busy'));
    await inRequest('failed', () => get('absent').catch(() => mark('after failure')));
    for (const client of clients) client.destroy();
    await aws.close();
  },
};
