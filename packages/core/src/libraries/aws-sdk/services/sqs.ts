/**
 * SQS: `send orders`, `receive orders`, `delete orders`. A message carries the context of the span that sends it in its attributes; all
 * messages of a batch carry that of the batch.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/sqs/
 */
import { currentContext } from '../../../active-context.ts';
import { outside } from '../../../outside-context.ts';
import { isWaymarkSpan } from '../../../waymark-span.ts';
import { optionsOf } from '../../caller.ts';
import { contextToCarry } from '../../carried-context.ts';
import type { Operation } from '../../operation.ts';
import { listIn, stringIn } from '../input-value.ts';
import { contextAttributeNames, sizeOf, withContextIn } from '../message-attributes.ts';
import { withContextInBatch } from '../message-batch.ts';
import type { Input, Output } from '../sdk-types.ts';
import type { Failure, Service } from '../service.ts';
import { noteQueue, queueOf, senderOf } from '../sqs-message.ts';

/** The commands for messages: the word for the operation, and its type by the conventions. */
const operations: ReadonlyMap<string, readonly [name: string, type: string]> = new Map([
  ['SendMessage', ['send', 'send']],
  ['SendMessageBatch', ['send', 'send']],
  ['ReceiveMessage', ['receive', 'receive']],
  ['DeleteMessage', ['delete', 'settle']],
  ['DeleteMessageBatch', ['delete', 'settle']],
  ['ChangeMessageVisibility', ['change_visibility', 'settle']],
  ['ChangeMessageVisibilityBatch', ['change_visibility', 'settle']],
]);

export const sqs: Service = {
  describe({ name, input }, attributes) {
    const url = stringIn(input, 'QueueUrl');
    if (url !== undefined) attributes.push('aws.sqs.queue.url', url);
    const [operation, type] = operations.get(name) ?? [];
    if (operation === undefined || type === undefined) return undefined;
    const queue = url === undefined ? undefined : queueOf(url);
    attributes.push('messaging.system', 'aws_sqs');
    attributes.push('messaging.operation.name', operation, 'messaging.operation.type', type);
    if (queue !== undefined) attributes.push('messaging.destination.name', queue);
    if (name.endsWith('Batch')) attributes.push('messaging.batch.message_count', listIn(input, 'Entries').length);
    return {
      name: queue === undefined ? operation : `${operation} ${queue}`,
      kind: type === 'send' ? 'producer' : 'client',
    };
  },

  prepare({ name, input }, operation) {
    switch (name) {
      case 'ReceiveMessage':
        return askForContext(input);
      case 'SendMessage': {
        const context = contextToCarry('aws-sdk', operation);
        return context && withContextIn(input, context, sizeOf(input));
      }
      case 'SendMessageBatch':
        return withContextInBatch(input, 'Entries', operation);
      default:
        return undefined;
    }
  },

  note({ name, input }, output) {
    const url = name === 'ReceiveMessage' ? stringIn(input, 'QueueUrl') : undefined;
    if (url !== undefined) for (const message of listIn(output, 'Messages')) noteQueue(message, url);
  },

  finish({ name }, operation, { output }) {
    if (name === 'SendMessage') operation.set('messaging.message.id', stringIn(output, 'MessageId'));
    if (name === 'ReceiveMessage') linkSenders(output, operation);
    return name.endsWith('Batch') ? failureOf(output) : undefined;
  },
};

/** SQS returns only the attributes that a request names. Also for a loop outside any span, whose messages are passed to `withMessage()`. */
function askForContext(input: Input): Input | undefined {
  if (optionsOf('aws-sdk', currentContext() ?? outside) === undefined) return undefined;
  const given = listIn(input, 'MessageAttributeNames');
  if (given.includes('All') || given.includes('.*')) return undefined;
  const missing = contextAttributeNames().filter((name) => !given.includes(name));
  return missing.length === 0 ? undefined : { ...input, MessageAttributeNames: [...given, ...missing] };
}

function linkSenders(output: Output, operation: Operation): void {
  const messages = listIn(output, 'Messages');
  operation.set('messaging.batch.message_count', messages.length);
  for (const message of messages) {
    const sender = senderOf(message)?.span;
    if (isWaymarkSpan(sender)) operation.recording?.addLink({ context: sender.spanContext() });
  }
}

/** Entries that were refused, which the SDK does not throw. */
export function failureOf(output: Output): { readonly failure: Failure } | undefined {
  const failed = listIn(output, 'Failed');
  if (failed.length === 0) return undefined;
  const count = failed.length + listIn(output, 'Successful').length;
  return {
    failure: {
      name: stringIn(failed[0], 'Code') ?? '_OTHER',
      message: `${failed.length} of ${count} messages were refused`,
    },
  };
}
