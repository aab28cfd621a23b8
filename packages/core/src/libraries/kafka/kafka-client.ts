/** What the spans of one producer or consumer have in common: the broker, the client, the group, the topic. */
import type { AttributeList } from '../../attributes.ts';
import { countFault } from '../../count-fault.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import { createRecentValues } from '../recent-values.ts';

export type KafkaLibrary = 'kafkajs' | 'confluent-kafka' | 'platformatic-kafka';

/** What is known of a client. */
export interface ClientFacts {
  readonly clientId?: unknown;
  readonly groupId?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  /** Whether nothing more will be known, such as the server of a client that is not connected yet. */
  readonly isComplete: boolean;
}

/** The name of the spans for a topic, and the attributes that all of them have. */
export interface TopicSpans {
  readonly name: string;
  readonly shared: SharedAttributes;
}

// A service may have a topic for each tenant. 200 topics with their attributes take some 100 kB.
const mostTopics = 200;
const mostCharacters = 20_000;

/** A producer or consumer. */
export class KafkaClient {
  readonly library: KafkaLibrary;
  private readonly operation: 'send' | 'process';
  private readonly readFacts: () => ClientFacts;
  private readonly topics = createRecentValues<TopicSpans>(mostTopics, mostCharacters);

  constructor(library: KafkaLibrary, operation: 'send' | 'process', readFacts: () => ClientFacts) {
    this.library = library;
    this.operation = operation;
    this.readFacts = readFacts;
  }

  /** @param topic `undefined` for a call that sends to several topics. */
  spansOf(topic: string | undefined): TopicSpans {
    const known = this.topics.get(topic ?? '');
    if (known !== undefined) return known;
    const facts = this.facts();
    const spans = {
      name: topic === undefined ? this.operation : `${this.operation} ${topic}`,
      shared: new SharedAttributes(this.describe(topic, facts)),
    };
    if (facts.isComplete) this.topics.set(topic ?? '', spans);
    return spans;
  }

  private facts(): ClientFacts {
    try {
      return this.readFacts();
    } catch (error) {
      countFault(error);
      return { isComplete: true };
    }
  }

  private describe(topic: string | undefined, { clientId, groupId, host, port }: ClientFacts): AttributeList {
    const { operation } = this;
    const list: AttributeList = ['messaging.system', 'kafka'];
    list.push('messaging.operation.name', operation, 'messaging.operation.type', operation);
    if (topic !== undefined) list.push('messaging.destination.name', topic);
    if (typeof groupId === 'string') list.push('messaging.consumer.group.name', groupId);
    if (typeof clientId === 'string') list.push('messaging.client.id', clientId);
    if (typeof host === 'string') {
      list.push('server.address', host);
      if (typeof port === 'number') list.push('server.port', port);
    }
    return list;
  }
}
