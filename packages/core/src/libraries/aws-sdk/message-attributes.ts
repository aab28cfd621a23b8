/**
 * The context in the attributes of a message of SQS or SNS: written into a copy, as far as there is room, and read again.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
import { currentContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { fieldsOf } from '../../propagation/format-fields.ts';
import type { Getter } from '../../propagation/propagator.ts';
import { readProperty } from '../../read-property.ts';
import { hasContext, writeContext } from '../carried-context.ts';
import { stringIn } from './input-value.ts';

// SQS and SNS: a message has at most ten attributes. SNS drops a message with more on its way to SQS.
const mostAttributes = 10;
// SQS quotas: a message, or all of a batch, has at most 1 MiB with its attributes, 256 KiB in SNS, and in queues made before August 2025.
const sizeLimits = [262_144, 1_048_576];
/** More than three headers take, with their names and types. */
const roomForContext = 9216;

/** Attributes by name: of `MessageAttributes` in requests and answers, and of `messageAttributes` in an event of Lambda. */
export type MessageAttributes = Readonly<Record<string, unknown>>;

export const attributesGetter: Getter<MessageAttributes> = {
  get(attributes, name) {
    const key = Object.hasOwn(attributes, name)
      ? name
      : Object.keys(attributes).find((one) => one.toLowerCase() === name.toLowerCase());
    if (key === undefined) return undefined;
    const attribute = attributes[key];
    return stringIn(attribute, 'StringValue') ?? stringIn(attribute, 'stringValue') ?? stringIn(attribute, 'Value');
  },
  keys: (attributes) => Object.keys(attributes),
};

/** The part of a message, or of an entry of a batch, that is read here. */
type Entry = Readonly<Record<string, unknown>>;

/**
 * A copy of a message that carries the context.
 *
 * @param size From {@link sizeOf}, of all messages that are sent together.
 * @returns `undefined` if the message stays as it is: it has a context, or there is no room.
 */
export function withContextIn(message: Entry, context: Context, size: number): Entry | undefined {
  if (sizeLimits.some((limit) => size <= limit && size + roomForContext > limit)) return undefined;
  const given = readProperty(message, 'MessageAttributes') ?? {};
  if (typeof given !== 'object') return undefined; // the service refuses it
  const attributes = given as MessageAttributes;
  const room = mostAttributes - Object.keys(attributes).length;
  if (room <= 0 || hasContext(attributes, attributesGetter)) return undefined;
  const carrier: Record<string, string> = {};
  writeContext(context, carrier);
  const headers = Object.entries(carrier).filter(([, value]) => value !== '');
  if (headers.length === 0) return undefined;
  const added = headers
    .slice(0, room)
    .map(([name, StringValue]) => [name, { DataType: 'String', StringValue }] as const);
  return { ...message, MessageAttributes: { ...attributes, ...Object.fromEntries(added) } };
}

/** About how many bytes a message has: its text, and 64 for each of its attributes. */
export function sizeOf(message: unknown): number {
  const text = stringIn(message, 'MessageBody') ?? stringIn(message, 'Message') ?? '';
  const attributes = readProperty(message, 'MessageAttributes');
  let size = Buffer.byteLength(text);
  if (typeof attributes === 'object' && attributes !== null) {
    for (const attribute of Object.values(attributes)) {
      size += 64 + Buffer.byteLength(stringIn(attribute, 'StringValue') ?? '');
      const binary = readProperty(attribute, 'BinaryValue');
      if (binary instanceof Uint8Array) size += binary.byteLength;
    }
  }
  return size;
}

/** Names of the attributes that may carry a context, by the propagators of the tracer. */
export function contextAttributeNames(): readonly string[] {
  const propagators = knownTracer(currentContext()?.span)?.settings.propagators ?? [];
  return propagators.flatMap((propagator) => [...fieldsOf(propagator)]);
}
