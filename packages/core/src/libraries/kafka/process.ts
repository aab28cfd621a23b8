/** The handlers of a consumer: a span for each message, or for a batch. */

import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { outside } from '../../outside-context.ts';
import type { CarrierObject } from '../../propagation/carrier.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../../waymark-span.ts';
import { optionsOf } from '../caller.ts';
import { readContext } from '../carried-context.ts';
import { Incoming } from '../incoming.ts';
import type { KafkaClient } from './kafka-client.ts';
import { type KafkaMessage, offsetOf, pushMessage } from './message-attributes.ts';

export type Handler = (this: unknown, ...args: unknown[]) => unknown;

/** Marks the handlers that are traced. */
const tracedKey: unique symbol = Symbol.for('waymark.kafka.handler.v1') as never;

export function isTracedHandler(handler: object): boolean {
  return (handler as { [tracedKey]?: true })[tracedKey] === true;
}

/** What `eachMessage` gets. */
export interface MessagePayload {
  /** Absent for a message that the application has kept. */
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly message: KafkaMessage;
}

/** Where the messages of a batch come from: they do not say so themselves. */
export interface BatchOrigin {
  readonly client: KafkaClient;
  readonly topic: string;
  readonly partition: number;
}

/** The batches whose processing has a span, by that span. */
const batches = new WeakMap<WaymarkSpan, BatchOrigin>();

/** The batch that the code of this context processes. */
export function batchOf(context: Context | undefined): BatchOrigin | undefined {
  let span = isWaymarkSpan(context?.span) ? context.span : undefined;
  while (span !== undefined) {
    const batch = batches.get(span);
    if (batch !== undefined) return batch;
    span = span.mode === undefined ? span.localParent : undefined;
  }
  return undefined;
}

/** What `eachBatch` gets. */
interface BatchPayload {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly KafkaMessage[];
  };
}

export function tracedEachMessage(handler: Handler, client: KafkaClient): Handler {
  return traced(handler, (payload) => beginMessage(client, payload as MessagePayload)); // the library's own
}

export function tracedEachBatch(handler: Handler, client: KafkaClient): Handler {
  return traced(handler, (payload) => beginBatch(client, payload as BatchPayload));
}

function traced(handler: Handler, begin: (payload: unknown) => Incoming | undefined): Handler {
  function processing(this: unknown, ...args: unknown[]): unknown {
    const incoming = beginOnce(begin, args[0]);
    return incoming === undefined
      ? Reflect.apply(handler, this, args)
      : incoming.run(() => Reflect.apply(handler, this, args));
  }
  Object.defineProperty(processing, 'name', { value: handler.name, configurable: true });
  Object.defineProperty(processing, 'length', { value: handler.length, configurable: true });
  Object.defineProperty(processing, tracedKey, { value: true });
  return processing;
}

function beginOnce(begin: (payload: unknown) => Incoming | undefined, payload: unknown): Incoming | undefined {
  try {
    return begin(payload);
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** Begins the processing of a message; `undefined` if the library is turned off. */
export function beginMessage(client: KafkaClient, { topic, partition, message }: MessagePayload): Incoming | undefined {
  const { library } = client;
  const sender = readContext(message.headers as CarrierObject | undefined); // values are buffers
  if (optionsOf(library, sender ?? outside) === undefined) return undefined;
  const { name, shared } = client.spansOf(topic);
  const attributes: AttributeList = [];
  if (partition !== undefined) attributes.push('messaging.destination.partition.id', String(partition));
  const offset = offsetOf(message.offset);
  if (offset !== undefined) attributes.push('messaging.kafka.offset', offset);
  pushMessage(attributes, message, library, sender ?? outside);
  return Incoming.begin({ library, name, kind: 'consumer', attributes, shared, senders: [sender] });
}

function beginBatch(client: KafkaClient, { batch }: BatchPayload): Incoming | undefined {
  const { topic, partition, messages } = batch;
  if (optionsOf(client.library, outside) === undefined) return undefined;
  const { name, shared } = client.spansOf(topic);
  const { senders, offsets } = sendersOf(messages);
  const incoming = Incoming.begin({
    library: client.library,
    name,
    kind: 'consumer',
    attributes: [
      'messaging.destination.partition.id',
      String(partition),
      'messaging.batch.message_count',
      messages.length,
    ],
    shared,
    senders,
    linksOnly: true,
    linkAttributes: (index) => {
      const offset = offsets[index];
      return offset === undefined ? undefined : { 'messaging.kafka.offset': offset };
    },
  });
  if (isWaymarkSpan(incoming?.context.span)) batches.set(incoming.context.span, { client, topic, partition });
  return incoming;
}

/** The contexts that the messages carry, as far as a span keeps the links to them: a batch may have thousands of messages. */
function sendersOf(messages: readonly KafkaMessage[]): { senders: Context[]; offsets: (number | undefined)[] } {
  const mostLinks = knownTracer(undefined)?.settings.linkCountLimit ?? 0;
  const senders: Context[] = [];
  const offsets: (number | undefined)[] = [];
  for (const { headers, offset } of messages) {
    const sender = readContext(headers as CarrierObject | undefined);
    if (sender?.span === undefined) continue;
    senders.push(sender);
    offsets.push(offsetOf(offset));
    if (senders.length > mostLinks) break; // with one more, the span counts that it has lost links
  }
  return { senders, offsets };
}
