/**
 * SNS: `publish news`. A message to a topic carries the context in its attributes. A message to a phone or a device does not, and neither its number
 * nor its address is recorded.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/sns/
 */
import { contextToCarry } from '../../carried-context.ts';
import { listIn, stringIn } from '../input-value.ts';
import { sizeOf, withContextIn } from '../message-attributes.ts';
import { withContextInBatch } from '../message-batch.ts';
import type { Input } from '../sdk-types.ts';
import type { Service } from '../service.ts';
import { failureOf } from './sqs.ts';

export const sns: Service = {
  describe({ name, input }, attributes) {
    const arn = topicOf(input);
    if (arn !== undefined) attributes.push('aws.sns.topic.arn', arn);
    if (!isPublish(name)) return undefined;
    attributes.push('messaging.system', 'aws.sns');
    attributes.push('messaging.operation.name', 'publish', 'messaging.operation.type', 'send');
    const topic = arn?.slice(arn.lastIndexOf(':') + 1);
    if (topic) attributes.push('messaging.destination.name', topic);
    if (name === 'PublishBatch') {
      attributes.push('messaging.batch.message_count', listIn(input, 'PublishBatchRequestEntries').length);
    }
    return { name: topic ? `publish ${topic}` : 'publish', kind: 'producer' };
  },

  prepare({ name, input }, operation) {
    if (!isPublish(name) || topicOf(input) === undefined) return undefined;
    if (name === 'PublishBatch') return withContextInBatch(input, 'PublishBatchRequestEntries', operation);
    const context = contextToCarry('aws-sdk', operation);
    return context && withContextIn(input, context, sizeOf(input));
  },

  finish({ name }, operation, { output }) {
    if (name === 'Publish') operation.set('messaging.message.id', stringIn(output, 'MessageId'));
    return name === 'PublishBatch' ? failureOf(output) : undefined;
  },
};

function isPublish(name: string): boolean {
  return name === 'Publish' || name === 'PublishBatch';
}

/** `TargetArn` is a topic or a device, which has `endpoint/` in its ARN. */
function topicOf(input: Input): string | undefined {
  const arn = stringIn(input, 'TopicArn') ?? stringIn(input, 'TargetArn');
  return arn === undefined || arn.includes(':endpoint/') ? undefined : arn;
}
