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
];
