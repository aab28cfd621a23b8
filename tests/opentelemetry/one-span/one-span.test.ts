// A call that both sides could trace has exactly one span, in whatever order the bridge, the instrumentations, the libraries and `tracing()`
// come. Without care it would have two, or none: a library that the other side has wrapped is left to it, and the other side is left out.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { describeWith } from '../../services/describe-with.ts';
import { startPostgres } from '../../services/postgres.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';
import type { Result, Step, Task } from './program.ts';

const waymark = [
  'server GET /orders/:id (waymark)',
  '  client SELECT (waymark)',
  '  client GET (waymark)',
  '  client GET (waymark)',
  '  client GET (waymark)',
  '  client GET (waymark)',
];

const orders: readonly (readonly Step[])[] = [
  ['bridge', 'instrument', 'require', 'trace'],
  ['bridge', 'trace', 'instrument', 'require'],
  ['bridge', 'trace', 'require', 'instrument'],
  ['instrument', 'bridge', 'require', 'trace'],
  ['trace', 'bridge', 'instrument', 'require'],
  ['require', 'trace', 'bridge', 'instrument'],
  ['instrument', 'trace', 'bridge', 'require'],
  ['trace', 'require', 'instrument', 'bridge'],
];

const [first = [], , third = [], , , , , last = []] = orders;

describeWith('postgres', 'redis')('one span for each call', () => {
  let postgres: Service;
  let redis: Service;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  });
  afterAll(() => Promise.all([postgres.stop(), redis.stop()]));

  async function run(task: Omit<Task, 'postgres' | 'redis'>): Promise<Result> {
    const args = [JSON.stringify({ ...task, postgres: postgres.url, redis: redis.url })];
    const child = fork(join(__dirname, 'program.ts'), args, {
      execArgv: ['--require=esbuild-register', '--conditions=@waymark/source'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      return await new Promise<Result>((resolve, reject) => {
        child.once('message', (message) => resolve(message as Result));
        child.once('exit', (code) => reject(new Error(`the program ended with ${code}`)));
      });
    } finally {
      child.kill('SIGKILL');
    }
  }

  test.each(orders.map((order) => [order.join(', '), order] as const))('%s', async (_, order) => {
    const { tree, headers, log, active } = await run({ order, prefer: undefined });
    expect(tree).toEqual(waymark);
    const ours = 'client (waymark)';
    expect(headers).toEqual([`/fetch: ${ours}`, `/get: ${ours}`, `/request: ${ours}`]);
    expect(active).toBe('true GET');
    const said = log.filter((line) => line.includes('so its spans are left out'));
    expect(new Set(said).size).toBe(said.length);
    expect(said.map((line) => line.split(' ')[2]?.split('-').at(-1)).sort()).toEqual([
      'express',
      'http',
      'ioredis',
      'pg',
      'undici',
    ]);
    expect(log.filter((line) => line.includes('traces this process too'))).toEqual([]);
  });

  // Contrib's Express instrumentation makes the span that was active before a middleware active again for what follows.
  test.each(['continue', 'ignore'] as const)(
    'below the span of the request, of a caller with headers: %s',
    async (trust) => {
      const caller = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      for (const order of [first, last]) {
        const headers = `traceparent: ${caller}\r\nbaggage: tenant=acme\r\n`;
        const { tree, active, baggage } = await run({ order, prefer: undefined, headers, trust });
        expect(tree).toEqual(waymark);
        expect(active).toBe('true GET');
        expect(baggage).toBe(trust === 'ignore' ? '[]' : '[["tenant",{"value":"acme"}]]');
      }
    },
  );

  // The next service runs in the same process.
  const withoutDetails = (tree: readonly string[]) =>
    tree.filter((line) => !/pg-pool.connect|server GET \(http\)/.test(line));
  const theirHeaders = ['/fetch: client (undici)', '/get: client (http)', '/request: client (http)'];
  const opentelemetry = [
    'server GET /orders/:id (http)',
    '  internal middleware - <name> (express)',
    '  internal request handler (express)',
    '    client pg.query:SELECT postgres (pg)',
    '    client get (ioredis)',
    '    client GET (undici)',
    '    client GET (http)',
    '    client GET (http)',
  ];
  test.each([first, third, last].map((order) => [order.join(', '), order] as const))(
    "prefer: 'opentelemetry', %s",
    async (_, order) => {
      const { tree, headers } = await run({ order, prefer: 'opentelemetry' });
      expect(withoutDetails(tree).map((line) => line.replace(/middleware - \w+/, 'middleware - <name>'))).toEqual(
        opentelemetry,
      );
      expect(headers).toEqual(theirHeaders);
    },
  );

  test('the spans of one instrumentation, in the place of ours', async () => {
    const prefer = { '@opentelemetry/instrumentation-pg': 'opentelemetry' } as const;
    for (const order of [first, last]) {
      const { tree } = await run({ order, prefer });
      expect(withoutDetails(tree)).toEqual([waymark[0], '  client pg.query:SELECT postgres (pg)', ...waymark.slice(2)]);
    }
  });

  test('both, if both are wanted, in one trace', async () => {
    const { tree } = await run({ order: first, prefer: 'both' });
    const roots = tree.filter((line) => !line.startsWith(' '));
    expect(roots).toEqual(['server GET /orders/:id (http)']);
    const lines = withoutDetails(tree).map((line) => line.trim());
    for (const line of [...opentelemetry, ...waymark]) {
      if (line.includes('<name>')) continue;
      expect(lines.filter((one) => one === line.trim())).toHaveLength(
        [...opentelemetry, ...waymark].filter((one) => one.trim() === line.trim()).length,
      );
    }
  });

  test('theirs, where Waymark traces neither libraries nor calls', async () => {
    const { tree, headers } = await run({ order: first, prefer: undefined, libraries: false, outbound: false });
    expect(withoutDetails(tree)).toEqual([
      waymark[0],
      '  client pg.query:SELECT postgres (pg)',
      '  client get (ioredis)',
      '  client GET (undici)',
      '  client GET (http)',
      '  client GET (http)',
    ]);
    expect(headers).toEqual(theirHeaders);
  });
});
