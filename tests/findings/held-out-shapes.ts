/** Shapes that were written when the rules were finished, to see that they are not fitted to those in shapes.ts. */
import { around, eras, grpc, handling, http, mongo, publish, query, redis, request, step, times } from './calls.ts';
import type { Random } from './random.ts';
import type { Operation } from './run-program.ts';
import type { Expected, MadeTrace, Shape } from './shape.ts';

const nPlusOne: readonly Expected[] = [{ kind: 'n+1', loop: 'loop' }];
const parallel: readonly Expected[] = [{ kind: 'parallel-n+1', loop: 'loop' }];
const inLoop = { loop: 'loop' };

function handler(random: Random, body: Operation['body'], expected: readonly Expected[] = []): MadeTrace {
  const login = step('shop', 'authenticate', [redis('shop', random.pick(eras), 'GET session:8f', around(random, 1))]);
  return { roots: [request('shop', 'POST /checkout', [0.4, login, ...body, 0.7])], expected };
}

function aws(service: string, method: string, ms: number, attributes: Operation['attributes'] = {}): Operation {
  return {
    service: 'shop',
    name: `${service}.${method}`,
    kind: 'client',
    attributes: {
      'rpc.system': 'aws-api',
      'rpc.service': service,
      'rpc.method': method,
      'aws.region': 'eu-central-1',
      ...attributes,
    },
    body: [0.2, http('shop', 'old', 'POST', `https://${service.toLowerCase()}.eu-central-1.amazonaws.com/`, [ms]), 0.2],
  };
}

