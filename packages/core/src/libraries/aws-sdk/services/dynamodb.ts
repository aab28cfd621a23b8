/**
 * DynamoDB: `GetItem orders`. Keys, values and expressions are not recorded.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/dynamodb/
 */
import type { AttributeValue } from '../../../attribute-value.ts';
import { readProperty } from '../../../read-property.ts';
import { listIn, numberIn, stringIn } from '../input-value.ts';
import type { Input } from '../sdk-types.ts';
import type { Service } from '../service.ts';

/** Parameters of a request that say how it is done. */
const parameters: readonly (readonly [key: string, attribute: string, type: string])[] = [
  ['IndexName', 'aws.dynamodb.index_name', 'string'],
  ['ConsistentRead', 'aws.dynamodb.consistent_read', 'boolean'],
  ['Limit', 'aws.dynamodb.limit', 'number'],
  ['ScanIndexForward', 'aws.dynamodb.scan_forward', 'boolean'],
  ['Segment', 'aws.dynamodb.segment', 'number'],
  ['TotalSegments', 'aws.dynamodb.total_segments', 'number'],
  ['Select', 'aws.dynamodb.select', 'string'],
];

export const dynamodb: Service = {
  describe({ name, input }, attributes) {
    const tables = tablesOf(input);
    const [table] = tables;
    attributes.push('db.system.name', 'aws.dynamodb', 'db.operation.name', name);
    if (table !== undefined) attributes.push('aws.dynamodb.table_names', tables);
    if (tables.length === 1 && table !== undefined) attributes.push('db.collection.name', table);
    const size = batchSize(input);
    if (size !== undefined && size !== 1) attributes.push('db.operation.batch.size', size);
    for (const [key, attribute, type] of parameters) {
      const value = readProperty(input, key);
      if (typeof value === type) attributes.push(attribute, value as AttributeValue); // a string, number or boolean
    }
    return { name: tables.length === 1 ? `${name} ${table}` : name };
  },

  finish({ name }, operation, { output }) {
    const count = numberIn(output, 'Count');
    if (count !== undefined && (name === 'Query' || name === 'Scan')) {
      operation.set('db.response.returned_rows', count);
      operation.set('aws.dynamodb.count', count);
      operation.set('aws.dynamodb.scanned_count', numberIn(output, 'ScannedCount'));
    }
    const capacity = readProperty(output, 'ConsumedCapacity');
    if (typeof capacity !== 'object' || capacity === null) return undefined;
    const list: readonly unknown[] = Array.isArray(capacity) ? capacity : [capacity];
    operation.set(
      'aws.dynamodb.consumed_capacity',
      list.map((one) => JSON.stringify(one)),
    );
    return undefined;
  },
};

/** The items of a request may be many, and their tables are few. */
const mostItems = 100; // TransactWriteItems takes no more

function tablesOf(input: Input): string[] {
  const table = stringIn(input, 'TableName');
  if (table !== undefined) return [nameOf(table)];
  const requests = readProperty(input, 'RequestItems');
  if (typeof requests === 'object' && requests !== null) return Object.keys(requests).map(nameOf);
  const tables = new Set<string>();
  for (const item of listIn(input, 'TransactItems').slice(0, mostItems)) {
    for (const kind of ['Get', 'Put', 'Update', 'Delete', 'ConditionCheck']) {
      const name = stringIn(readProperty(item, kind), 'TableName');
      if (name !== undefined) tables.add(nameOf(name));
    }
  }
  return [...tables];
}

/** A table may be named by its ARN: `arn:aws:dynamodb:eu-central-1:123456789012:table/orders`. */
function nameOf(table: string): string {
  return table.startsWith('arn:') ? (table.split('/', 2)[1] ?? table) : table;
}

/** Number of items in a batch or transaction. */
function batchSize(input: Input): number | undefined {
  const requests = readProperty(input, 'RequestItems');
  if (typeof requests === 'object' && requests !== null) {
    let size = 0;
    for (const request of Object.values(requests)) {
      size += Array.isArray(request) ? request.length : listIn(request, 'Keys').length;
    }
    return size;
  }
  const items = readProperty(input, 'TransactItems') ?? readProperty(input, 'Statements');
  return Array.isArray(items) ? items.length : undefined;
}
