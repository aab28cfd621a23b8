/** Of the unseen shapes: batches and pages, which ask for many at once already. */
import { around, http, mongo, query, redis, step, times } from './calls.ts';
import type { Shape } from './shape.ts';
import { handled } from './unseen-loops.ts';
import { awsSdk, elastic, ioredis, jdbcQuery, mysql2Query, pgQuery } from './vendor-calls.ts';

const letters = 'abcdefghijklmnop';

/** A token that says nothing. */
function token(index: number): string {
  return Buffer.from(`next:${index * 100}:${letters}`).toString('base64url');
}

export const unseenBatches: readonly Shape[] = [
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
];
