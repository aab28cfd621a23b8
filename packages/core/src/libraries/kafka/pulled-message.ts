/** Messages of Kafka's libraries that `withMessage()` gets: recognized by their form. */
import { currentContext } from '../../active-context.ts';
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { Incoming } from '../incoming.ts';
import { factsOfMessage } from '../platformatic-kafka/process-message.ts';
import { KafkaClient, type KafkaLibrary } from './kafka-client.ts';
import { batchOf, beginMessage } from './process.ts';

export function isKafkaMessage(message: unknown): boolean {
  return isPlatformatic(message) || isOfBatch(message);
}

function isPlatformatic(message: unknown): message is object {
  return typeof readProperty(message, 'offset') === 'bigint' && readProperty(message, 'headers') instanceof Map;
}

/** A message of kafkajs or Confluent: the offset is a string, and the headers are an object. */
function isOfBatch(message: unknown): message is object {
  return ['offset', 'timestamp'].every((name) => typeof readProperty(message, name) === 'string');
}

/** Begins the processing of a message; `undefined` if the library is turned off. Never throws. */
export function beginKafkaMessage(message: unknown): Incoming | undefined {
  try {
    if (isPlatformatic(message)) return linked(beginPlatformatic(message));
    const batch = batchOf(currentContext());
    const { client, topic, partition } = batch ?? { client: unknown, topic: undefined, partition: undefined };
    return linked(beginMessage(client, { topic, partition, message: message as object })); // isKafkaMessage()
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** A message is processed in the trace of its sender. What it is processed in, such as a batch, is a link. */
function linked(incoming: Incoming | undefined): Incoming | undefined {
  const around = currentContext();
  if (around?.span !== undefined) incoming?.addLink(around);
  return incoming;
}

const unknown = new KafkaClient('kafkajs', 'process', () => ({ isComplete: true }));

const groups = new Map<string, KafkaClient>();
// A service has a handful of groups. Beyond that, the group is not recorded.
const mostGroups = 100;

/** A message knows the group that has consumed it. */
function beginPlatformatic(message: object): Incoming | undefined {
  const group = readProperty(readProperty(readProperty(message, 'metadata'), 'consumer'), 'groupId');
  const groupId = typeof group === 'string' ? group : '';
  let client = groups.get(groupId);
  if (client === undefined) {
    const library: KafkaLibrary = 'platformatic-kafka';
    const known = groupId === '' || groups.size >= mostGroups ? undefined : groupId;
    client = new KafkaClient(library, 'process', () => ({ groupId: known, isComplete: true }));
    if (groups.size < mostGroups) groups.set(groupId, client);
  }
  return Incoming.begin(factsOfMessage(message, client));
}
