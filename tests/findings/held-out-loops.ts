/** Of the held-out shapes: loops of equal calls, one after the other or together. */
import { around, eras, grpc, http, mongo, query, request, step, times } from './calls.ts';
import { aws, handler } from './held-out-calls.ts';
import { inLoop, nPlusOne, parallelNPlusOne, type Shape } from './shape.ts';

export const heldOutLoops: readonly Shape[] = [
  {
    name: "Prisma's operations",
    make: (random) => {
      const operations = times(random.int(6, 25), () =>
        step('shop', 'prisma:client:operation', [
          step('shop', 'prisma:client:serialize', [0.1]),
          {
            ...query(
              'shop',
              'new',
              'postgresql',
              'SELECT "public"."User"."id" FROM "public"."User" WHERE ("public"."User"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3',
              around(random, 3),
              inLoop,
            ),
            name: 'prisma:client:db_query',
          },
        ]),
      );
      return handler(random, operations, nPlusOne);
    },
  },
  {
    name: "knex's spans around the driver's",
    make: (random) => {
      const text = 'select * from `stock` where `sku` = ?';
      const calls = times(random.int(6, 25), () => ({
        ...query('shop', 'old', 'mysql', text, 0, inLoop),
        name: 'select shop.stock',
        body: [0.1, query('shop', 'old', 'mysql', text, around(random, 3)), 0.1],
      }));
      return handler(random, calls, nPlusOne);
    },
  },
  {
    name: 'SQL Server',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 25), (index) =>
          query(
            'shop',
            'new',
            'microsoft.sql_server',
            `SELECT TOP 1 [Name] FROM [dbo].[Parts] WHERE [Id] = @p1 AND [Kind] = N'k${index}'`,
            around(random, 3),
            inLoop,
          ),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'Cassandra',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 25), () =>
          query(
            'shop',
            'old',
            'cassandra',
            `SELECT * FROM readings WHERE device = ${random.uuid()}`,
            around(random, 3),
            inLoop,
          ),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'an unknown database, double quotes',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 25), (index) =>
          query(
            'shop',
            'new',
            'other_sql',
            `SELECT "name" FROM "parts" WHERE "maker" = "Maker ${index}"`,
            around(random, 3),
            inLoop,
          ),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'dollar quotes, negative numbers and dates',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 25), (index) =>
          query(
            'shop',
            'new',
            'postgresql',
            `SELECT f($t$it's ${index}$t$) FROM days WHERE delta = -${index} AND day >= DATE '2026-01-${index + 10}'`,
            around(random, 3),
            inLoop,
          ),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'updates one by one',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 25), (index) =>
          query(
            'shop',
            'old',
            'postgresql',
            `UPDATE "lines" SET "total" = ${index * 3.5}, "note" = NULL WHERE "id" = '${random.uuid()}'`,
            around(random, 3),
            inLoop,
          ),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'a long query whose list is cut',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), (index) =>
          query(
            'shop',
            'new',
            'postgresql',
            `SELECT ${times(80, (column) => `"orders"."a_long_column_name_${column}"`).join(', ')} FROM orders WHERE id = ${index}`,
            around(random, 3),
            inLoop,
          ),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'DynamoDB, item by item',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 20), () => ({
          ...aws('DynamoDB', 'GetItem', around(random, 4), { 'aws.dynamodb.table_names': ['carts'] }),
          ...inLoop,
        })),
        nPlusOne,
      ),
  },
  {
    name: 'Elasticsearch',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 20), (index) => ({
          ...query(
            'shop',
            'new',
            'elasticsearch',
            `{"query":{"term":{"sku":"A-${index}"}},"size":${index + 1}}`,
            around(random, 6),
            inLoop,
          ),
          name: 'search parts',
        })),
        nPlusOne,
      ),
  },
  {
    name: 'MongoDB with ids in the statement',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 20), () => {
          const call = mongo('shop', 'old', 'findOne', 'parts', around(random, 3), inLoop);
          return {
            ...call,
            attributes: { ...call.attributes, 'db.statement': `{"find":"parts","filter":{"_id":"${random.hex(24)}"}}` },
          };
        }),
        nPlusOne,
      ),
  },
  {
    name: 'Memcached',
    make: (random) =>
      handler(
        random,
        times(random.int(8, 20), (index) => ({
          ...query('shop', 'old', 'memcached', `get part-${index}`, around(random, 1), inLoop),
          name: 'memcached get',
        })),
        nPlusOne,
      ),
  },
  {
    name: 'Connect RPC',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 20), () => ({
          ...grpc('shop', 'new', 'parts.v1.PartService', 'GetPart', [around(random, 4)], inLoop),
        })),
        nPlusOne,
      ),
  },
  {
    name: 'HTTP, slugs and files with numbers',
    make: (random) => {
      const path = random.pick([
        (index: number) => `parts/part-${index}`,
        (index: number) => `files/${index}.json`,
        (index: number) => `Parts(${index})`,
        (index: number) => `users/ann${index}@example.com`,
      ]);
      return handler(
        random,
        times(random.int(6, 20), (index) =>
          http('shop', 'new', 'GET', `https://api.test/v2/${path(index)}`, [around(random, 5)], inLoop),
        ),
        nPlusOne,
      );
    },
  },
  {
    name: 'a proxy that records no calls: servers below another service',
    make: (random) => ({
      roots: [
        request('edge', 'GET /page', [
          1,
          ...times(random.int(6, 15), (index) =>
            request('parts', 'GET /parts/:id', [around(random, 5)], {
              ...inLoop,
              attributes: { 'http.route': '/parts/:id', 'url.path': `/parts/${index}` },
            }),
          ),
        ]),
      ],
      expected: nPlusOne,
    }),
  },
  {
    name: 'the same address again and again, at once',
    make: (random) =>
      handler(
        random,
        times(random.int(8, 20), () =>
          http('shop', 'old', 'GET', 'http://settings/flags', [around(random, 4)], inLoop),
        ),
        nPlusOne,
      ),
  },
  {
    name: 'a loop in a loop',
    make: (random) => {
      const orders = times(random.int(6, 10), () =>
        step(
          'shop',
          'loadOrder',
          times(3, () =>
            query('shop', 'new', 'mysql', 'SELECT * FROM order_lines WHERE order_id = ?', around(random, 3), inLoop),
          ),
        ),
      );
      return handler(random, orders, nPlusOne);
    },
  },
  {
    name: 'writes in transactions of their own',
    make: (random) => {
      const sql = (text: string, ms: number, extra = {}) => query('shop', 'new', 'mysql', text, ms, extra);
      return handler(
        random,
        times(random.int(6, 12), () => [
          sql('START TRANSACTION', 0.3),
          sql('INSERT INTO lines VALUES (?, ?)', around(random, 4), inLoop),
          sql('COMMIT', 0.9),
        ]).flat(),
        nPlusOne,
      );
    },
  },
  {
    name: 'calls that overlap a little',
    make: (random) => {
      const made = handler(
        random,
        times(random.int(6, 20), (index) =>
          query('shop', 'new', 'postgresql', `SELECT * FROM a WHERE b = ${index}`, around(random, 4), inLoop),
        ),
        nPlusOne,
      );
      return {
        ...made,
        alter: (spans) =>
          spans.map((span) =>
            span.name === 'SELECT'
              ? { ...span, endTimeUnixNano: String(BigInt(span.endTimeUnixNano) + BigInt(random.int(1_000, 40_000))) }
              : span,
          ),
      };
    },
  },
  {
    name: 'a loop of which some steps fail',
    make: (random) =>
      handler(
        random,
        times(14, (index) =>
          http('shop', 'new', 'GET', `http://parts/parts/${index}`, [around(random, 4)], {
            ...inLoop,
            isFailed: index % 4 === 1,
          }),
        ),
        nPlusOne,
      ),
  },
];

