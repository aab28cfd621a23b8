/** The processing of one message: what is known when it begins. */
import type { AttributeList } from '../../attributes.ts';
import { outside } from '../../outside-context.ts';
import { readProperty } from '../../read-property.ts';
import { readContext } from '../carried-context.ts';
import type { IncomingFacts } from '../incoming.ts';
import type { KafkaClient } from '../kafka/kafka-client.ts';
import { type KafkaMessage, offsetOf, pushMessage } from '../kafka/message-attributes.ts';
import { type Headers, headersGetter } from './header-form.ts';

/** A message of `@platformatic/kafka`: its headers are a Map. */
export function factsOfMessage(message: object, client: KafkaClient): IncomingFacts {
  const [topic, partition, headers] = ['topic', 'partition', 'headers'].map((name) => readProperty(message, name));
  const sender = headers instanceof Map ? readContext<Headers>(headers, headersGetter) : undefined;
  const { name, shared } = client.spansOf(typeof topic === 'string' ? topic : undefined);
  const attributes: AttributeList = [];
  if (typeof partition === 'number') attributes.push('messaging.destination.partition.id', String(partition));
  const offset = offsetOf(readProperty(message, 'offset'));
  if (offset !== undefined) attributes.push('messaging.kafka.offset', offset);
  pushMessage(attributes, message as KafkaMessage, client.library, sender ?? outside); // any of its fields may be absent
  return { library: client.library, name, kind: 'consumer', attributes, shared, senders: [sender] };
}
