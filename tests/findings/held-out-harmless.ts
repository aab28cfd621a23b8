/** Of the held-out shapes: those that look like loops, and are none. */
import { around, eras, grpc, handling, http, query, redis, request, step, times } from './calls.ts';
import { aws, handler } from './held-out-calls.ts';
import type { Shape } from './shape.ts';

export const heldOutHarmless: readonly Shape[] = [
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