export const heldOutTogether: readonly Shape[] = [
  {
    name: 'Promise.all in chunks',
    make: (random) => {
      const chunk = () => ({
        all: times(10, () =>
          query('shop', 'new', 'postgresql', 'SELECT * FROM parts WHERE id = $1', around(random, 4), inLoop),
        ),
      });
      return handler(random, times(random.int(2, 5), chunk), parallelNPlusOne);
    },
  },
  {
    name: 'Promise.all of steps',
    make: (random) => {
      const all = times(random.int(8, 30), (index) =>
        step('shop', `enrich #${index}`, [
          around(random, 1),
          mongo('shop', 'new', 'findOne', 'parts', around(random, 5), inLoop),
        ]),
      );
      return handler(random, [{ all }], parallelNPlusOne);
    },
  },
  {
    name: 'gRPC at once',
    make: (random) => {
      const era = random.pick(eras);
      const all = times(random.int(8, 30), () =>
        grpc(
          'shop',
          era,
          'parts.Parts',
          'Get',
          [0.2, request('parts', 'parts.Parts/Get', [around(random, 5)]), 0.2],
          inLoop,
        ),
      );
      return handler(random, [{ all }], parallelNPlusOne);
    },
  },
  {
    name: "Mercurius's resolvers",
    make: (random) => {
      const all = times(random.int(8, 20), (index) =>
        step('shop', `resolve shop.parts[${index}].maker`, [
          query('shop', 'new', 'postgresql', 'SELECT * FROM makers WHERE id = $1', around(random, 4), inLoop),
        ]),
      );
      return handler(random, [step('shop', 'execute', [{ all }])], parallelNPlusOne);
    },
  },
];
