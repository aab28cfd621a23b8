import type amqplib from 'amqplib';
import type { Subject } from '../subject.ts';

interface Clients {
  readonly connection: amqplib.ChannelModel;
  readonly channel: amqplib.Channel;
  readonly confirming: amqplib.ConfirmChannel;
  /** What the consumer calls for a message, and at its end, by the message's content. */
  readonly messages: Map<string, Handled>;
}

interface Handled {
  readonly after: () => void;
  readonly end: () => void;
  readonly isRefused: boolean;
}

const queue = 'orders';

export const amqplibSubject: Subject<typeof amqplib, Clients> = {
  name: 'amqplib',
  library: 'amqplib',
  modules: ['amqplib010', 'amqplib'],
  service: 'rabbitmq',
  trace: ({ traceAmqplib }, moduleExports) => traceAmqplib(moduleExports),
  async open({ connect }, { url }, prefetch) {
    const connection = await connect(url);
    const [channel, confirming] = [await connection.createChannel(), await connection.createConfirmChannel()];
    await channel.assertQueue(queue, { autoDelete: true });
    await channel.prefetch(prefetch);
    const messages: Clients['messages'] = new Map();
    await channel.consume(queue, async (message) => {
      if (message === null) return;
      const handled = messages.get(`${message.content}`);
      await new Promise(setImmediate);
      handled?.after();
      if (handled?.isRefused === true) channel.nack(message, false, false);
      else channel.ack(message);
      setImmediate(() => handled?.end()); // its span has ended
    });
    return { connection, channel, confirming, messages };
  },
  close: ({ connection }) => connection.close(),
  calls: {
    'sendToQueue, success': {
      spans: ['publish orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(clients, canary, after, async () => clients.channel.sendToQueue(queue, Buffer.from(canary))),
    },
    'publish, refused': {
      spans: ['publish orders producer', '  process orders ! nack consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(
          clients,
          canary,
          after,
          async () => clients.channel.publish('', queue, Buffer.from(canary), { headers: { own: canary } }),
          true,
        ),
    },
    'publish, confirmed': {
      spans: ['publish orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(
          clients,
          canary,
          after,
          () =>
            new Promise<void>((resolve) => {
              clients.confirming.publish('', queue, Buffer.from(canary), {}, () => resolve());
            }),
        ),
    },
    'publish, callback': {
      spans: ['publish orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(
          clients,
          canary,
          after,
          () =>
            new Promise<void>((resolve) => {
              clients.confirming.sendToQueue(queue, Buffer.from(canary), {}, () => resolve());
            }),
        ),
    },
    'get, success': {
      spans: ['get empty', 'after'],
      async make({ channel }, _, after) {
        await channel.assertQueue('empty', { autoDelete: true });
        await channel.get('empty');
        after();
      },
    },
    'publish, error': {
      spans: ['publish orders ! TypeError producer', 'after'],
      async make({ channel }, canary, after) {
        try {
          channel.publish('', queue, canary as never);
        } catch {
          after();
        }
      },
    },
  },
};

/** Resolves when the message was handled, and after `after()`. */
async function arrival(
  { messages }: Clients,
  canary: string,
  after: () => void,
  send: () => Promise<unknown>,
  isRefused = false,
): Promise<void> {
  const ended = new Promise<void>((end) => messages.set(canary, { after, end, isRefused }));
  await send();
  await ended;
  after();
}
