/** The shapes that the rules were written with. Those that they were tried on afterwards are in held-out-shapes.ts. */
import { around, eras, grpc, handling, http, mongo, publish, query, redis, request, step, times } from './calls.ts';
import type { Random } from './random.ts';
import type { Operation } from './run-program.ts';
import type { Expected, MadeTrace, Shape } from './shape.ts';

const nPlusOne: readonly Expected[] = [{ kind: 'n+1', loop: 'loop' }];
const parallel: readonly Expected[] = [{ kind: 'parallel-n+1', loop: 'loop' }];

/** A request that does something before and after. */
function ordinary(random: Random, body: Operation['body'], expected: readonly Expected[] = []): MadeTrace {
  const era = random.pick(eras);
  const session = query('orders', era, 'postgresql', 'SELECT * FROM sessions WHERE id = $1', around(random, 3));
  return { roots: [request('orders', 'GET /orders', [1, session, 0.5, ...body, 1])], expected };
}

/** One call after the other, as `for (const id of ids) await load(id)`. */
function loop(random: Random, make: (index: number, ms: number) => Operation, ms = 4): Operation[] {
  return times(random.int(6, 40), (index) => make(index, around(random, ms)));
}

const inLoop = { loop: 'loop' };

function sqlLoop(random: Random, system: string, text: (id: number) => string, ms?: number): MadeTrace {
  const era = random.pick(eras);
  const first = random.int(1, 5000);
  return ordinary(
    random,
    loop(random, (index, length) => query('orders', era, system, text(first + index * 7), length, inLoop), ms).flatMap(
      (call) => [call, 0.2],
    ),
    nPlusOne,
  );
}

