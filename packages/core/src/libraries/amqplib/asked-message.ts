/** A message that `channel.get()` has returned, and that the application processes in `withMessage()`. */
import { readProperty } from '../../read-property.ts';
import type { Incoming } from '../incoming.ts';
import type { AmqpMessage } from './amqplib-types.ts';
import { beginProcessing, noteRefusalOf } from './consume.ts';

/** Whether a value is a message of amqplib. */
export function isAmqpMessage(value: unknown): boolean {
  const [fields, properties] = [readProperty(value, 'fields'), readProperty(value, 'properties')];
  return (
    typeof readProperty(fields, 'deliveryTag') === 'number' && typeof properties === 'object' && properties !== null
  );
}

/** @param value From {@link isAmqpMessage}. */
export function beginAmqpMessage(value: unknown): Incoming | undefined {
  const message = value as AmqpMessage; // see isAmqpMessage()
  const incoming = beginProcessing({}, undefined, message); // it does not know its channel or queue
  if (incoming !== undefined) noteRefusalOf(message, incoming);
  return incoming;
}
