import type dynamodb from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { calledBack, failure, type Subject } from '../subject.ts';

interface Clients {
  readonly client: DynamoDBClient;
  readonly GetItemCommand: typeof dynamodb.GetItemCommand;
  readonly QueryCommand: typeof dynamodb.QueryCommand;
}

export const awsSdkSubject: Subject<typeof dynamodb, Clients> = {
  name: 'aws-sdk',
  library: 'aws-sdk',
  modules: ['aws-dynamodb-3300', 'aws-dynamodb-3600', '@aws-sdk/client-dynamodb'],
  service: 'aws',
  trace: ({ traceAwsSdk }, moduleExports) => traceAwsSdk(moduleExports),
  async open({ DynamoDBClient, GetItemCommand, QueryCommand }, { url, user, password }) {
    const client = new DynamoDBClient({
      endpoint: url,
      region: 'eu-central-1',
      credentials: { accessKeyId: user, secretAccessKey: password },
    });
    return { client, GetItemCommand, QueryCommand };
  },
  close: async ({ client }) => client.destroy(),
  calls: {
    'promise, success': {
      spans: ['GetItem orders', 'after', 'Query orders (2)', 'after'],
      async make({ client, GetItemCommand, QueryCommand }, canary, after) {
        await client.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: canary } } }));
        after();
        const values = { ':id': { S: canary } };
        await client.send(
          new QueryCommand({
            TableName: 'orders',
            KeyConditionExpression: 'id = :id',
            ExpressionAttributeValues: values,
          }),
        );
        after();
      },
    },
    'promise, error': {
      spans: ['GetItem absent ! ResourceNotFoundException', 'after'],
      async make({ client, GetItemCommand }, canary, after) {
        await failure(client.send(new GetItemCommand({ TableName: 'absent', Key: { id: { S: canary } } })));
        after();
      },
    },
    'callback, success': {
      spans: ['GetItem orders', 'after'],
      make: ({ client, GetItemCommand }, canary, after) =>
        calledBack('success', after, (callback) =>
          client.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: canary } } }), callback),
        ),
    },
    'callback, error': {
      spans: ['GetItem absent ! ResourceNotFoundException', 'after'],
      make: ({ client, GetItemCommand }, canary, after) =>
        calledBack('error', after, (callback) =>
          client.send(new GetItemCommand({ TableName: 'absent', Key: { id: { S: canary } } }), {}, callback),
        ),
    },
  },
};