const loops: readonly Shape[] = [
  {
    name: 'loop, $1',
    make: (random) => sqlLoop(random, 'postgresql', () => 'SELECT * FROM items WHERE order_id = $1'),
  },
  {
    name: 'loop, ?',
    make: (random) => sqlLoop(random, 'mysql', () => 'SELECT `name` FROM `items` WHERE `id` = ? LIMIT 1'),
  },
  {
    name: 'loop, numbers',
    make: (random) =>
      sqlLoop(random, 'postgresql', (id) => `SELECT * FROM "items" WHERE "id" = ${id} AND price > ${id}.5`),
  },
  {
    name: 'loop, single quotes',
    make: (random) =>
      sqlLoop(random, 'sqlite', (id) => `SELECT * FROM users WHERE email = 'o''brien+${id}@example.com'`),
  },
  {
    name: 'loop, double quotes and backslashes',
    make: (random) =>
      sqlLoop(random, 'mysql', (id) => `SELECT * FROM users WHERE name = "Ann \\"${id}\\" Lee" AND city = 'K\\'${id}'`),
  },
  {
    name: 'loop, IN lists',
    make: (random) =>
      sqlLoop(
        random,
        'mysql',
        (id) => `SELECT * FROM tags WHERE id IN (${times((id % 6) + 2, (at) => id + at).join(', ')})`,
      ),
  },
  {
    name: 'loop, UUIDs',
    make: (random) => sqlLoop(random, 'postgresql', () => `SELECT * FROM carts WHERE id = '${random.uuid()}'::uuid`),
  },
  {
    name: 'loop, inserts',
    make: (random) => sqlLoop(random, 'postgresql', (id) => `INSERT INTO audit (id, note) VALUES (${id}, 'saw ${id}')`),
  },
  {
    name: 'loop, comments with trace ids',
    make: (random) =>
      sqlLoop(
        random,
        'mysql',
        () => `SELECT * FROM items WHERE id = ? /*traceparent='00-${random.hex(32)}-${random.hex(16)}-01'*/`,
      ),
  },
  {
    name: 'loop, ORM text',
    make: (random) =>
      sqlLoop(
        random,
        'postgresql',
        () =>
          'SELECT "public"."Post"."id", "public"."Post"."title" FROM "public"."Post" WHERE "public"."Post"."authorId" = $1 OFFSET $2',
      ),
  },
  {
    name: 'loop, HTTP ids in the path',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(
        random,
        loop(random, (index, ms) =>
          http(
            'orders',
            era,
            'GET',
            `http://users:3000/users/${index + 17}/profile`,
            [0.3, request('users', 'GET /users/:id/profile', [ms]), 0.3],
            inLoop,
          ),
        ),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, HTTP UUIDs in the path',
    make: (random) =>
      ordinary(
        random,
        loop(
          random,
          (_, ms) => http('orders', 'new', 'GET', `https://api.test/v1/items/${random.uuid()}?full=1`, [ms], inLoop),
          9,
        ),
        nPlusOne,
      ),
  },
  {
    name: 'loop, HTTP ids in the query',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(
        random,
        loop(random, (index, ms) => http('orders', era, 'GET', `http://prices/price?sku=A-${index}`, [ms], inLoop)),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, first page of many lists',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(
        random,
        loop(random, (index, ms) =>
          http('orders', era, 'GET', `http://users/orders?user=${index}&page=1`, [ms], inLoop),
        ),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, Redis',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(
        random,
        loop(random, (index, ms) => redis('orders', era, `GET user:${index + 3}`, ms, inLoop), 1.5),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, Redis names',
    make: (random) => {
      const era = random.pick(eras);
      const names = ['ann', 'bob', 'cy', 'dee', 'eve', 'fay', 'gus', 'hal'];
      return ordinary(
        random,
        names.map((name) => redis('orders', era, `HGETALL profile:${name}`, around(random, 1.5), inLoop)),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, MongoDB',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(
        random,
        loop(random, (_, ms) => mongo('orders', era, 'find', 'users', ms, inLoop)),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, gRPC',
    make: (random) => {
      const era = random.pick(eras);
      return ordinary(
        random,
        loop(random, (_, ms) => grpc('orders', era, 'shop.Users', 'GetUser', [ms], inLoop)),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, one transaction for each',
    make: (random) => {
      const sql = (text: string, ms: number, extra = {}) => query('orders', 'old', 'postgresql', text, ms, extra);
      const units = loop(random, (_, ms) =>
        step('orders', 'transaction', [
          sql('BEGIN', 0.4),
          sql('UPDATE stock SET count = count - 1 WHERE sku = $1', ms, inLoop),
          sql('COMMIT', 0.6),
        ]),
      );
      return ordinary(random, units, nPlusOne);
    },
  },
  {
    name: 'loop, steps that ask a cache first',
    make: (random) => {
      const units = times(20, (index) => {
        const hit = redis('orders', 'new', `GET product:${index}`, 0.1);
        const asked = query(
          'orders',
          'new',
          'postgresql',
          'SELECT * FROM products WHERE id = $1',
          around(random, 5),
          inLoop,
        );
        return step('orders', 'loadProduct', index % 5 === 2 ? [hit] : [hit, asked]);
      });
      return ordinary(random, units, nPlusOne);
    },
  },
  {
    name: 'loop, steps with an id in their name',
    make: (random) =>
      ordinary(
        random,
        loop(random, (index, ms) =>
          step('orders', `load user ${index + 20}`, [
            0.1,
            query('orders', 'new', 'postgresql', 'SELECT * FROM users WHERE id = $1', ms, inLoop),
          ]),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'loop in which some calls are tried again',
    make: (random) =>
      ordinary(
        random,
        times(12, (index) => {
          const url = `http://users/users/${index}`;
          const call = http('orders', 'new', 'GET', url, [around(random, 4)], inLoop);
          return index % 6 === 4
            ? [{ ...http('orders', 'new', 'GET', url, [2], { isFailed: true }) }, 3, call]
            : [call];
        }).flat(),
        nPlusOne,
      ),
  },
  {
    name: 'loop, pool checkouts beside it',
    make: (random) => {
      const checkout = () =>
        step('orders', 'pg-pool.connect', [0.3], {
          kind: 'client',
          attributes: { 'db.system': 'postgresql', 'db.name': 'shop' },
        });
      return ordinary(
        random,
        loop(random, (_, ms) =>
          query('orders', 'old', 'postgresql', 'SELECT * FROM items WHERE id = $1', ms, inLoop),
        ).flatMap((call) => [checkout(), call]),
        nPlusOne,
      );
    },
  },
  {
    name: 'loop, unnamed steps',
    make: (random) =>
      ordinary(
        random,
        loop(random, (_, ms) =>
          step('orders', '', [query('orders', 'new', 'postgresql', 'SELECT * FROM x WHERE id = $1', ms, inLoop)]),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'loop in the background',
    make: (random) => {
      const calls = times(8, () =>
        query('orders', 'new', 'postgresql', 'SELECT * FROM items WHERE id = $1', around(random, 3), inLoop),
      );
      const beside = step('orders', 'report', [around(random, 120)]);
      return ordinary(random, [{ all: [step('orders', 'items', calls), beside] }], nPlusOne);
    },
  },
];

const together: readonly Shape[] = [
  {
    name: 'Promise.all of 48 equal queries',
    make: (random) => {
      const era = random.pick(eras);
      const all = times(48, () =>
        query('orders', era, 'postgresql', 'SELECT * FROM items WHERE id = $1', around(random, 6), inLoop),
      );
      return ordinary(random, [{ all }], parallel);
    },
  },
  {
    name: 'Promise.all on a pool of ten',
    make: (random) => {
      const all = times(random.int(20, 60), () =>
        query('orders', 'old', 'mysql', 'SELECT * FROM items WHERE id = ?', around(random, 3), inLoop),
      );
      return ordinary(random, [{ all, width: 10, queueIsInSpan: random.next() < 0.5 }], parallel);
    },
  },
  {
    name: 'Promise.all of HTTP calls',
    make: (random) => {
      const era = random.pick(eras);
      const all = times(random.int(8, 30), (index) =>
        http('orders', era, 'GET', `http://users/users/${index}`, [around(random, 12)], inLoop),
      );
      return ordinary(random, [{ all }], parallel);
    },
  },
  {
    name: 'resolvers of GraphQL, each with a query',
    make: (random) => {
      const resolvers = times(random.int(8, 30), (index) =>
        step('graph', `resolve users.${index}.posts`, [
          0.1,
          query('graph', 'new', 'postgresql', 'SELECT * FROM posts WHERE author_id = $1', around(random, 4), inLoop),
        ]),
      );
      const users = query('graph', 'new', 'postgresql', 'SELECT * FROM users', around(random, 4));
      const execute = step('graph', 'query Users', [
        step('graph', 'resolve users', [users]),
        { all: resolvers, width: 10 },
      ]);
      return { roots: [request('graph', 'POST /graphql', [1, execute, 1])], expected: parallel };
    },
  },
  {
    name: "OpenTelemetry's resolvers, one after the other",
    make: (random) => {
      const resolvers = times(random.int(8, 20), (index) =>
        step(
          'graph',
          `graphql.resolve users.${index}.posts`,
          [query('graph', 'old', 'postgresql', 'SELECT * FROM posts WHERE author_id = $1', around(random, 4), inLoop)],
          { attributes: { 'graphql.field.path': `users.${index}.posts`, 'graphql.field.name': 'posts' } },
        ),
      );
      return {
        roots: [request('graph', 'POST /graphql', [1, step('graph', 'graphql.execute', resolvers), 1])],
        expected: nPlusOne,
      };
    },
  },
];

const harmless: readonly Shape[] = [
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

const lateAndLost: readonly Shape[] = [
  {
    name: 'a stream that ends after its parent',
    make: (random) => {
      const streamMs = around(random, 200);
      const server = request('files', 'GET /export', [around(random, 10) + streamMs]);
      const client = http('orders', 'new', 'GET', 'http://files/export', [
        0.4,
        { answerOf: server, goesOnMs: streamMs },
      ]);
      return { roots: [request('orders', 'GET /export', [2, client, 1, around(random, 9)])], expected: [] };
    },
  },
  {
    name: 'a body that is read after the span above',
    make: (random) => ({
      roots: [
        request('orders', 'GET /feed', [
          3,
          { start: step('orders', 'stream rows', [around(random, 150)], { label: 'late' }), afterMs: 0.1 },
          around(random, 6),
        ]),
      ],
      expected: [{ kind: 'outlives-parent', label: 'late' }],
    }),
  },
  {
    name: 'work in the background',
    make: (random) => ({
      roots: [
        request('orders', 'POST /orders', [
          2,
          query('orders', 'new', 'postgresql', 'INSERT INTO orders VALUES ($1)', around(random, 6)),
          { start: step('orders', 'sendMail', [around(random, 90)], { label: 'late' }), afterMs: 0 },
          around(random, 6),
        ]),
      ],
      expected: [{ kind: 'outlives-parent', label: 'late' }],
    }),
  },
  {
    name: 'consumers after the root',
    make: (random) => {
      const era = random.pick(eras);
      const sent = (index: number) => {
        const consumer = handling('mails', era, 'kafka', 'orders.created', [
          1,
          query('mails', era, 'postgresql', `SELECT * FROM t${'abc'[index]} WHERE id = $1`, around(random, 9)),
        ]);
        const call = publish('orders', era, 'kafka', 'orders.created', 1);
        return { ...call, body: [1, { start: consumer, afterMs: around(random, 60) }] };
      };
      return ordinary(random, [sent(0), 0.5, sent(1)]);
    },
  },
  {
    name: 'a clock that is off',
    make: (random) => {
      const offsetMs = random.pick([-1, 1]) * around(random, 3000);
      const call = (path: string) =>
        http('orders', 'new', 'GET', `http://users/${path}`, [
          0.5,
          request('users', `GET /${path}`, [around(random, 10)]),
          0.5,
        ]);
      return {
        ...ordinary(random, [call('a'), call('b')], [{ kind: 'clock-skew', service: 'users', offsetMs }]),
        clocks: { users: offsetMs },
      };
    },
  },
  {
    name: 'clocks that differ by less than a call takes',
    make: (random) => {
      const call = http('orders', 'new', 'GET', 'http://users/a', [
        4,
        request('users', 'GET /a', [around(random, 10)]),
        4,
      ]);
      return { ...ordinary(random, [call]), clocks: { users: 2 * random.next() - 1 } };
    },
  },
  {
    name: 'a root that is missing',
    make: (random) => ({
      ...ordinary(random, [step('orders', 'x', [5])], [{ kind: 'missing-root' }, { kind: 'orphan' }]),
      alter: (spans) => spans.slice(1),
    }),
  },
  {
    name: 'a span in between that is missing',
    make: (random) => ({
      ...ordinary(
        random,
        [
          step('orders', 'lost', [1, query('orders', 'new', 'postgresql', 'SELECT 5', around(random, 9))], {
            label: 'lost',
          }),
        ],
        [{ kind: 'orphan' }],
      ),
      alter: (spans, labels) => spans.filter(({ spanId }) => labels.get('lost')?.[0] !== spanId),
    }),
  },
  {
    name: 'several roots',
    make: (random) => ({
      roots: [request('orders', 'GET /a', [around(random, 20)]), request('users', 'GET /b', [around(random, 25)])],
      expected: [{ kind: 'several-roots' }],
    }),
  },
  {
    name: 'ids that are there twice',
    make: (random) => ({
      ...ordinary(
        random,
        [step('orders', 'x', [around(random, 5)], { label: 'twice' }), step('orders', 'y', [3], { label: 'again' })],
        [{ kind: 'duplicate-id' }],
      ),
      alter: (spans, labels) =>
        spans.map((span) =>
          span.spanId === labels.get('again')?.[0] ? { ...span, spanId: labels.get('twice')?.[0] ?? '' } : span,
        ),
    }),
  },
  {
    name: 'parents in a circle',
    make: (random) => ({
      ...ordinary(
        random,
        [step('orders', 'x', [1, step('orders', 'y', [around(random, 5)], { label: 'below' })], { label: 'above' })],
        [{ kind: 'cycle' }],
      ),
      alter: (spans, labels) =>
        spans.map((span) =>
          span.spanId === labels.get('above')?.[0] ? { ...span, parentSpanId: labels.get('below')?.[0] ?? '' } : span,
        ),
    }),
  },
  {
    name: 'an end before the start',
    make: (random) => ({
      ...ordinary(
        random,
        [step('orders', 'x', [around(random, 5)], { label: 'odd' })],
        [{ kind: 'negative-duration' }],
      ),
      alter: (spans, labels) =>
        spans.map((span) =>
          span.spanId === labels.get('odd')?.[0]
            ? { ...span, endTimeUnixNano: String(BigInt(span.startTimeUnixNano) - 5_000_000n) }
            : span,
        ),
    }),
  },
  {
    name: 'an error that passes up',
    make: (random) => {
      const server = request('users', 'GET /users', [around(random, 5)], { isFailed: true });
      const call = http('orders', 'new', 'GET', 'http://users/users', [0.5, server, 0.5], { isFailed: true });
      return {
        roots: [
          request('orders', 'GET /', [1, step('orders', 'load', [call], { isFailed: true })], { isFailed: true }),
        ],
        expected: [],
      };
    },
  },
  {
    name: 'a wait that no span covers',
    make: (random) => ordinary(random, [around(random, 80), step('orders', 'x', [around(random, 20)])]),
  },
  {
    name: 'siblings that overlap by microseconds',
    make: (random) => {
      const steps = times(4, (index) =>
        step('orders', `step ${'abcd'[index]}`, [around(random, 8)], { label: 'each' }),
      );
      return {
        ...ordinary(random, steps),
        // A callback runs on for a little after it has started what follows.
        alter: (spans, labels) =>
          spans.map((span) =>
            labels.get('each')?.includes(span.spanId) === true
              ? { ...span, endTimeUnixNano: String(BigInt(span.endTimeUnixNano) + BigInt(random.int(500, 9_000))) }
              : span,
          ),
      };
    },
  },
];

export const shapes: readonly Shape[] = [...loops, ...together, ...harmless, ...lateAndLost];
