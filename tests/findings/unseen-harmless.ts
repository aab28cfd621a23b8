/** Of the unseen shapes: those that look like loops, and of which no call could take the place of many. */
import { around, grpc, handling, http, mongo, publish, query, redis, request, step, times } from './calls.ts';
import type { Operation, Step } from './run-program.ts';
import type { Shape } from './shape.ts';
import { handled } from './unseen-loops.ts';
import {
  awsSdk,
  braveHttp,
  braveQuery,
  datadogQuery,
  elastic,
  ioredis,
  jdbcQuery,
  mysql2Query,
  pgQuery,
  pythonQuery,
} from './vendor-calls.ts';

const letters = 'abcdefghijklmnop';

/** A token that says nothing. */
function token(index: number): string {
  return Buffer.from(`next:${index * 100}:${letters}`).toString('base64url');
}

export const unseenHarmless: readonly Shape[] = [
  {
    name: 'DataLoader: many loads, one query',
    make: (random) => {
      const ms = around(random, 8);
      const batch = step('graph', 'dataloader.batch', [
        0.2,
        pgQuery('graph', 'SELECT * FROM users WHERE id = ANY($1)', ms),
        0.1,
      ]);
      const loads = times(random.int(8, 30), (index) =>
        step('graph', 'dataloader.load', index === 0 ? [0.3, batch] : [ms + 0.6]),
      );
      return handled(random, 'graph', [{ all: loads }]);
    },
  },
  {
    name: 'Prisma batches findUnique',
    make: (random) => {
      const ms = around(random, 8);
      const attributes = { method: 'findUnique', model: 'User', name: 'User.findUnique' };
      const operations = times(random.int(8, 30), (index) =>
        step(
          'crm',
          'prisma:client:operation',
          index === 0
            ? [
                step('crm', 'prisma:client:serialize', [0.1]),
                {
                  ...pgQuery('crm', 'SELECT "public"."User"."id" FROM "public"."User" WHERE "id" IN ($1,$2,$3)', ms),
                  name: 'prisma:client:db_query',
                },
              ]
            : [step('crm', 'prisma:client:serialize', [0.1]), ms],
          { attributes },
        ),
      );
      return handled(random, 'crm', [{ all: operations }]);
    },
  },
  {
    name: 'lists that are loaded with their parts',
    make: (random) => {
      const tables = ['posts', 'comments', 'likes', 'tags', 'authors', 'images', 'links'];
      const loads = tables.map((table) =>
        pgQuery('blog', `SELECT * FROM "${table}" WHERE "post_id" IN ($1, $2, $3, $4, $5)`, around(random, 4)),
      );
      return handled(random, 'blog', loads);
    },
  },
  {
    name: "Hibernate's batches of 25",
    make: (random) => {
      const marks = Array(25).fill('?').join(',');
      return handled(
        random,
        'billing',
        times(random.int(6, 12), () =>
          jdbcQuery(
            'billing',
            'SELECT billing.lines',
            `select l from lines l where l.id in (${marks})`,
            around(random, 6),
          ),
        ),
      );
    },
  },
  {
    name: 'chunks that are written by arrays',
    make: (random) =>
      handled(
        random,
        'import',
        times(random.int(6, 12), () =>
          pgQuery(
            'import',
            'INSERT INTO readings (device, value) SELECT * FROM unnest($1::int[], $2::float8[])',
            around(random, 30),
          ),
        ),
      ),
  },
  {
    name: 'chunks that are read by arrays',
    make: (random) =>
      handled(
        random,
        'import',
        times(random.int(6, 12), () =>
          pgQuery('import', 'SELECT id, sku FROM parts WHERE sku = ANY($1)', around(random, 20)),
        ),
      ),
  },
  {
    name: "chunks of mysql2's bulk insert",
    make: (random) =>
      handled(
        random,
        'import',
        times(random.int(6, 12), (chunk) => {
          const rows = times(40, (row) => `(${chunk * 40 + row}, 'part ${row}')`).join(', ');
          return mysql2Query('import', `INSERT INTO parts (id, name) VALUES ${rows}`, around(random, 25));
        }),
      ),
  },
  {
    name: 'lists of ids in the address',
    make: (random) =>
      handled(
        random,
        'front',
        times(random.int(6, 10), (chunk) =>
          http('front', 'new', 'GET', `http://users/users?ids=${times(50, (index) => chunk * 50 + index).join(',')}`, [
            around(random, 20),
          ]),
        ),
      ),
  },
  {
    name: 'batches of DynamoDB',
    make: (random) =>
      handled(
        random,
        'worker',
        times(random.int(6, 10), () =>
          awsSdk('DynamoDB', 'BatchGetItem', 'POST', 'https://dynamodb.eu-west-1.amazonaws.com/', around(random, 20), {
            attributes: {
              'db.system': 'dynamodb',
              'db.operation': 'BatchGetItem',
              'aws.dynamodb.table_names': ['parts'],
            },
          }),
        ),
      ),
  },
  {
    name: 'MGET, fifty keys each',
    make: (random) =>
      handled(
        random,
        'shop',
        times(random.int(6, 10), (chunk) =>
          ioredis('shop', `mget ${times(50, (index) => `product:${chunk * 50 + index}`).join(' ')}`, around(random, 4)),
        ),
      ),
  },
  {
    name: 'pipelines of Redis',
    make: (random) =>
      handled(
        random,
        'shop',
        times(random.int(6, 10), () => ({
          ...redis('shop', 'new', 'GET', around(random, 5)),
          name: 'PIPELINE GET',
          attributes: {
            'db.system.name': 'redis',
            'db.operation.name': 'PIPELINE GET',
            'db.operation.batch.size': 20,
            'server.address': 'cache',
          },
        })),
      ),
  },
  {
    name: 'bulk writes of Mongoose',
    make: (random) =>
      handled(
        random,
        'import',
        times(random.int(6, 10), () => ({
          ...mongo('import', 'old', 'bulkWrite', 'parts', around(random, 30)),
          name: 'mongoose.Part.bulkWrite',
        })),
      ),
  },
  {
    name: 'a scroll of Elasticsearch',
    make: (random) => {
      const first = elastic(
        'export',
        'search',
        'POST',
        '/orders/_search?scroll=1m',
        around(random, 40),
        '{"size":1000}',
      );
      const pages = times(random.int(6, 15), () =>
        elastic('export', 'scroll', 'POST', '/_search/scroll', around(random, 30)),
      );
      return handled(random, 'export', [first, ...pages]);
    },
  },
  {
    name: 'search_after of Elasticsearch',
    make: (random) =>
      handled(
        random,
        'export',
        times(random.int(6, 15), (page) =>
          elastic(
            'export',
            'search',
            'POST',
            '/_search',
            around(random, 30),
            `{"size":1000,"pit":{"id":"46ToAwMDaWR5"},"sort":["day"],"search_after":[${1_700_000_000_000 + page * 977},${page * 1000}]}`,
          ),
        ),
      ),
  },
  {
    name: 'pages by the link header',
    make: (random) =>
      handled(
        random,
        'sync',
        times(random.int(6, 15), (page) =>
          http(
            'sync',
            'new',
            'GET',
            `https://api.hub.example/repositories/1300192/issues?per_page=100${page === 0 ? '' : `&after=${token(page)}`}`,
            [around(random, 50)],
          ),
        ),
      ),
  },
  {
    name: 'pages, starting_after',
    make: (random) =>
      handled(
        random,
        'sync',
        times(random.int(6, 15), (page) =>
          http(
            'sync',
            'old',
            'GET',
            `https://api.pay.example/v1/charges?limit=100${page === 0 ? '' : `&starting_after=ch_${random.hex(24)}`}`,
            [around(random, 50)],
          ),
        ),
      ),
  },
  {
    name: 'pages, $skip and $top',
    make: (random) =>
      handled(
        random,
        'sync',
        times(random.int(6, 15), (page) =>
          http('sync', 'new', 'GET', `https://odata.example/Products?$top=50&$skip=${page * 50}`, [around(random, 50)]),
        ),
      ),
  },
  {
    name: 'pages by a cursor in the body, which is not recorded',
    make: (random) =>
      handled(
        random,
        'sync',
        times(random.int(6, 15), () =>
          http('sync', 'new', 'POST', 'https://api.crm.example/v3/contacts/search', [around(random, 50)]),
        ),
      ),
  },
  {
    name: "pages, MySQL's LIMIT with two numbers",
    make: (random) =>
      handled(
        random,
        'export',
        times(random.int(6, 15), (page) =>
          mysql2Query('export', `SELECT id, name FROM parts ORDER BY id LIMIT ${page * 500}, 500`, around(random, 20)),
        ),
      ),
  },
  {
    name: 'pages by two keys',
    make: (random) =>
      handled(
        random,
        'export',
        times(random.int(6, 15), () =>
          pgQuery(
            'export',
            'SELECT * FROM events WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT 500',
            around(random, 20),
          ),
        ),
      ),
  },
  {
    name: "pages, Oracle's bind variables",
    make: (random) =>
      handled(
        random,
        'export',
        times(random.int(6, 15), () =>
          query(
            'export',
            'new',
            'oracle.db',
            'SELECT * FROM parts ORDER BY id OFFSET :offset ROWS FETCH NEXT :count ROWS ONLY',
            around(random, 20),
          ),
        ),
      ),
  },
  {
    name: 'a list of S3, page by page',
    make: (random) =>
      handled(
        random,
        'worker',
        times(random.int(6, 10), (page) =>
          awsSdk(
            'S3',
            'ListObjectsV2',
            'GET',
            `https://media.s3.eu-west-1.amazonaws.com/?list-type=2&continuation-token=${token(page)}`,
            around(random, 30),
            { attributes: { 'aws.s3.bucket': 'media' } },
          ),
        ),
      ),
  },
  {
    name: 'objects that are put into S3',
    make: (random) =>
      handled(
        random,
        'worker',
        times(random.int(6, 12), () =>
          awsSdk(
            'S3',
            'PutObject',
            'PUT',
            `https://media.s3.eu-west-1.amazonaws.com/photos/${random.uuid()}.jpg?x-id=PutObject`,
            around(random, 40),
            { attributes: { 'aws.s3.bucket': 'media' } },
          ),
        ),
      ),
  },
  {
    name: 'a file that is sent by parts, four at a time',
    make: (random) => {
      const parts = times(random.int(8, 20), (part) =>
        awsSdk(
          'S3',
          'UploadPart',
          'PUT',
          `https://media.s3.eu-west-1.amazonaws.com/film.mp4?partNumber=${part + 1}&uploadId=x9Q`,
          around(random, 90),
          { attributes: { 'aws.s3.bucket': 'media', 'aws.s3.key': 'film.mp4', 'aws.s3.part_number': part + 1 } },
        ),
      );
      return handled(random, 'worker', [{ all: parts, width: 4, queueIsInSpan: false }]);
    },
  },
  {
    name: 'SQS: long polls, and batches that are deleted',
    make: (random) => {
      const sqs = (method: string, ms: number) =>
        awsSdk('SQS', method, 'POST', 'https://sqs.eu-west-1.amazonaws.com/', ms, {
          attributes: { 'messaging.system': 'aws_sqs', 'messaging.destination.name': 'orders' },
        });
      const rounds = times(6, () => [
        sqs('ReceiveMessage', around(random, 80)),
        handling('worker', 'new', 'aws_sqs', 'orders', [around(random, 5)]),
        sqs('DeleteMessage', around(random, 9)),
      ]).flat();
      return { roots: [step('worker', 'drain orders', rounds)], expected: [] };
    },
  },
  {
    name: 'messages of Kafka, each handled with a write',
    make: (random) => {
      const messages = times(random.int(6, 20), () =>
        handling('audit', 'new', 'kafka', 'clicks', [
          0.2,
          pgQuery('audit', 'INSERT INTO clicks (id, at) VALUES ($1, $2)', around(random, 4)),
        ]),
      );
      const poll: Operation = {
        service: 'audit',
        name: 'poll clicks',
        kind: 'client',
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'poll',
          'messaging.operation.type': 'receive',
          'messaging.batch.message_count': messages.length,
        },
        body: messages,
      };
      return { roots: [poll], expected: [] };
    },
  },
  {
    name: 'jobs that are added to BullMQ',
    make: (random) =>
      handled(
        random,
        'shop',
        times(random.int(6, 20), (index) => ({
          service: 'shop',
          name: 'add mail.send',
          kind: 'producer' as const,
          attributes: { 'bullmq.queue.name': 'mail', 'bullmq.job.name': 'send', 'bullmq.job.id': String(index + 90) },
          body: [0.1, ioredis('shop', 'evalsha', around(random, 2)), 0.1],
        })),
      ),
  },
  {
    name: 'notifications by PostgreSQL',
    make: (random) =>
      handled(
        random,
        'shop',
        times(random.int(6, 20), () => pgQuery('shop', 'SELECT pg_notify($1, $2)', around(random, 3))),
      ),
  },
  {
    name: 'a worker that waits for a list of Redis',
    make: (random) => ({
      roots: [
        step(
          'worker',
          'take jobs',
          times(random.int(6, 12), (): Step[] => [
            ioredis('worker', 'blpop jobs 5', around(random, 60)),
            step('worker', 'resize', [around(random, 20)]),
          ]).flat(),
        ),
      ],
      expected: [],
    }),
  },
  {
    name: 'a lock that is waited for',
    make: (random) => {
      const tries = times(random.int(6, 12), (): Step[] => [
        ioredis('shop', 'set lock:order:17 [4 other arguments]', around(random, 1)),
        around(random, 50),
      ]).flat();
      return handled(random, 'shop', [
        step('shop', 'acquire lock', [...tries, ioredis('shop', 'set lock:order:17 [4 other arguments]', 1)]),
      ]);
    },
  },
  {
    name: 'a lock on five servers at once',
    make: (random) =>
      handled(random, 'shop', [
        {
          all: times(5, (index) => {
            const call = ioredis('shop', 'evalsha', around(random, 12));
            const host = `redis-${letters[index]}`;
            return {
              ...call,
              attributes: { ...call.attributes, 'net.peer.name': host, 'db.connection_string': `redis://${host}:6379` },
            };
          }),
        },
      ]),
  },
  {
    name: 'retries with pauses that grow',
    make: (random) => {
      const tries = times(6, (number): Step[] => [
        2 ** number * around(random, 4),
        http('pay', 'new', 'POST', 'https://bank.example/payments', [around(random, 20)], { isFailed: number < 5 }),
      ]).flat();
      return handled(random, 'pay', [step('pay', 'pay', tries)]);
    },
  },
  {
    name: 'retries with another host',
    make: (random) =>
      handled(
        random,
        'pay',
        times(6, (number) =>
          http('pay', 'old', 'GET', `http://rates-${letters[number % 3]}.internal/rates/latest`, [around(random, 20)], {
            isFailed: number < 5,
          }),
        ),
      ),
  },
  {
    name: 'too many requests: asked again after a pause, no error status',
    make: (random) => {
      const tries = times(6, (number): Step[] => {
        const call = http('sync', 'old', 'GET', 'https://api.crm.example/v3/deals/88', [around(random, 20)]);
        const attributes = { ...call.attributes, 'http.status_code': number < 5 ? 429 : 200 };
        return [{ ...call, attributes }, around(random, 90)];
      }).flat();
      return handled(random, 'sync', [step('sync', 'load deal', tries)]);
    },
  },
  {
    name: 'hedged reads',
    make: (random) =>
      handled(random, 'front', [
        {
          all: ['a', 'b', 'c'].map((zone) =>
            http('front', 'new', 'GET', `http://read-${zone}/users/17`, [around(random, 20)]),
          ),
        },
      ]),
  },
  {
    name: 'health checks of twelve services',
    make: (random) =>
      handled(random, 'status', [
        {
          all: times(12, (index) =>
            http('status', 'old', 'GET', `http://${letters[index]}-service:8080/health`, [around(random, 9)]),
          ),
        },
      ]),
  },
  {
    name: 'twelve services, one after the other',
    make: (random) =>
      handled(
        random,
        'front',
        times(12, (index) =>
          http('front', 'new', 'GET', `http://${letters[index]}-api/v1/summary`, [
            0.2,
            request(`${letters[index]}-api`, 'GET /v1/summary', [around(random, 9)]),
            0.2,
          ]),
        ),
      ),
  },
  {
    name: 'addresses of one host',
    make: (random) =>
      handled(
        random,
        'front',
        ['profile', 'basket', 'wishlist', 'offers', 'stores', 'points', 'vouchers'].map((path) =>
          http('front', 'new', 'GET', `http://shop-api:8080/${path}`, [around(random, 9)]),
        ),
      ),
  },
  {
    name: 'Brave, different addresses of one host',
    make: (random) =>
      handled(
        random,
        'front',
        ['profile', 'basket', 'wishlist', 'offers', 'stores', 'points', 'vouchers'].map((path) =>
          braveHttp('front', 'GET', `/api/${path}`, [around(random, 9)]),
        ),
      ),
  },
  {
    name: 'Brave, different statements',
    make: (random) =>
      handled(
        random,
        'front',
        ['users', 'baskets', 'offers', 'stores', 'points', 'vouchers'].map((table) =>
          braveQuery('front', `select * from ${table} where owner = 5`, around(random, 5)),
        ),
      ),
  },
  {
    name: 'Datadog, different statements',
    make: (random) =>
      handled(
        random,
        'app',
        ['users', 'baskets', 'offers', 'stores', 'points', 'vouchers'].map((table) =>
          datadogQuery('app', `SELECT * FROM ${table} WHERE owner = $1`, around(random, 5)),
        ),
      ),
  },
  {
    name: 'long polls',
    make: (random) => ({
      roots: [
        step(
          'bot',
          'follow updates',
          times(random.int(6, 9), (number): Step[] => [
            http('bot', 'new', 'GET', `https://chat.example/updates?timeout=30&since=${number * 3 + 100}`, [
              around(random, 900),
            ]),
            step('bot', 'apply', [around(random, 3)]),
          ]).flat(),
        ),
      ],
      expected: [],
    }),
  },
  {
    name: 'a saga that goes back',
    make: (random) => {
      const call = (method: string, path: string, isFailed = false) =>
        http('saga', 'new', method, `http://${path}`, [around(random, 20)], { isFailed });
      return handled(random, 'saga', [
        call('POST', 'stock/reservations'),
        call('POST', 'pay/charges'),
        call('POST', 'ship/labels', true),
        call('DELETE', 'pay/charges/91'),
        call('DELETE', 'stock/reservations/44'),
        call('POST', 'mail/apologies'),
      ]);
    },
  },
  {
    name: 'tenants with a database of their own',
    make: (random) => {
      const tenants = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne'];
      const runs = tenants.map((tenant) => {
        const call = pgQuery('cron', 'SELECT count(*) FROM invoices WHERE due < $1', around(random, 8));
        return { ...call, attributes: { ...call.attributes, 'db.namespace': tenant } };
      });
      return { roots: [step('cron', 'nightly report', [1, ...runs, 1])], expected: [] };
    },
  },
  {
    name: 'shards, each on a host',
    make: (random) =>
      handled(random, 'crm', [
        {
          all: times(8, (index) => {
            const call = pgQuery('crm', 'SELECT * FROM users WHERE email = $1', around(random, 6));
            return { ...call, attributes: { ...call.attributes, 'server.address': `pg-shard-${index}.internal` } };
          }),
        },
      ]),
  },
  {
    name: 'partitions of one table',
    make: (random) =>
      handled(
        random,
        'report',
        times(random.int(6, 12), (month) =>
          pgQuery(
            'report',
            `SELECT sum(cents) FROM sales_2026_${String(month + 1).padStart(2, '0')}`,
            around(random, 12),
          ),
        ),
      ),
  },
  {
    name: 'counts of different tables',
    make: (random) =>
      handled(
        random,
        'report-py',
        ['users', 'orders', 'parts', 'invoices', 'visits', 'mails', 'coupons'].map((table) =>
          pythonQuery('report-py', `SELECT count(*) FROM ${table}`, around(random, 6)),
        ),
      ),
  },
  {
    name: "an agent's turns with a model",
    make: (random) => {
      const turns = times(random.int(6, 9), (): Step[] => [
        {
          service: 'agent',
          name: 'chat gpt-5',
          kind: 'client',
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.provider.name': 'openai',
            'gen_ai.request.model': 'gpt-5',
          },
          body: [
            0.4,
            http('agent', 'new', 'POST', 'https://api.openai.com/v1/chat/completions', [around(random, 900)]),
          ],
        },
        step('agent', 'execute_tool search', [around(random, 30)]),
      ]).flat();
      return { roots: [step('agent', 'invoke_agent helper', [1, ...turns, 1])], expected: [] };
    },
  },
  {
    name: 'files, sockets and names that are looked up',
    make: (random) => {
      const files = times(12, () => step('web', 'fs readFile', [around(random, 2)]));
      const sockets = times(7, () =>
        step('web', 'tcp.connect', [around(random, 2)], {
          attributes: { 'net.transport': 'ip_tcp', 'net.peer.port': 443 },
        }),
      );
      const names = times(7, () => step('web', 'dns.lookup', [around(random, 2)]));
      return handled(random, 'web', [...files, ...sockets, ...names]);
    },
  },
  {
    name: "Express's middlewares",
    make: (random) =>
      handled(
        random,
        'web',
        ['query', 'expressInit', 'cors', 'helmet', 'jsonParser', 'session', 'passport'].map((name) =>
          step('web', `middleware - ${name}`, [around(random, 1)], {
            attributes: { 'express.name': name, 'express.type': 'middleware' },
          }),
        ),
      ),
  },
  {
    name: 'a stream of gRPC that goes on after its handler',
    make: (random) => {
      const streamMs = around(random, 200);
      const server: Operation = {
        service: 'feed',
        name: 'feed.v1.Feed/Follow',
        kind: 'server',
        attributes: { 'rpc.system': 'grpc', 'rpc.service': 'feed.v1.Feed', 'rpc.method': 'Follow' },
        body: [1 + streamMs],
      };
      const call = grpc('front', 'old', 'feed.v1.Feed', 'Follow', [0.4, { answerOf: server, goesOnMs: streamMs }]);
      return handled(random, 'front', [call, around(random, 4)]);
    },
  },
  {
    name: 'an outbox that is read and published',
    make: (random) => {
      const read = pgQuery('outbox', 'SELECT * FROM outbox ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED', 6);
      const sent = times(random.int(8, 20), () => publish('outbox', 'old', 'kafka', 'orders', around(random, 3)));
      const removed = pgQuery('outbox', 'DELETE FROM outbox WHERE id = ANY($1)', around(random, 4));
      return {
        roots: [step('outbox', 'relay', [pgQuery('outbox', 'BEGIN', 0.3), read, ...sent, removed])],
        expected: [],
      };
    },
  },
  {
    name: 'mail in the background, and a failed call that is caught',
    make: (random) => {
      const made = handled(random, 'shop', [
        http('shop', 'new', 'GET', 'http://coupons/best', [around(random, 9)], { isFailed: true }),
        { start: step('shop', 'send mail', [around(random, 120)], { label: 'late' }), afterMs: 0.1 },
        around(random, 5),
      ]);
      return { ...made, expected: [{ kind: 'outlives-parent', label: 'late' }] };
    },
  },
];
