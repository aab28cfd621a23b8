/** Of the unseen shapes: those that look like loops, and of which no call could take the place of many. */
import { around, grpc, handling, http, publish, request, step, times } from './calls.ts';
import type { Operation, Step } from './run-program.ts';
import type { Shape } from './shape.ts';
import { handled } from './unseen-loops.ts';
import { awsSdk, braveHttp, braveQuery, datadogQuery, ioredis, pgQuery, pythonQuery } from './vendor-calls.ts';

const letters = 'abcdefghijklmnop';

export const unseenHarmless: readonly Shape[] = [
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
