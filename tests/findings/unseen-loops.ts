/** Of the unseen shapes: those in which one call could take the place of many. */
import { around, grpc, handling, http, mongo, query, redis, request, step, times } from './calls.ts';
import type { Random } from './random.ts';
import type { Operation, Step } from './run-program.ts';
import type { Expected, MadeTrace, Shape } from './shape.ts';
import {
  awsSdk,
  braveHttp,
  braveQuery,
  datadogHttp,
  datadogQuery,
  elastic,
  ioredis,
  jdbcQuery,
  mysql2Query,
  pgPoolConnect,
  pgQuery,
  pythonQuery,
} from './vendor-calls.ts';

const inLoop = { loop: 'loop' };

function loops(...names: string[]): Expected[] {
  return names.map((loop) => ({ kind: 'n+1', loop }));
}

const parallel: readonly Expected[] = [{ kind: 'parallel-n+1', loop: 'loop' }];

/** What most handlers do before and after. */
export function handled(
  random: Random,
  service: string,
  body: readonly Step[],
  expected: readonly Expected[] = [],
): MadeTrace {
  const session = ioredis(service, 'get session:9c1f', around(random, 0.8));
  const user = pgQuery(service, 'SELECT * FROM accounts WHERE id = $1', around(random, 3));
  return { roots: [request(service, 'GET /dashboard', [0.3, session, user, ...body, 0.6])], expected };
}

/** A loop of one call after the other. */
function oneByOne(
  name: string,
  service: string,
  call: (index: number, ms: number, random: Random) => Operation | readonly Operation[],
  expected: readonly Expected[] = loops('loop'),
): Shape {
  return {
    name,
    make: (random) =>
      handled(
        random,
        service,
        times(random.int(6, 22), (index) => call(index, around(random, 4), random)).flat(),
        expected,
      ),
  };
}

