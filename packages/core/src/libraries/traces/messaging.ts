/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { wrapAmqplib } from '../amqplib/trace-amqplib.ts';
import { trace as traceConfluent } from '../kafka/confluent.ts';
import { trace as traceKafkajs } from '../kafka/kafkajs.ts';
import { wrapNats } from '../nats/trace-nats.ts';
import { trace as tracePlatformatic } from '../platformatic-kafka/trace-platformatic.ts';
import type { Traces } from '../trace.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = {
  amqplib: wrapAmqplib,
  'confluent-kafka': traceConfluent,
  kafkajs: traceKafkajs,
  nats: wrapNats,
  'platformatic-kafka': tracePlatformatic,
};
