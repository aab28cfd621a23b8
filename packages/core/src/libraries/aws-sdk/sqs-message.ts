/** A message that was received from SQS: who sent it, and from which queue it comes. */
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { readProperty } from '../../read-property.ts';
import { readContext } from '../carried-context.ts';
import { stringIn } from './input-value.ts';
import { attributesGetter, type MessageAttributes } from './message-attributes.ts';

/** The URLs of the queues that messages of this process come from. */
const queueUrls = new WeakMap<object, string>();

export function noteQueue(message: unknown, queueUrl: string): void {
  if (typeof message === 'object' && message !== null) queueUrls.set(message, queueUrl);
}

/** The last part of a queue's URL. */
export function queueOf(queueUrl: string): string | undefined {
  const name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
  return name === '' ? undefined : name;
}

/** Whether a value is a message: of `ReceiveMessage`, or a record of an event of Lambda. */
export function isSqsMessage(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return (
    stringIn(value, 'ReceiptHandle') !== undefined ||
    (stringIn(value, 'receiptHandle') !== undefined && stringIn(value, 'eventSource') === 'aws:sqs')
  );
}

/** The context that a message carries. A message of SNS has it in its body, unless the subscription has raw delivery. */
export function senderOf(message: unknown): Context | undefined {
  const attributes = readProperty(message, 'MessageAttributes') ?? readProperty(message, 'messageAttributes');
  const sender = readContext(asAttributes(attributes), attributesGetter);
  return sender ?? readContext(attributesInBody(message), attributesGetter);
}

function asAttributes(value: unknown): MessageAttributes | undefined {
  return typeof value === 'object' && value !== null ? (value as MessageAttributes) : undefined;
}

// SNS sends at most 256 KiB of text.
const longestNotification = 524_288;

function attributesInBody(message: unknown): MessageAttributes | undefined {
  const body = stringIn(message, 'Body') ?? stringIn(message, 'body');
  if (body === undefined || body.length > longestNotification || !body.startsWith('{')) return undefined;
  if (!body.includes('"MessageAttributes"') || !body.includes('"TopicArn"')) return undefined;
  try {
    const notification: unknown = JSON.parse(body);
    if (readProperty(notification, 'Type') !== 'Notification') return undefined;
    return asAttributes(readProperty(notification, 'MessageAttributes'));
  } catch {
    return undefined; // a body of the application
  }
}

/** The attributes of a span that processes messages, and the queue for its name. */
export function describeProcessing(
  messages: readonly unknown[],
  queueUrl: string | undefined,
  isBatch: boolean,
): { readonly queue: string | undefined; readonly attributes: AttributeList } {
  const [first] = messages;
  const url = queueUrl ?? (typeof first === 'object' && first !== null ? queueUrls.get(first) : undefined);
  const arn = stringIn(first, 'eventSourceARN');
  const queue = url === undefined ? arn?.slice(arn.lastIndexOf(':') + 1) : queueOf(url);
  const attributes: AttributeList = [
    'messaging.system',
    'aws_sqs',
    'messaging.operation.name',
    'process',
    'messaging.operation.type',
    'process',
  ];
  if (queue !== undefined) attributes.push('messaging.destination.name', queue);
  if (url !== undefined) attributes.push('aws.sqs.queue.url', url);
  const id = stringIn(first, 'MessageId') ?? stringIn(first, 'messageId');
  if (isBatch) attributes.push('messaging.batch.message_count', messages.length);
  else if (id !== undefined) attributes.push('messaging.message.id', id);
  return { queue, attributes };
}
