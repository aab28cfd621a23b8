// @opentelemetry/instrumentation-amqplib: a channel, a confirm channel, acknowledgements of each sort, and links in the place of parents.
import type { Scenario } from '../scenario.ts';

interface Received {
  readonly content: Buffer;
  readonly properties: { readonly headers: Record<string, string> };
}

export const scenario: Scenario = {
  services: ['rabbitmq'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-amqplib').AmqplibInstrumentation)()],

  async run({ load, api, servers, inRequest, mark }) {
    const { connect } = load('amqplib');
    const connection = await connect(servers.rabbitmq.url);
    const channel = await connection.createChannel();
    const confirming = await connection.createConfirmChannel();
    for (const queue of ['orders', 'quick', 'refused', 'unsampled'])
      await channel.assertQueue(queue, { autoDelete: true });

    await inRequest('publish', async () => {
      channel.sendToQueue('orders', Buffer.from('plain'));
      channel.publish('', 'orders', Buffer.from('by exchange'), { headers: { shop: 'one' } });
      mark('after publish');
    });
    await inRequest('confirm', async () => {
      await new Promise<void>((resolve, reject) => {
        confirming.sendToQueue('quick', Buffer.from('confirmed'), {}, (error: unknown) => {
          mark('in confirmation');
          if (error) reject(error);
          else resolve();
        });
      });
      await confirming.waitForConfirms();
    });
    await inRequest('publish to be refused', async () => {
      for (const content of ['refused', 'given up']) channel.sendToQueue('refused', Buffer.from(content));
    });
    await api.context.with(api.ROOT_CONTEXT, async () => channel.sendToQueue('orders', Buffer.from('last')));

    const unsampled = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
    await api.context.with(api.propagation.extract(api.ROOT_CONTEXT, unsampled), async () => {
      channel.sendToQueue('unsampled', Buffer.from('unsampled'));
    });

    // Consumers start inside a request. Their messages nevertheless belong to the trace of the publisher.
    await inRequest('consume', async () => {
      await got('last', (seen) =>
        channel.consume('orders', async (message: Received) => {
          mark(`at once ${message.content}`);
          await new Promise(setImmediate);
          mark(`later ${message.content}`);
          channel.ack(message);
          seen(message);
        }),
      );
      await got('confirmed', (seen) =>
        channel.consume(
          'quick',
          (message: Received) => {
            mark(`without acknowledgement ${message.content}`);
            seen(message);
          },
          { noAck: true },
        ),
      );
      await got('given up', (seen) =>
        channel.consume('refused', (message: Received) => {
          if (`${message.content}` === 'refused') channel.nack(message, false, false);
          else channel.reject(message, false);
          seen(message);
        }),
      );
    });
    await got('unsampled', (seen) =>
      channel.consume('unsampled', (message: Received) => {
        mark('is not recorded');
        const [, traceId, , flags] = (message.properties.headers.traceparent ?? '').split('-');
        api.context.with(api.ROOT_CONTEXT, () => mark(`carried ${traceId} ${flags}`));
        channel.ack(message);
        seen(message);
      }),
    );
    await channel.close();
    await confirming.close();
    await connection.close();
  },
};

/** Resolves when the consumer has seen the message with that content. */
async function got(last: string, consume: (seen: (message: Received) => void) => Promise<unknown>): Promise<void> {
  let resolve = () => {};
  const seenLast = new Promise<void>((done) => {
    resolve = done;
  });
  await consume(({ content }) => {
    if (`${content}` === last) resolve();
  });
  await seenLast;
}
