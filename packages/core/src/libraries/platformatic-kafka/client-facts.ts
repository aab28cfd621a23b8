/** What a client of `@platformatic/kafka` says of itself. */
import { readProperty } from '../../read-property.ts';
import { type ClientFacts, KafkaClient } from '../kafka/kafka-client.ts';

const clients = new WeakMap<object, KafkaClient>();

export function clientOf(made: object, operation: 'send' | 'process'): KafkaClient {
  let client = clients.get(made);
  if (client === undefined) {
    client = new KafkaClient('platformatic-kafka', operation, () => factsOf(made));
    clients.set(made, client);
  }
  return client;
}

/** The server is known if there is one to begin with. Which one leads a partition, the library decides later. */
function factsOf(made: object): ClientFacts {
  const key = Object.getOwnPropertySymbols(made).find(
    ({ description }) => description === 'plt.kafka.base.bootstrapBrokers',
  );
  const brokers = key && (made as Readonly<Record<symbol, unknown>>)[key];
  const only: unknown = Array.isArray(brokers) && brokers.length === 1 ? brokers[0] : undefined;
  return {
    clientId: readProperty(made, 'clientId'),
    groupId: readProperty(made, 'groupId'),
    host: readProperty(only, 'host'),
    port: readProperty(only, 'port'),
    isComplete: true,
  };
}
