// Messages through real brokers: what consumes a message is in the trace of its producer, by the header that the producer's span wrote.
import { describeWith } from '../services/describe-with.ts';
import { startKafka } from '../services/kafka.ts';
import { startRabbitmq } from '../services/rabbitmq.ts';
import type { Service } from '../services/service.ts';
import { drawTrees } from './printed-span.ts';
import { runBoth } from './run-both.ts';
import { runScenario } from './start-scenarios.ts';

describeWith('kafka')('Kafka', () => {
  let kafka: Service;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka.stop());

  test.each(['sdk-3', 'sdk-2'] as const)('kafkajs, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('kafkajs', {
      generation,
      servers: { kafka },
    });
    const processed = (value: string) => [
      '  producer send orders (kafkajs)',
      '    consumer process orders (kafkajs)',
      `      at once ${value}`,
      `      later ${value}`,
    ];
    expect(lines).toEqual([
      // Its own: a batch is a trace for itself, and its messages have links.
      'client poll batches (kafkajs)',
      '  batch of 1',
      '  consumer process batches (kafkajs)',
      // Sent without a context.
      'producer send orders (kafkajs)',
      '  consumer process orders (kafkajs)',
      '    at once last',
      '    later last',
      'server consume one by one',
      'server send',
      '  after send',
      '  producer send orders (kafkajs)',
      '    consumer process orders (kafkajs)',
      '      at once fails once',
      '      later fails once',
      '    consumer process orders (kafkajs) ! it fails once',
      '      at once fails once',
      '      later fails once',
      ...processed('first'),
      ...processed('second'),
      'server send to several',
      '  producer send batches (kafkajs)',
      '  producer send paid (kafkajs)',
      '    consumer process paid (kafkajs)',
      '      paid in a batch',
      'server start consumers',
      'server transaction',
      '  transaction (kafkajs) ok',
      '    producer send paid (kafkajs)',
      '      consumer process paid (kafkajs)',
      '        paid in a transaction',
      'server unknown topic',
      '  after failure',
      '  producer send no name? (kafkajs) ! The request attempted to perform an operation on an invalid topic',
    ]);
    expect(waymark).toEqual(sdk);
  });
});

describeWith('rabbitmq')('RabbitMQ', () => {
  let rabbitmq: Service;
  beforeAll(async () => {
    rabbitmq = await startRabbitmq();
  });
  afterAll(() => rabbitmq.stop());

  test.each(['sdk-3', 'sdk-2'] as const)('amqplib, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('amqplib', { generation, servers: { rabbitmq } });
    const processed = (content: string) => [
      '  producer publish <default> (amqplib)',
      '    consumer orders process (amqplib)',
      `      at once ${content}`,
      `      later ${content}`,
    ];
    expect(lines).toEqual([
      // The decision not to sample goes with the message.
      'carried 0af7651916cd43dd8448eb211c80319c 00',
      // Sent without a context.
      'producer publish <default> (amqplib)',
      '  consumer orders process (amqplib)',
      '    at once last',
      '    later last',
      'server confirm',
      '  producer publish <default> (amqplib)',
      '    consumer quick process (amqplib)',
      '      without acknowledgement confirmed',
      '    in confirmation',
      'server consume',
      'server publish',
      '  after publish',
      ...processed('by exchange'),
      ...processed('plain'),
      'server publish to be refused',
      '  producer publish <default> (amqplib)',
      '    consumer refused process (amqplib) ! nack called on message without requeue',
      '  producer publish <default> (amqplib)',
      '    consumer refused process (amqplib) ! reject called on message without requeue',
    ]);
    expect(waymark).toEqual(sdk);
  });

  test('amqplib with links in the place of parents', async () => {
    const { lines, waymark, sdk } = await runBoth('amqplib-links', { servers: { rabbitmq } });
    expect(lines).toEqual([
      'consumer linked process (amqplib)',
      '  in consumer',
      'server publish',
      '  producer publish <default> (amqplib)',
    ]);
    expect(waymark[0]).toMatchObject({ links: 1 });
    expect(waymark).toEqual(sdk);
  });

  test("handlers with spans of Waymark's and of the API's in each other", async () => {
    const spans = await runScenario('handlers', 'waymark', { servers: { rabbitmq } });
    expect(drawTrees(spans)).toEqual([
      'server publish',
      '  producer publish <default> (amqplib)',
      '    consumer first process (amqplib)',
      '      charge',
      '        after the bank',
      '        ask the bank (shop)',
      '          in both',
      '          producer publish <default> (amqplib)',
      '            consumer second process (amqplib)',
      '            continued by hand',
    ]);
    expect(spans.find(({ name }) => name === 'ask the bank')?.attributes).toEqual({ same: true });
  });
});
