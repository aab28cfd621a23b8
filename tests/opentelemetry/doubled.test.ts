// Instrumentations beside Waymark's own tracing of the same libraries: each call has one span, and the option `prefer` says whose.
import { describeWith } from '../services/describe-with.ts';
import { startMariadb } from '../services/mariadb.ts';
import { startMongo } from '../services/mongo.ts';
import { startPostgres } from '../services/postgres.ts';
import { startRedis } from '../services/redis.ts';
import type { Service } from '../services/service.ts';
import { drawTrees, type PrintedSpan, treesOf } from './printed-span.ts';
import { runScenario } from './start-scenarios.ts';

const scenarios = ['pg', 'knex', 'mysql2', 'ioredis', 'redis', 'mongodb', 'mongoose'];

describeWith(
  'postgres',
  'mariadb',
  'redis',
  'mongo',
)('a library that both trace', () => {
  let servers: Readonly<Record<'postgres' | 'mariadb' | 'redis' | 'mongo', Service>>;
  beforeAll(async () => {
    const [postgres, mariadb] = [await startPostgres(), await startMariadb()];
    servers = { postgres, mariadb, redis: await startRedis(), mongo: await startMongo() };
  });
  afterAll(() => Promise.all(Object.values(servers).map((service) => service.stop())));

  test.each(scenarios)("%s has the instrumentation's spans alone with prefer: 'opentelemetry'", async (scenario) => {
    const sdk = await runScenario(scenario, 'sdk', { servers });
    const waymark = await runScenario(scenario, 'waymark', { servers, prefer: 'opentelemetry' });
    expect(treesOf(waymark)).toEqual(treesOf(sdk));
  });

  // What connects before Waymark has found the library is left to the instrumentation: a moment after it is loaded.
  test.each<[string, readonly string[]]>([
    ['mysql2', []],
    ['ioredis', []],
    ['redis', ['redis-connect']],
    ['mongodb', []],
    ['mongoose', []],
  ])("%s has Waymark's spans alone by default", async (scenario, kept) => {
    const spans = await runScenario(scenario, 'waymark', { servers, prefer: 'waymark' });
    const clients = spans.filter(({ kind }) => kind === 'client');
    expect(clients.filter(isOfInstrumentation).map(({ name }) => name)).toEqual(kept);
    expect(clients.length - kept.length).toBeGreaterThan(9);
  });

  test('pg has one span for each query by default', async () => {
    const lines = drawTrees(await runScenario('pg', 'waymark', { servers, prefer: 'waymark' }));
    expect(lines.slice(lines.findIndex((line) => line.startsWith('server')))).toEqual([
      ...['f', 'g', 'h'].flatMap((name) => [`server callbacks ${name}`, '  client SELECT', `  in callback ${name}`]),
      ...['server failure', '  after failure', '  client SELECT absent'],
      ...['a', 'b', 'c', 'd', 'e'].flatMap((name) => [`server promises ${name}`, `  after ${name}`, '  client SELECT']),
      ...['server refused', '  after refusal', '  client SELECT'],
      ...['server transaction', '  client BEGIN', '  client COMMIT', '  client SELECT'],
    ]);
  });

  test("knex, which Waymark does not trace, has Waymark's spans of pg below its own", async () => {
    const lines = drawTrees(await runScenario('knex', 'waymark', { servers, prefer: 'waymark' }));
    const start = lines.indexOf('server request a');
    expect(lines.slice(start, start + 7)).toEqual([
      'server request a',
      '  after insert a',
      '  after select a',
      '  client insert postgres.knex_entries (knex)',
      '    client insert "knex_entries"',
      '  client select postgres.knex_entries (knex)',
      '    client select "knex_entries"',
    ]);
  });

  test("pg has the spans of both with prefer: 'both'", async () => {
    const counts = [];
    for (const prefer of ['waymark', 'opentelemetry', 'both'] as const) {
      const spans = await runScenario('pg', 'waymark', { servers, prefer });
      const theirs = spans.filter(isOfInstrumentation).length;
      counts.push({ prefer, theirs, ours: spans.length - theirs });
    }
    const [waymark, openTelemetry, both] = counts;
    expect(both).toEqual({ prefer: 'both', theirs: openTelemetry?.theirs, ours: waymark?.ours });
    expect(waymark?.ours).toBeGreaterThan(openTelemetry?.ours as number);
  });
});

function isOfInstrumentation({ scope }: PrintedSpan): boolean {
  return scope.name.startsWith('@opentelemetry/');
}
