import type { Redis } from 'ioredis';
import { calledBack, drain, failure, type Subject } from '../subject.ts';

interface Module {
  readonly Redis: typeof Redis;
}

interface Clients {
  /** With a pool of one, it pipelines the commands of all callers by itself. */
  readonly redis: Redis;
  /** Connects with its first command: those of the other callers wait. */
  readonly offline: Redis;
  readonly impatient: Redis;
}

const ioredis = {
  service: 'redis',
  trace: ({ traceIoredis }, moduleExports) => traceIoredis(moduleExports),
  async open({ Redis }, { host, port }, poolSize) {
    const redis = new Redis({ host, port, enableAutoPipelining: poolSize === 1 });
    await redis.flushall();
    await redis.mset('number', 1, 'text', 'one');
    const offline = new Redis({ host, port, lazyConnect: true });
    const impatient = new Redis({ host, port, commandTimeout: 100 });
    return { redis, offline, impatient };
  },
  async close(clients) {
    for (const client of Object.values(clients)) client.disconnect();
  },
  calls: {
    'before the connection, promise, success': {
      spans: ['SET', 'after', 'GET', 'after'],
      async make({ offline }, canary, after) {
        await offline.set('key', canary);
        after();
        await offline.get('number');
        after();
      },
    },
    'promise, success': {
      spans: ['SET', 'after', 'GET', 'after', 'LRANGE (0)', 'after'],
      async make({ redis }, canary, after) {
        await redis.set('key', canary);
        after();
        await redis.get('key');
        after();
        await redis.lrange('list', 0, 9);
        after();
      },
    },
    'promise, error': {
      spans: ['LPUSH ! WRONGTYPE', 'after'],
      async make({ redis }, canary, after) {
        await failure(redis.lpush('text', canary));
        after();
      },
    },
    'promise, cancel': {
      spans: ['BLPOP ! Error', 'after'],
      async make({ impatient }, _, after) {
        await failure(impatient.blpop('nothing', 0.2));
        after();
      },
    },
    'callback, success': {
      spans: ['SET', 'after', 'GET', 'after'],
      async make({ redis }, canary, after) {
        await calledBack('success', after, (callback) => redis.set('key', canary, callback));
        await calledBack('success', after, (callback) => redis.get('key', callback));
      },
    },
    'callback, error': {
      spans: ['LPUSH ! WRONGTYPE', 'after'],
      make: ({ redis }, canary, after) =>
        calledBack('error', after, (callback) => redis.lpush('text', canary, callback)),
    },
    'callback within a callback': {
      spans: ['SET', 'after', 'GET', 'after'],
      make: ({ redis }, canary, after) =>
        new Promise<void>((resolve, reject) => {
          redis.set('key', canary, () => {
            after();
            calledBack('success', after, (callback) => redis.get('key', callback)).then(resolve, reject);
          });
        }),
    },
    'pipeline, success': {
      spans: ['PIPELINE', 'after'],
      async make({ redis }, canary, after) {
        await redis.pipeline().set('key', canary).get('key').exec();
        after();
      },
    },
    'pipeline, error': {
      spans: ['PIPELINE ! WRONGTYPE', 'after'],
      async make({ redis }, canary, after) {
        await redis.pipeline().get('text').lpush('text', canary).exec();
        after();
      },
    },
    'transaction, success': {
      spans: ['MULTI', 'after'],
      async make({ redis }, canary, after) {
        await redis.multi().set('key', canary).get('key').exec();
        after();
      },
    },
    'stream, success': {
      spans: ['SCAN (0)', 'after'],
      async make({ redis }, canary, after) {
        await drain(redis.scanStream({ match: `${canary}*`, count: 1000 }));
        after();
      },
    },
  },
} satisfies Omit<Subject<Module, Clients>, 'name' | 'library' | 'modules'>;

export const ioredisSubject: Subject<Module, Clients> = {
  ...ioredis,
  name: 'ioredis',
  library: 'ioredis',
  modules: ['ioredis53', 'ioredis', 'ioredis6'],
};

export const iovalkeySubject: Subject<Module, Clients> = {
  ...ioredis,
  name: 'iovalkey',
  library: 'iovalkey',
  modules: ['iovalkey'],
};
