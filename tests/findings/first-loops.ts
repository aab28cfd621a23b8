/** Of the shapes that the rules were written with: loops of equal calls, one after the other or together. */
import { around, eras, grpc, http, mongo, query, redis, request, step, times } from './calls.ts';
import { ordinary } from './ordinary-request.ts';
import type { Random } from './random.ts';
import type { Operation } from './run-program.ts';
import { inLoop, type MadeTrace, nPlusOne, parallelNPlusOne, type Shape } from './shape.ts';

/** One call after the other, as `for (const id of ids) await load(id)`. */
function loop(random: Random, make: (index: number, ms: number) => Operation, ms = 4): Operation[] {
  return times(random.int(6, 40), (index) => make(index, around(random, ms)));
}

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

export const firstLoops: readonly Shape[] = [
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

export const firstTogether: readonly Shape[] = [
  {
    name: 'Promise.all of 48 equal queries',
    make: (random) => {
      const era = random.pick(eras);
      const all = times(48, () =>
        query('orders', era, 'postgresql', 'SELECT * FROM items WHERE id = $1', around(random, 6), inLoop),
      );
      return ordinary(random, [{ all }], parallelNPlusOne);
    },
  },
  {
    name: 'Promise.all on a pool of ten',
    make: (random) => {
      const all = times(random.int(20, 60), () =>
        query('orders', 'old', 'mysql', 'SELECT * FROM items WHERE id = ?', around(random, 3), inLoop),
      );
      return ordinary(random, [{ all, width: 10, queueIsInSpan: random.next() < 0.5 }], parallelNPlusOne);
    },
  },
  {
    name: 'Promise.all of HTTP calls',
    make: (random) => {
      const era = random.pick(eras);
      const all = times(random.int(8, 30), (index) =>
        http('orders', era, 'GET', `http://users/users/${index}`, [around(random, 12)], inLoop),
      );
      return ordinary(random, [{ all }], parallelNPlusOne);
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
      return { roots: [request('graph', 'POST /graphql', [1, execute, 1])], expected: parallelNPlusOne };
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
