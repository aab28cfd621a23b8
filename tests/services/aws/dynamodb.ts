// DynamoDB: each item exists. The first request for a table whose name starts with `busy` gets 503, which the SDK tries again.
import type { AwsAnswer } from '../aws.ts';

const errors = 'com.amazonaws.dynamodb.v20120810#';

/** @param tried The busy tables that were asked for before. */
export function answerDynamodb(
  action: string,
  input: Readonly<Record<string, unknown>>,
  tried: Set<string>,
): AwsAnswer {
  const table = `${input.TableName ?? ''}`;
  if (table.startsWith('busy') && !tried.has(table)) {
    tried.add(table);
    return { status: 503, body: { __type: `${errors}InternalServerError`, message: 'busy' } };
  }
  if (table === 'absent') {
    return {
      status: 400,
      body: { __type: `${errors}ResourceNotFoundException`, message: 'Requested resource not found' },
    };
  }
  if (table === 'throttled') {
    return { status: 400, body: { __type: `${errors}ThrottlingException`, message: 'Rate exceeded' } };
  }
  const capacity = { TableName: table, CapacityUnits: 0.5 };
  const consumed = input.ReturnConsumedCapacity === 'TOTAL' ? { ConsumedCapacity: capacity } : {};
  const item = { id: { S: '7' } };
  switch (action) {
    case 'Query':
    case 'Scan':
      return { body: { Items: [item, item], Count: 2, ScannedCount: 5, ...consumed } };
    case 'BatchGetItem':
      return { body: { Responses: {}, UnprocessedKeys: {} } };
    case 'GetItem':
      return { body: { Item: item, ...consumed } };
    default:
      return { body: consumed };
  }
}
