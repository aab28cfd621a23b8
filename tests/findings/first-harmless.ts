/** Of the shapes that the rules were written with: those that look like loops, and are none. */
import { around, eras, http, mongo, publish, query, redis, request, step, times } from './calls.ts';
import { ordinary } from './ordinary-request.ts';
import type { Shape } from './shape.ts';

export const firstHarmless: readonly Shape[] = [
  {
    name: 'retries of an HTTP call',
    make: (random) => {
      const era = random.pick(eras);
      const tries = times(random.int(6, 9), () =>
        http('orders', era, 'GET', 'http://users/users/7', [around(random, 5)], { isFailed: true }),
      );
      const last = http('orders', era, 'GET', 'http://users/users/7', [around(random, 5)]);
      return ordinary(random, [...tries.flatMap((each) => [each, 4]), last]);
    },
  },
  {
    name: 'retries of a query',
    make: (random) => {
      const era = random.pick(eras);
      const text = 'UPDATE stock SET count = $1 WHERE sku = $2';
      const tries = times(7, () => query('orders', era, 'postgresql', text, around(random, 5), { isFailed: true }));
      return ordinary(random, [...tries.flatMap((each) => [each, 3]), query('orders', era, 'postgresql', text, 5)]);
    },
  },
  {
    name: 'retries in steps',
    make: (random) => {
      const attempts = times(6, (index) => {
        const isFailed = index < 5;
        return step(
          'orders',
          'attempt',
          [http('orders', 'new', 'POST', 'http://pay/charges', [around(random, 6)], { isFailed })],
          { isFailed: isFailed && random.next() < 0.5 },
        );
      });
      return ordinary(
        random,
        attempts.flatMap((each) => [each, 3]),
      );
    },
  },
  {
    name: 'pages by number',
    make: (random) => {
      const era = random.pick(eras);
      const key = random.pick(['page', 'offset', 'skip', 'p']);
      return ordinary(
        random,
        times(random.int(6, 15), (index) =>
          http('orders', era, 'GET', `https://api/items?limit=100&${key}=${index}`, [around(random, 9)]),
        ),
      );
    },
  },
  {
    name: 'pages by cursor',
    make: (random) => {
      const key = random.pick(['cursor', 'pageToken', 'starting_after', 'next_token', 'continuationToken']);
      return ordinary(
        random,
        times(random.int(6, 15), (index) =>
          http('orders', 'new', 'GET', `https://api/items?${index === 0 ? '' : `${key}=${random.hex(12)}&`}limit=50`, [
            around(random, 9),
          ]),
        ),
      );
    },
  },
  {
    name: 'pages of a query, literal',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 15), (index) =>
          query(
            'orders',
            'old',
            'mysql',
            `SELECT * FROM items WHERE shop = 4 ORDER BY id LIMIT 100 OFFSET ${index * 100}`,
            around(random, 6),
          ),
        ),
      ),
  },
  {
    name: 'pages of a query, placeholders',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 15), () =>
          query('orders', 'new', 'postgresql', 'SELECT * FROM items ORDER BY id LIMIT $1 OFFSET $2', around(random, 6)),
        ),
      ),
  },
  {
    name: 'pages by the last key',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 15), () =>
          query(
            'orders',
            'new',
            'postgresql',
            'SELECT * FROM items WHERE id > $1 ORDER BY id LIMIT 500',
            around(random, 6),
          ),
        ),
      ),
  },
  {
    name: 'a cursor that is read',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(random, [
        mongo('orders', era, 'find', 'events', 5),
        ...times(random.int(6, 15), () => mongo('orders', era, 'getMore', 'events', around(random, 5))),
      ]);
    },
  },
  {
    name: 'messages that are published',
    make: (random) => {
      const era = random.pick(eras);
      const system = random.pick(['kafka', 'rabbitmq', 'aws_sqs']);
      return ordinary(
        random,
        times(random.int(6, 40), () => publish('orders', era, system, 'orders.created', around(random, 2))),
      );
    },
  },
  {
    name: 'messages published in steps',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 20), () =>
          step('orders', 'notify', [0.2, publish('orders', 'new', 'kafka', 'mails', around(random, 3))]),
        ),
      ),
  },
  {
    name: 'statements of transactions',
    make: (random) => {
      const era = random.pick(eras);
      const sql = (text: string, ms: number) => query('orders', era, 'postgresql', text, ms);
      const tables = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      return ordinary(
        random,
        tables.flatMap((table) => [
          sql('BEGIN', 1),
          sql("SET LOCAL statement_timeout = '5s'", 1),
          sql(`UPDATE ${table} SET x = $1`, around(random, 4)),
          sql('COMMIT', 2),
        ]),
      );
    },
  },
  {
    name: 'what takes next to no time',
    make: (random) => {
      const calls = times(random.int(5, 12), () => redis('orders', 'new', 'GET flag:?', 0.02));
      return { roots: [request('orders', 'GET /', [...calls, around(random, 9000)])], expected: [] };
    },
  },
  {
    name: 'what is a small part of a long trace',
    make: (random) => {
      const calls = times(8, () =>
        query('orders', 'new', 'postgresql', 'SELECT * FROM x WHERE id = $1', around(random, 1)),
      );
      return {
        roots: [request('orders', 'GET /', [...calls, step('orders', 'render', [around(random, 9000)])])],
        expected: [],
      };
    },
  },
  {
    name: 'fan-out to different services',
    make: (random) => {
      const all = times(8, (index) =>
        http('orders', 'new', 'GET', `http://service-${'abcdefgh'[index]}:80/quote`, [around(random, 12)]),
      );
      return ordinary(random, [{ all }]);
    },
  },
  {
    name: 'different queries',
    make: (random) =>
      ordinary(
        random,
        ['users', 'items', 'carts', 'prices', 'stock', 'taxes', 'coupons'].map((table) =>
          query('orders', 'new', 'postgresql', `SELECT * FROM ${table} WHERE id = $1`, around(random, 6)),
        ),
      ),
  },
  {
    name: 'middlewares with different queries',
    make: (random) =>
      ordinary(
        random,
        ['sessions', 'users', 'roles', 'flags', 'quotas', 'plans'].map((table) =>
          step('orders', 'middleware - <anonymous>', [
            query('orders', 'new', 'postgresql', `SELECT * FROM ${table} WHERE id = $1`, around(random, 4)),
          ]),
        ),
      ),
  },
  {
    name: 'unnamed spans with different calls',
    make: (random) =>
      ordinary(
        random,
        ['a', 'b', 'c', 'd', 'e', 'f'].map((path) =>
          step('orders', '', [http('orders', 'new', 'GET', `http://api/${path}`, [around(random, 6)])]),
        ),
      ),
  },
  {
    name: 'four equal calls',
    make: (random) =>
      ordinary(
        random,
        times(4, () => query('orders', 'new', 'postgresql', 'SELECT * FROM x WHERE id = $1', around(random, 6))),
      ),
  },
  {
    name: 'batches',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 10), () =>
          query(
            'orders',
            'old',
            'postgresql',
            `SELECT * FROM items WHERE id IN (${times(500, (at) => `$${at + 1}`).join(',')})`,
            around(random, 20),
          ),
        ),
      ),
  },
  {
    name: 'batches of inserts',
    make: (random) => {
      const batch = () =>
        query('orders', 'new', 'postgresql', 'INSERT INTO events (a) VALUES ($1)', around(random, 15), {});
      return ordinary(
        random,
        times(random.int(6, 10), () => {
          const call = batch();
          return { ...call, name: 'BATCH INSERT', attributes: { ...call.attributes, 'db.operation.batch.size': 100 } };
        }),
      );
    },
  },
  {
    name: 'steps that call nothing',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 20), () => step('orders', 'render', [around(random, 3)])),
      ),
  },
  {
    name: 'polling',
    make: (random) =>
      ordinary(
        random,
        times(random.int(6, 9), () => [
          http('orders', 'new', 'GET', 'http://jobs/jobs/17', [around(random, 4)]),
          around(random, 30),
        ]).flat(),
      ),
  },
];