const inLoops: readonly Shape[] = [
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

const allAtOnce: readonly Shape[] = [
  {
    name: 'Promise.all in chunks',
    make: (random) => {
      const chunk = () => ({
        all: times(10, () =>
          query('shop', 'new', 'postgresql', 'SELECT * FROM parts WHERE id = $1', around(random, 4), inLoop),
        ),
      });
      return handler(random, times(random.int(2, 5), chunk), parallel);
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
      return handler(random, [{ all }], parallel);
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
      return handler(random, [{ all }], parallel);
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
      return handler(random, [step('shop', 'execute', [{ all }])], parallel);
    },
  },
];

const nothingToFind: readonly Shape[] = [
  {
    name: 'retries of gRPC',
    make: (random) =>
      handler(
        random,
        times(8, (index) => [
          grpc('shop', 'new', 'pay.Pay', 'Charge', [around(random, 5)], { isFailed: index < 7 }),
          2,
        ]).flat(),
      ),
  },
  {
    name: 'deadlocks that are tried again',
    make: (random) => {
      const sql = (text: string, ms: number, isFailed = false) => query('shop', 'old', 'mysql', text, ms, { isFailed });
      const attempt = (isFailed: boolean) =>
        step('shop', 'transaction', [
          sql('BEGIN', 0.3),
          sql("UPDATE stock SET left = 3 WHERE sku = 'A-1'", around(random, 5), isFailed),
          sql(isFailed ? 'ROLLBACK' : 'COMMIT', 0.4),
        ]);
      return handler(
        random,
        times(7, (index) => attempt(index < 6)),
      );
    },
  },
  {
    name: 'pages in the path',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), (index) =>
          http('shop', 'old', 'GET', `https://cms/posts/page/${index + 1}`, [around(random, 8)]),
        ),
      ),
  },
  {
    name: 'pages, JSON:API',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), (index) =>
          http('shop', 'new', 'GET', `https://api/parts?filter%5Ba%5D=1&page%5Bnumber%5D=${index}&page%5Bsize%5D=50`, [
            around(random, 8),
          ]),
        ),
      ),
  },
  {
    name: 'pages, SQL Server',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), (index) =>
          query(
            'shop',
            'new',
            'mssql',
            `SELECT * FROM parts ORDER BY id OFFSET ${index * 50} ROWS FETCH NEXT 50 ROWS ONLY`,
            around(random, 8),
          ),
        ),
      ),
  },
  {
    name: 'pages by the last date, descending',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), (index) =>
          query(
            'shop',
            'old',
            'mysql',
            `SELECT * FROM events WHERE at < '2026-11-${30 - index}' ORDER BY at DESC LIMIT 100`,
            around(random, 8),
          ),
        ),
      ),
  },
  {
    name: 'SCAN of Redis',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 20), (index) =>
          redis('shop', random.pick(eras), `SCAN ${index * 17} MATCH part:* COUNT 100`, around(random, 3)),
        ),
      ),
  },
  {
    name: "AWS's lists",
    make: (random) =>
      handler(
        random,
        times(random.int(6, 10), () => aws('S3', 'ListObjectsV2', around(random, 9))),
      ),
  },
  {
    name: 'messages to SQS by the SDK',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), () =>
          aws('SQS', 'SendMessage', around(random, 6), {
            'messaging.system': 'aws_sqs',
            'messaging.destination.name': 'mails',
          }),
        ),
      ),
  },
  {
    name: 'PUBLISH and XADD of Redis',
    make: (random) => {
      const era = random.pick(eras);
      const command = random.pick(['PUBLISH parts ?', 'XADD parts * ? ?']);
      return handler(
        random,
        times(random.int(6, 20), () => redis('shop', era, command, around(random, 2))),
      );
    },
  },
  {
    name: 'a batch of messages that are handled one by one',
    make: (random) => {
      const handled = times(random.int(6, 15), () =>
        handling('mails', 'new', 'kafka', 'parts', [
          query('mails', 'new', 'postgresql', 'SELECT * FROM users WHERE id = $1', around(random, 5)),
        ]),
      );
      return { roots: [handling('mails', 'new', 'kafka', 'parts', [0.4, ...handled])], expected: [] };
    },
  },
  {
    name: 'acknowledgements',
    make: (random) => {
      const ack = () =>
        step('shop', 'ack parts', [around(random, 2)], {
          kind: 'client',
          attributes: {
            'messaging.system': 'rabbitmq',
            'messaging.operation.name': 'ack',
            'messaging.operation.type': 'settle',
          },
        });
      return handler(random, times(random.int(6, 15), ack));
    },
  },
  {
    name: 'a scatter over shards with hosts of their own',
    make: (random) =>
      handler(random, [
        {
          all: times(12, (index) =>
            query(
              'shop',
              'new',
              'postgresql',
              `SELECT count(*) FROM events_${'abcdefghijkl'[index]}`,
              around(random, 12),
            ),
          ),
        },
      ]),
  },
  {
    name: 'inserts of many rows',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 10), (index) =>
          query(
            'shop',
            'old',
            'mysql',
            `INSERT INTO t (a, b) VALUES ${times(60, (row) => `(${index * 60 + row}, 'x')`).join(', ')}`,
            around(random, 12),
          ),
        ),
      ),
  },
  {
    name: 'bulk requests of Elasticsearch',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 10), () =>
          step('shop', 'bulk parts', [around(random, 12)], {
            kind: 'client',
            attributes: {
              'db.system.name': 'elasticsearch',
              'db.operation.name': 'bulk',
              'db.collection.name': 'parts',
            },
          }),
        ),
      ),
  },
  {
    name: 'looks whether connections live',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), () => query('shop', 'old', 'postgresql', 'SELECT 1', around(random, 2))),
      ),
  },
  {
    name: 'connects, by name alone',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 12), () =>
          step('shop', random.pick(['tcp.connect', 'tls.connect']), [around(random, 3)], { kind: 'client' }),
        ),
      ),
  },
  {
    name: "the driver's statements without text",
    make: (random) =>
      handler(
        random,
        times(random.int(6, 10), () =>
          step('shop', 'pg.query:COMMIT shop', [around(random, 3)], {
            kind: 'client',
            attributes: { 'db.system': 'postgresql' },
          }),
        ),
      ),
  },
  {
    name: 'short calls in a trace with a long wait',
    make: (random) => ({
      roots: [
        request('shop', 'GET /report', [
          ...times(30, () => redis('shop', 'old', 'GET a:1', 0.05)),
          step('shop', 'build', [around(random, 4000)]),
        ]),
      ],
      expected: [],
    }),
  },
  {
    name: 'a status that is asked for until it is done, in SQL',
    make: (random) =>
      handler(
        random,
        times(random.int(6, 9), () => [
          query('shop', 'new', 'postgresql', "SELECT state FROM jobs WHERE id = 'j-17'", around(random, 2)),
          around(random, 40),
        ]).flat(),
      ),
  },
  {
    name: 'different methods of one address',
    make: (random) =>
      handler(
        random,
        ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD'].map((method) =>
          http('shop', 'new', method, 'http://parts/parts/1', [around(random, 6)]),
        ),
      ),
  },
];

