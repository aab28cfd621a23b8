/** A message of NATS that the application processes in `withMessage()`: it has come from an iterator. */
import { readProperty } from '../../read-property.ts';
import type { Incoming } from '../incoming.ts';
import { noteRefusalOf } from './acknowledgements.ts';
import { begin } from './connection.ts';
import { beginProcessing } from './jetstream.ts';
import type { JetStreamMessage, NatsMessage, NatsProtocol } from './nats-types.ts';
import { destinationOf } from './subjects.ts';

/** Whether a value is a message of NATS. */
export function isNatsMessage(value: unknown): boolean {
  return typeof readProperty(value, 'subject') === 'string' && readProperty(value, 'data') instanceof Uint8Array;
}

/** @param value From {@link isNatsMessage}. */
export function beginNatsMessage(value: unknown): Incoming | undefined {
  const message = value as JetStreamMessage & { readonly publisher?: NatsProtocol }; // see isNatsMessage()
  if (typeof readProperty(message, 'ack') !== 'function') return beginCoreMessage(message, message.publisher);
  const incoming = beginProcessing(message);
  if (incoming !== undefined) noteRefusalOf(message, incoming);
  return incoming;
}

function beginCoreMessage(message: NatsMessage, protocol: NatsProtocol | undefined): Incoming | undefined {
  return begin(message, destinationOf(protocol, { operation: 'process', subject: message.subject }), []);
}
