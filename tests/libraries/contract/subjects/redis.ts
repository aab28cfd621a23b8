import type redis from 'redis';
import { failure, type Subject } from '../subject.ts';

type Client = ReturnType<typeof redis.createClient>;

interface Clients {
  readonly client: Client;
  /** Since redis 5; before that the client. */
  readonly pool: Pick<Client, 'get' | 'set' | 'lPush'>;
  /** Its connection is closed. */
  readonly closed: Client;
  close(): Promise<void>;
}

export const redisSubject: Subject<typeof redis, Clients> = {
  name: 'redis',
  library: 'redis',
  modules: ['redis4', 'redis5', 'redis'],
  service: 'redis',
  isOnlyFound: (module) => module === 'redis4',
  hidesServer: (module) => module === 'redis4',
  trace: ({ traceRedis }, moduleExports) => traceRedis(moduleExports),
  async open({ createClient, createClientPool }, { url }, maximum) {
    const [client, closed] = [createClient({ url }), createClient({ url })] as unknown as [Client, Client];
    await closed.connect();
    await closed.flushAll();
    await closed.mSet(['number', '1', 'text', 'one']);
    await closed.quit();
    const connecting = client.connect(); // the first commands come before it is there
    if (createClientPool === undefined) {
      await connecting;
      return { client, pool: client, closed, close: async () => void (await client.quit()) };
    }
    // With spare clients, the pool of 5.0 starts a timer that throws when it finds them closed.
    const pool = createClientPool({ url }, { minimum: maximum, maximum });
    await pool.connect();
    return {
      client,
      pool: pool as unknown as Clients['pool'],
      closed,
      async close() {
        await client.quit();
        await pool.close();
      },
    };
  },
  close: (clients) => clients.close(),
  calls: {
    'promise, success': {
      spans: ['SET', 'after', 'GET', 'after', 'LRANGE (0)', 'after'],
      async make({ client }, canary, after) {
        await client.set('key', canary);
        after();
        await client.get('key');
        after();
        await client.lRange('list', 0, 9);
        after();
      },
    },
    'promise, error': {
      spans: ['LPUSH ! WRONGTYPE', 'after'],
      async make({ client }, canary, after) {
        await failure(client.lPush('text', canary));
        after();
      },
    },
    'closed client, error': {
      isMissingIn: (module) => module === 'redis4', // it fails before the queue, which is what is traced
      spans: ['SET ! ClientClosedError', 'after'],
      async make({ closed }, canary, after) {
        await failure(closed.set('key', canary));
        after();
      },
    },
    'pool, success': {
      spans: ['SET', 'after', 'GET', 'after'],
      async make({ pool }, canary, after) {
        await pool.set('key', canary);
        after();
        await pool.get('key');
        after();
      },
    },
    'pool, error': {
      isMissingIn: (module) => module === 'redis5', // its pool rejects a second promise, which nothing handles
      spans: ['LPUSH ! WRONGTYPE', 'after'],
      async make({ pool }, canary, after) {
        await failure(pool.lPush('text', canary));
        after();
      },
    },
    'transaction, success': {
      spans: ['MULTI', 'after'],
      async make({ client }, canary, after) {
        await client.multi().set('key', canary).get('key').exec();
        after();
      },
    },
    'iterator, success': {
      spans: ['SCAN (0)', 'after'],
      async make({ client }, canary, after) {
        for await (const _ of client.scanIterator({ MATCH: `${canary}*`, COUNT: 1000 }));
        after();
      },
    },
  },
};
