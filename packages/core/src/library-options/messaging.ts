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

/** Message brokers. */
export interface MessagingOptionsByLibrary {
  /** Kafka by `kafkajs`. */
  readonly kafkajs?: boolean | MessagingLibraryOptions | undefined;
  /** Kafka by `@confluentinc/kafka-javascript`, in its KafkaJS mode. */
  readonly 'confluent-kafka'?: boolean | MessagingLibraryOptions | undefined;
  /** Kafka by `@platformatic/kafka`. */
  readonly 'platformatic-kafka'?: boolean | MessagingLibraryOptions | undefined;
  /** RabbitMQ by `amqplib`. */
  readonly amqplib?: boolean | MessagingLibraryOptions | undefined;
  /** NATS by `@nats-io`. */
  readonly nats?: boolean | MessagingLibraryOptions | undefined;
}

const messaging = { ...commonDefaults, newTracePerMessage: false };

export const messagingDefaults: DefaultsOf<MessagingOptionsByLibrary> = {
  kafkajs: messaging,
  'confluent-kafka': messaging,
  'platformatic-kafka': messaging,
  amqplib: messaging,
  nats: messaging,
};