const odd: readonly Shape[] = [
  {
    name: 'a consumer two services later',
    make: (random) => {
      const last = handling('mails', 'new', 'kafka', 'sent', [around(random, 20)]);
      const second = handling('billing', 'new', 'kafka', 'paid', [
        1,
        { ...publish('billing', 'new', 'kafka', 'sent', 1), body: [1, { start: last, afterMs: around(random, 40) }] },
        1,
      ]);
      const first = publish('shop', 'new', 'kafka', 'paid', 1);
      return handler(
        random,
        [
          ...times(8, () =>
            query('shop', 'new', 'postgresql', 'SELECT * FROM parts WHERE id = $1', around(random, 3), inLoop),
          ),
          { ...first, body: [1, { start: second, afterMs: around(random, 30) }] },
        ],
        nPlusOne,
      );
    },
  },
  {
    name: 'a loop in a consumer',
    make: (random) => {
      const calls = times(10, () =>
        query('mails', 'old', 'postgresql', 'SELECT * FROM users WHERE id = $1', around(random, 3), inLoop),
      );
      const sent = publish('shop', 'old', 'rabbitmq', 'mails', 1);
      return handler(
        random,
        [{ ...sent, body: [1, { start: handling('mails', 'old', 'rabbitmq', 'mails', calls), afterMs: 20 }] }],
        nPlusOne,
      );
    },
  },
  {
    name: 'two clocks that are off',
    make: (random) => {
      const call = (service: string, path: string, below: Operation['body'] = []) =>
        http('shop', 'new', 'GET', `http://${service}/${path}`, [
          0.5,
          request(service, `GET /${path}`, [around(random, 9), ...below]),
          0.5,
        ]);
      const users = around(random, 700);
      return {
        ...handler(
          random,
          [call('users', 'a'), call('parts', 'b'), call('users', 'c')],
          [
            { kind: 'clock-skew', service: 'users', offsetMs: users },
            { kind: 'clock-skew', service: 'parts', offsetMs: -users / 2 },
          ],
        ),
        clocks: { users, parts: -users / 2 },
      };
    },
  },
  {
    name: 'server-sent events',
    make: (random) => {
      const streamMs = around(random, 300);
      const client = http('shop', 'new', 'GET', 'http://feed/events', [
        0.5,
        { answerOf: request('feed', 'GET /events', [2 + streamMs]), goesOnMs: streamMs },
      ]);
      return handler(random, [client, around(random, 5)]);
    },
  },
  {
    name: 'two jobs in the background',
    make: (random) => ({
      roots: [
        request('shop', 'POST /orders', [
          1,
          { start: step('shop', 'index', [around(random, 60)], { label: 'one' }), afterMs: 0.2 },
          {
            start: step('shop', 'mail', [http('shop', 'new', 'POST', 'http://mails/mails', [around(random, 80)])], {
              label: 'two',
            }),
            afterMs: 0.2,
          },
          3,
        ]),
      ],
      expected: [
        { kind: 'outlives-parent', label: 'one' },
        { kind: 'outlives-parent', label: 'two' },
      ],
    }),
  },
  {
    name: 'a loop beside something that takes longer',
    make: (random) => {
      const calls = times(7, () => redis('shop', 'new', 'GET part:?', around(random, 3), inLoop));
      const beside = http('shop', 'new', 'GET', 'http://slow/slow', [around(random, 60)]);
      return handler(random, [{ all: [step('shop', 'parts', calls), beside] }], nPlusOne);
    },
  },
  {
    name: 'a loop beside something that takes nearly as long',
    make: (random) => {
      const calls = times(10, () => query('shop', 'new', 'mysql', 'SELECT * FROM parts WHERE id = ?', 5, inLoop));
      const beside = http('shop', 'new', 'GET', 'http://slow/slow', [around(random, 40)]);
      return handler(random, [{ all: [step('shop', 'parts', calls), beside] }, step('shop', 'end', [2])], nPlusOne);
    },
  },
  {
    name: 'an error that is caught, and one that is not',
    make: (random) => {
      const failed = () =>
        http('shop', 'new', 'GET', `http://parts/${random.hex(3)}`, [around(random, 5)], { isFailed: true });
      return {
        roots: [
          request(
            'shop',
            'GET /',
            [1, step('shop', 'try', [failed()]), step('shop', 'fail', [failed()], { isFailed: true })],
            { isFailed: true },
          ),
        ],
        expected: [],
      };
    },
  },
];

export const heldOutShapes: readonly Shape[] = [...inLoops, ...allAtOnce, ...nothingToFind, ...odd];
