import type * as nats from '@nats-io/transport-node';
import { failure, type Subject } from '../subject.ts';

interface Clients {
  readonly connection: nats.NatsConnection;
  /** What the subscription calls for a message, and at its end, by the message's content. */
  readonly messages: Map<string, Handled>;
}

interface Handled {
  readonly after: () => void;
  readonly end: () => void;
}

export const natsSubject: Subject<typeof nats, Clients> = {
  name: 'nats',
  library: 'nats',
  modules: ['nats', '@nats-io/transport-node'],
  service: 'nats',
  trace: ({ traceNats }, moduleExports) => traceNats(moduleExports),
  async open({ connect }, { url }) {
    const connection = await connect({ servers: url });
    const messages: Clients['messages'] = new Map();
    connection.subscribe('orders', {
      async callback(_, message) {
        const handled = messages.get(message.string());
        await new Promise(setImmediate);
        handled?.after();
        message.respond('done');
        setImmediate(() => handled?.end()); // its span has ended
      },
    } as nats.SubscriptionOptions);
    await connection.flush();
    return { connection, messages };
  },
  close: ({ connection }) => connection.close(),
  calls: {
    'publish, success': {
      spans: ['publish orders producer', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(clients, canary, after, async () => clients.connection.publish('orders', canary)),
    },
    'request, success': {
      spans: ['request orders', '  process orders consumer', '    after', 'after'],
      make: (clients, canary, after) =>
        arrival(clients, canary, after, () => clients.connection.request('orders', canary, { timeout: 10_000 })),
    },
    'request, error': {
      spans: ['request unheard ! NoResponders', 'after'],
      isMissingIn: (module) => module === 'nats', // it has its own name there
      async make({ connection }, canary, after) {
        await failure(connection.request('unheard', canary));
        after();
      },
    },
    'request, error of nats 2': {
      spans: ['request unheard ! 503', 'after'],
      isMissingIn: (module) => module !== 'nats',
      async make({ connection }, canary, after) {
        await failure(connection.request('unheard', canary));
        after();
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
): Promise<void> {
  const ended = new Promise<void>((end) => messages.set(canary, { after, end }));
  await send();
  await ended;
  after();
}