export const unseenLoops: readonly Shape[] = [
  oneByOne('Sequelize, ids in the text, a pool span before each', 'crm', (index, ms) => [
    pgPoolConnect('crm', 0.05),
    pgQuery('crm', `SELECT "id", "name" FROM "users" AS "User" WHERE "User"."id" = ${index * 7 + 3};`, ms, inLoop),
  ]),
  oneByOne('TypeORM, its span around that of the driver', 'crm', (_, ms) =>
    step(
      'crm',
      'TypeORM SELECT',
      [
        0.2,
        pgQuery(
          'crm',
          'SELECT "Order"."id" AS "Order_id" FROM "order" "Order" WHERE (("Order"."customerId" = $1)) LIMIT 1',
          ms,
        ),
        0.1,
      ],
      {
        kind: 'client',
        attributes: { 'db.system': 'postgres', 'db.name': 'crm', 'db.operation': 'SELECT' },
        ...inLoop,
      },
    ),
  ),
  oneByOne("Mongoose, whose span is beside the driver's", 'crm', (_, ms): Operation[] => {
    const mongoose: Operation = {
      service: 'crm',
      name: 'mongoose.User.findOne',
      kind: 'client',
      attributes: { 'db.system': 'mongoose', 'db.operation': 'findOne', 'db.mongodb.collection': 'users' },
      body: [0.3, ms - 0.3],
    };
    return [step('crm', 'find', [{ all: [mongoose, mongo('crm', 'old', 'find', 'users', ms - 0.4)] }], inLoop)];
  }),
  oneByOne('Drizzle', 'blog', (_, ms) =>
    pgQuery('blog', 'select "id", "title" from "posts" where "posts"."author_id" = $1', ms, inLoop),
  ),
  oneByOne("knex's upserts", 'stock', (_, ms) =>
    mysql2Query(
      'stock',
      'insert into `prices` (`sku`, `cents`) values (?, ?) on duplicate key update `cents` = values(`cents`)',
      ms,
      inLoop,
    ),
  ),
  oneByOne('upserts with values in the text', 'stock', (index, ms, random) =>
    pgQuery(
      'stock',
      `INSERT INTO prices (sku, cents, seen) VALUES ('SKU-${random.hex(6)}', ${index * 100}.5, TIMESTAMP '2026-11-${10 + index}') ON CONFLICT (sku) DO UPDATE SET cents = EXCLUDED.cents`,
      ms,
      inLoop,
    ),
  ),
  oneByOne("Prisma's engine, spans without a kind", 'crm', (_, ms) =>
    step(
      'crm',
      'prisma:client:operation',
      [
        step('crm', 'prisma:client:serialize', [0.1]),
        step('crm', 'prisma:engine:query', [
          step('crm', 'prisma:engine:connection', [0.1], { attributes: { 'db.type': 'postgres' } }),
          step('crm', 'prisma:engine:db_query', [ms], {
            attributes: { 'db.statement': 'SELECT "public"."Post"."id" FROM "public"."Post" WHERE "authorId" = $1' },
          }),
          step('crm', 'prisma:engine:serialize', [0.1]),
        ]),
      ],
      { attributes: { method: 'findMany', model: 'Post', name: 'Post.findMany' }, ...inLoop },
    ),
  ),
  {
    name: 'Hibernate, lazy lists below a repository',
    make: (random) => {
      const lazy = times(random.int(6, 25), () =>
        jdbcQuery(
          'billing',
          'SELECT billing.lines',
          'select l1_0.invoice_id,l1_0.id,l1_0.cents from lines l1_0 where l1_0.invoice_id=?',
          around(random, 3),
          inLoop,
        ),
      );
      const all = step('billing', 'InvoiceRepository.findAll', [
        0.5,
        jdbcQuery('billing', 'SELECT billing.invoices', 'select i1_0.id,i1_0.day from invoices i1_0', 6),
        0.4,
      ]);
      return {
        roots: [request('billing', 'GET /invoices', [1, step('billing', 'InvoiceController.list', [all, ...lazy]), 1])],
        expected: loops('loop'),
      };
    },
  },
  oneByOne("JDBC with the data source's connections", 'billing', (_, ms) => [
    step('billing', 'HikariDataSource.getConnection', [0.2], { attributes: { 'code.function': 'getConnection' } }),
    jdbcQuery('billing', 'SELECT billing.sequence', "select nextval('invoice_seq')", ms, inLoop),
  ]),
  oneByOne("Django's foreign keys", 'shop-py', (_, ms) =>
    pythonQuery(
      'shop-py',
      'SELECT "shop_author"."id", "shop_author"."name" FROM "shop_author" WHERE "shop_author"."id" = %s LIMIT 21',
      ms,
      inLoop,
    ),
  ),
  oneByOne("SQLAlchemy's named parameters", 'shop-py', (_, ms) =>
    pythonQuery(
      'shop-py',
      'SELECT line.id AS line_id FROM line WHERE %(param_1)s = line.order_id ORDER BY line.id',
      ms,
      inLoop,
    ),
  ),
  oneByOne('ActiveRecord', 'shop-rb', (_, ms) =>
    query('shop-rb', 'old', 'postgresql', 'SELECT "users".* FROM "users" WHERE "users"."id" = $1 LIMIT $2', ms, inLoop),
  ),
  oneByOne('Datadog, the statement as resource', 'app', (_, ms) =>
    datadogQuery('app', 'SELECT * FROM users WHERE id = $1', ms, inLoop),
  ),
  oneByOne('Datadog, addresses', 'app', (index, ms) =>
    datadogHttp('app', 'GET', `http://users:3000/users/${index + 4}/avatar`, ms, inLoop),
  ),
  oneByOne('Brave, paths', 'front', (index, ms) => braveHttp('front', 'GET', `/items/${index + 1000}`, [ms], inLoop)),
  oneByOne('Brave, statements with values', 'front', (index, ms) =>
    braveQuery('front', `select * from stock where item_id = ${index + 12} and site = 'B${index}'`, ms, inLoop),
  ),
  oneByOne('gRPC, both sides, a query below each', 'cart', (_, ms) =>
    grpc(
      'cart',
      'new',
      'shop.inventory.v1.Stock',
      'GetItem',
      [
        0.3,
        {
          service: 'inventory',
          name: 'shop.inventory.v1.Stock/GetItem',
          kind: 'server',
          attributes: { 'rpc.system': 'grpc', 'rpc.method': 'GetItem', 'rpc.service': 'shop.inventory.v1.Stock' },
          body: [0.2, jdbcQuery('inventory', 'SELECT billing.items', 'select i from items i where i.id=?', ms), 0.2],
        },
        0.3,
      ],
      inLoop,
    ),
  ),
  oneByOne('objects of S3 that are deleted one by one', 'worker', (index, ms, random) =>
    awsSdk(
      'S3',
      'DeleteObject',
      'DELETE',
      `https://media.s3.eu-west-1.amazonaws.com/thumb/${random.uuid()}-${index}.webp?x-id=DeleteObject`,
      ms,
      { attributes: { 'aws.s3.bucket': 'media' }, ...inLoop },
    ),
  ),
  oneByOne('documents of Elasticsearch, one by one', 'search', (index, ms) =>
    elastic('search', 'get', 'GET', `/products/_doc/${index + 900}`, ms, undefined, inLoop),
  ),
  oneByOne('documents of Elasticsearch that are indexed one by one', 'search', (_, ms, random) =>
    elastic('search', 'index', 'PUT', `/products/_doc/${random.uuid()}`, ms, undefined, inLoop),
  ),
  oneByOne('hashes of Redis', 'crm', (_, ms, random) =>
    redis('crm', 'new', `HGETALL user:${random.uuid()}:profile`, ms / 3, inLoop),
  ),
  oneByOne(
    'a cache aside: asked, loaded, filled',
    'shop',
    (index, ms) => [
      ioredis('shop', `get product:${index}`, ms / 4, { loop: 'ask' }),
      pgQuery('shop', 'SELECT * FROM products WHERE id = $1', ms, { loop: 'load' }),
      ioredis('shop', `set product:${index} [3 other arguments]`, ms / 4, { loop: 'fill' }),
    ],
    loops('ask', 'load', 'fill'),
  ),
  oneByOne(
    'a transaction for each item',
    'shop',
    (_, ms) => [
      pgQuery('shop', 'BEGIN', 0.3),
      pgQuery('shop', 'SELECT qty FROM stock WHERE sku = $1 FOR UPDATE', ms, { loop: 'read' }),
      pgQuery('shop', 'UPDATE stock SET qty = qty - $2 WHERE sku = $1', ms, { loop: 'write' }),
      pgQuery('shop', 'COMMIT', 1),
    ],
    loops('read', 'write'),
  ),
  {
    name: 'a cron job over tenants of one database',
    make: (random) => {
      const names = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne', 'wonka', 'tyrell'];
      const bills = names.map((tenant) =>
        step(
          'cron',
          'bill tenant',
          [
            0.4,
            pgQuery('cron', 'SELECT * FROM usage WHERE tenant = $1 AND day = $2', around(random, 8), inLoop),
            around(random, 2),
          ],
          { attributes: { 'tenant.name': tenant } },
        ),
      );
      return { roots: [step('cron', 'nightly billing', [1, ...bills, 1])], expected: loops('loop') };
    },
  },
  {
    name: 'a limited rate: a pause after each call',
    make: (random) => ({
      roots: [
        step(
          'sync',
          'sync contacts',
          times(random.int(14, 22), (index): Step[] => [
            http('sync', 'new', 'GET', `https://api.crm.example/v3/contacts/${index + 5000}`, [around(random, 60)], {
              ...inLoop,
            }),
            around(random, 100),
          ]).flat(),
        ),
      ],
      expected: loops('loop'),
    }),
  },
  {
    name: 'a circuit breaker that opens in a loop',
    make: (random) => {
      const failed = times(7, (index) =>
        http('cart', 'old', 'GET', `http://prices:8080/prices/${index + 40}`, [around(random, 5)], {
          isFailed: true,
          ...inLoop,
        }),
      );
      const fallbacks = times(10, () => step('cart', 'price from cache', [0.05]));
      return handled(random, 'cart', [...failed, ...fallbacks], loops('loop'));
    },
  },
  {
    name: 'fields of GraphQL, of which some ask another service',
    make: (random) => {
      const resolve = (name: string, index: number, body: readonly Step[]) =>
        step('graph', 'graphql.resolve', body, {
          attributes: {
            'graphql.field.name': name,
            'graphql.field.path': `orders.${index}.${name}`,
            'graphql.field.type': 'Customer!',
          },
        });
      const count = random.int(8, 20);
      const customers = times(count, (index) =>
        resolve('customer', index, [
          0.1,
          http('graph', 'new', 'GET', `http://customers/customers/${index + 70}`, [around(random, 9)], inLoop),
        ]),
      );
      const totals = times(count, (index) => resolve('total', index, [0.02]));
      const execute = step('graph', 'graphql.execute', [0.4, ...totals, { all: customers }, 0.4]);
      return { roots: [request('graph', 'POST /graphql', [1, execute, 1])], expected: parallel };
    },
  },
  {
    name: "Next.js's fetches at once",
    make: (random) => {
      const fetches = times(random.int(6, 18), (index) => {
        const url = `https://api.shop.example/products/${index + 30}`;
        return step('web', `fetch GET ${url}`, [0.1, http('web', 'new', 'GET', url, [around(random, 20)])], {
          ...inLoop,
          kind: 'client',
          attributes: { 'http.url': url, 'http.method': 'GET', 'next.span_type': 'AppRender.fetch' },
        });
      });
      const render = step('web', 'render route (app) /products', [2, { all: fetches }, 4]);
      return { roots: [request('web', 'GET /products', [0.5, render])], expected: parallel };
    },
  },
  {
    name: 'forty addresses, five at a time',
    make: (random) =>
      handled(
        random,
        'crawler',
        [
          {
            all: times(40, (index) =>
              http(
                'crawler',
                'new',
                'GET',
                `http://files/v1/files/${random.hex(24)}?rev=${index}`,
                [around(random, 6)],
                inLoop,
              ),
            ),
            width: 5,
            queueIsInSpan: false,
          },
        ],
        parallel,
      ),
  },
  {
    name: 'two loops at once, each in a step',
    make: (random) => {
      const users = times(9, () =>
        pgQuery('crm', 'SELECT * FROM users WHERE id = $1', around(random, 3), { loop: 'a' }),
      );
      const teams = times(12, () =>
        pgQuery('crm', 'SELECT * FROM teams WHERE id = $1', around(random, 3), { loop: 'b' }),
      );
      return handled(
        random,
        'crm',
        [{ all: [step('crm', 'loadUsers', users), step('crm', 'loadTeams', teams)] }],
        loops('a', 'b'),
      );
    },
  },
  {
    name: 'addresses with a template, words in place of ids',
    make: (random) => {
      const flags = ['new-ui', 'dark-mode', 'fast-checkout', 'gift-cards', 'express-pay', 'beta-search'];
      return handled(
        random,
        'web',
        flags.map((flag) => {
          const call = http('web', 'new', 'GET', `http://flags/flags/${flag}`, [around(random, 5)], inLoop);
          return {
            ...call,
            name: 'GET /flags/{key}',
            attributes: { ...call.attributes, 'url.template': '/flags/{key}' },
          };
        }),
        loops('loop'),
      );
    },
  },
  oneByOne('embeddings, text by text', 'rag', (_, ms) => ({
    service: 'rag',
    name: 'embeddings text-embedding-3-small',
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
    },
    body: [0.2, http('rag', 'new', 'POST', 'https://api.openai.com/v1/embeddings', [ms * 10]), 0.1],
    ...inLoop,
  })),
  oneByOne('mails, one request for each', 'mailer', (_, ms) =>
    http('mailer', 'old', 'POST', 'https://api.mail.example/v3/mail/send', [ms * 5], inLoop),
  ),
  {
    name: 'a consumer that looks up each line, after the root',
    make: (random) => {
      const lines = times(random.int(6, 14), () =>
        mysql2Query(
          'invoices',
          `SELECT * FROM tax WHERE zip = '${random.int(10_000, 99_999)}'`,
          around(random, 4),
          inLoop,
        ),
      );
      const consumer = handling('invoices', 'old', 'rabbitmq', 'orders', [1, ...lines, 2]);
      return {
        roots: [
          request('shop', 'POST /orders', [
            2,
            {
              service: 'shop',
              name: 'orders publish',
              kind: 'producer',
              attributes: { 'messaging.system': 'rabbitmq', 'messaging.destination': 'orders' },
              body: [1, { start: consumer, afterMs: 30 }],
            },
            3,
          ]),
        ],
        expected: loops('loop'),
      };
    },
  },
  {
    name: 'a loop of calls to a service whose clock is ahead',
    make: (random) => {
      const stock = Math.round(around(random, 400));
      const calls = times(9, (index) =>
        http(
          'cart',
          'old',
          'GET',
          `http://stock/stock/${index + 7}`,
          [0.5, request('stock', 'GET /stock/:id', [around(random, 6)]), 0.5],
          inLoop,
        ),
      );
      return {
        ...handled(random, 'cart', calls, [
          ...loops('loop'),
          { kind: 'clock-skew', service: 'stock', offsetMs: stock },
        ]),
        clocks: { stock },
      };
    },
  },
];
