/** The work of a message that the application has received itself, in a loop: no library calls a handler with it. */
import { beginAmqpMessage, isAmqpMessage } from './amqplib/asked-message.ts';
import { beginProcessing } from './aws-sdk/begin-processing.ts';
import { isSqsMessage } from './aws-sdk/sqs-message.ts';
import type { Incoming } from './incoming.ts';
import { beginKafkaMessage, isKafkaMessage } from './kafka/pulled-message.ts';
import { beginNatsMessage, isNatsMessage } from './nats/asked-message.ts';

/** How the span of a message starts, by the form of the message. A broker whose messages are pulled has a row. */
const forms: readonly {
  matches(message: unknown): boolean;
  begin(message: unknown): Incoming | undefined;
}[] = [
  { matches: isSqsMessage, begin: (message) => beginProcessing([message], undefined, false) },
  { matches: isNatsMessage, begin: beginNatsMessage },
  { matches: isAmqpMessage, begin: beginAmqpMessage },
  { matches: isKafkaMessage, begin: beginKafkaMessage },
];

/**
 * Processes a message that the application has received itself: the span `process orders` is below that of its sender, and what the function
 * calls is below it. The span ends when the function has returned, or its promise has settled; what it throws makes it an error, and so
 * does a message that the function refuses.
 *
 * @param message A message of SQS, as `ReceiveMessage` returns it or as Lambda passes it in `event.Records`; a message of NATS or JetStream;
 *   what `channel.get()` of amqplib returns; one of `@platformatic/kafka`; one of `kafkajs` or `@confluentinc/kafka-javascript` in `eachBatch`,
 *   where it has a link to the span of the batch. For any other value the function is called as if there was no tracing.
 * @param fn Gets the message.
 * @returns What the function returns.
 * @example
 * const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
 * for (const message of Messages) {
 *   await withMessage(message, async ({ Body }) => ship(JSON.parse(Body)));
 * }
 * @example
 * for await (const message of stream) await withMessage(message, ({ value }) => charge(value)); // of @platformatic/kafka
 */
export function withMessage<Message, Result>(message: Message, fn: (message: Message) => Result): Result {
  const incoming = forms.find(({ matches }) => matches(message))?.begin(message);
  return incoming === undefined ? fn(message) : incoming.run(() => fn(message), false);
}
