/** Where the exports are that tracing needs of message brokers. */
import type { LibraryRow } from '../library-row.ts';

export const messagingRows: readonly LibraryRow[] = [
  {
    name: 'amqplib',
    packageName: 'amqplib',
    files: ['lib/channel_model.js', 'lib/callback_model.js'],
    byHand: 'traceAmqplib(amqplib)',
  },
  {
    name: 'kafkajs',
    packageName: 'kafkajs',
    files: ['index.js', 'src/consumer/runner.js', 'src/broker/index.js'],
    byHand: 'traceKafka(kafka)',
  },
  {
    name: 'confluent-kafka',
    packageName: '@confluentinc/kafka-javascript',
    files: ['lib/index.js', 'lib/kafkajs/_producer.js', 'lib/kafkajs/_consumer.js', 'lib/client.js'],
    byHand: 'traceConfluentKafka(confluent)',
  },
  {
    name: 'nats',
    packageName: '@nats-io/nats-core',
    files: ['lib/headers.js', 'lib/nats.js', 'lib/protocol.js'],
    byHand: 'traceNats(nats)',
  },
  {
    name: 'nats',
    packageName: '@nats-io/jetstream',
    files: ['lib/jsclient.js', 'lib/consumer.js', 'lib/pushconsumer.js', 'lib/jsmsg.js'],
    byHand: 'traceNats(nats)',
  },
  {
    name: 'nats',
    packageName: 'nats',
    files: [
      'lib/nats-base-client/headers.js',
      'lib/nats-base-client/nats.js',
      'lib/nats-base-client/protocol.js',
      'lib/jetstream/jsclient.js',
      'lib/jetstream/consumer.js',
      'lib/jetstream/jsmsg.js',
    ],
    byHand: 'traceNats(nats)',
  },
  {
    name: 'platformatic-kafka',
    packageName: '@platformatic/kafka',
    files: ['dist/index.js'],
    modules: ['dist/index.js'],
    announcedBy: ['plt:kafka:instances', 'tracing:plt:kafka:producer:sends:start'],
    byHand: 'tracePlatformaticKafka(kafka)',
  },
];
