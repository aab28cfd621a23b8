/** The options of message brokers. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Options of a library that sends and processes messages. */
export interface MessagingLibraryOptions extends LibraryOptions {
  /**
   * Whether the processing of a message starts a trace with a link to the span that sent the message. Default `false`: it continues
   * that trace.
   */
  readonly newTracePerMessage?: boolean | undefined;
}

/** Options of a Kafka client. */
export interface KafkaLibraryOptions extends MessagingLibraryOptions {
  /** Whether the key of a message is recorded, as `messaging.kafka.message.key`. It is often the id of a person. Default `false`. */
  readonly messageKey?: boolean | undefined;
}

/** Message brokers. */
export interface MessagingOptionsByLibrary {
  /** Kafka by `kafkajs`. */
  readonly kafkajs?: boolean | KafkaLibraryOptions | undefined;
  /** Kafka by `@confluentinc/kafka-javascript`, in its KafkaJS mode. */
  readonly 'confluent-kafka'?: boolean | KafkaLibraryOptions | undefined;
  /** Kafka by `@platformatic/kafka`. */
  readonly 'platformatic-kafka'?: boolean | KafkaLibraryOptions | undefined;
  /** RabbitMQ by `amqplib`. */
  readonly amqplib?: boolean | MessagingLibraryOptions | undefined;
  /** NATS by `@nats-io`. */
  readonly nats?: boolean | MessagingLibraryOptions | undefined;
}

const messaging = { ...commonDefaults, newTracePerMessage: false };
const kafka = { ...messaging, messageKey: false };

export const messagingDefaults: DefaultsOf<MessagingOptionsByLibrary> = {
  kafkajs: kafka,
  'confluent-kafka': kafka,
  'platformatic-kafka': kafka,
  amqplib: messaging,
  nats: messaging,
};
