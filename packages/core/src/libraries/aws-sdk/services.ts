/** The services of AWS that have conventions in addition to those of all commands. */
import type { Service } from './service.ts';
import { bedrock } from './services/bedrock.ts';
import { dynamodb } from './services/dynamodb.ts';
import { eventBridge, kinesis, stepFunctions } from './services/events.ts';
import { lambda } from './services/lambda.ts';
import { s3 } from './services/s3.ts';
import { sns } from './services/sns.ts';
import { sqs } from './services/sqs.ts';

const services: ReadonlyMap<string, Service> = new Map([
  ['SQS', sqs],
  ['SNS', sns],
  ['DynamoDB', dynamodb],
  ['S3', s3],
  ['Lambda', lambda],
  ['BedrockRuntime', bedrock],
  ['Kinesis', kinesis],
  ['EventBridge', eventBridge],
  ['SFN', stepFunctions],
]);

export function serviceOf(name: string): Service | undefined {
  return services.get(name);
}
