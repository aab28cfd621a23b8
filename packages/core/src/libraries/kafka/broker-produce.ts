/** Messages of producers that were made before kafkajs was traced. They are seen only where kafkajs sends them to a broker. */
import type { AttributeList } from '../../attributes.ts';
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { contextToCarry } from '../carried-context.ts';
import { Operation } from '../operation.ts';
import { wrapOnce } from '../wrap-once.ts';
import { copyMessages, fieldsFor, isCovered } from './copy-message.ts';
import { KafkaClient } from './kafka-client.ts';
import { type KafkaMessage, pushMessage } from './message-attributes.ts';
import { settle } from './send.ts';

/** What `produce()` of a broker takes. */
interface Produce {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: readonly KafkaMessage[] }[];
  }[];
}

const clients = new WeakMap<object, KafkaClient>();

/** One span for each request to a broker: a call has several if its messages go to several, or if one is tried again. */
export function traceBroker(broker: { produce: unknown }, isForeign: () => boolean): void {
  wrapOnce(
    broker,
    'produce',
    (original) =>
      function produce(this: object, ...args: unknown[]): unknown {
        const producing = isForeign() ? undefined : beginOnce(this, args[0] as Produce);
        if (producing === undefined) return Reflect.apply(original, this, args);
        args[0] = producing.request;
        const result = Reflect.apply(original, this, args); // an async method: it does not throw
        const { operation } = producing;
        return operation === undefined ? result : settle(result, operation, false);
      },
  );
}

interface Producing {
  readonly operation: Operation | undefined;
  readonly request: Produce;
}

function beginOnce(broker: object, request: Produce): Producing | undefined {
  try {
    return begin(broker, request);
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function begin(broker: object, request: Produce): Producing | undefined {
  const { topicData } = request;
  const message = topicData[0]?.partitions[0]?.messages[0];
  if (message === undefined || isCovered(message)) return undefined; // the producer is traced
  const partitions = topicData.flatMap((topic) => topic.partitions);
  const caller = tracedCaller('kafkajs');
  let operation: Operation | undefined;
  if (caller !== undefined) {
    const attributes: AttributeList = [];
    const count = partitions.reduce((sum, { messages }) => sum + messages.length, 0);
    if (count !== 1) attributes.push('messaging.batch.message_count', count);
    else {
      attributes.push('messaging.destination.partition.id', String(partitions[0]?.partition));
      pushMessage(attributes, message, 'kafkajs', caller);
    }
    const { name, shared } = clientOf(broker).spansOf(topicData.length === 1 ? topicData[0]?.topic : undefined);
    operation = Operation.begin(caller, { library: 'kafkajs', name, kind: 'producer', attributes, shared });
  }
  const context = contextToCarry('kafkajs', operation);
  if (context === undefined) return undefined;
  return { operation, request: withContextIn(request, fieldsFor(context)) };
}

function withContextIn(request: Produce, fields: Readonly<Record<string, string>>): Produce {
  const topicData = request.topicData.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((partition) => ({
      ...partition,
      messages: copyMessages(partition.messages, fields, 'kafkajs') as readonly KafkaMessage[], // of an array
    })),
  }));
  return { ...request, topicData };
}

function clientOf(broker: object): KafkaClient {
  let client = clients.get(broker);
  if (client === undefined) {
    client = new KafkaClient('kafkajs', 'send', () => {
      const pool = readProperty(broker, 'connectionPool');
      const [clientId, host, port] = ['clientId', 'host', 'port'].map((name) => readProperty(pool, name));
      return { clientId, host, port, isComplete: true };
    });
    clients.set(broker, client);
  }
  return client;
}
