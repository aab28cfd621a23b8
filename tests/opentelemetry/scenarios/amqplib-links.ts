// @opentelemetry/instrumentation-amqplib with `useLinksForConsume`: a message starts a trace that has a link to its publisher.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['rabbitmq'],
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-amqplib').AmqplibInstrumentation)({ useLinksForConsume: true }),
  ],

  async run({ load, servers, inRequest, mark }) {
    const connection = await load('amqplib').connect(servers.rabbitmq.url);
    const channel = await connection.createChannel();
    await channel.assertQueue('linked', { exclusive: true });
    await inRequest('publish', async () => channel.sendToQueue('linked', Buffer.from('linked')));
    await new Promise<void>((resolve) => {
      void channel.consume('linked', (message: object) => {
        mark('in consumer');
        channel.ack(message);
        resolve();
      });
    });
    await channel.close();
    await connection.close();
  },
};
