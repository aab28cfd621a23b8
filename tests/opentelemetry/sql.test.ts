// The instrumentations of SQL databases through the bridge. Where they are wrong by themselves, they are so with OpenTelemetry's SDK, too.
import { describeWith } from '../services/describe-with.ts';
import { startMariadb } from '../services/mariadb.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Service } from '../services/service.ts';
import { runBoth } from './run-both.ts';

describeWith('postgres')('PostgreSQL', () => {
  let postgres: Service;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test.each(['sdk-3', 'sdk-2', 'sdk-1'] as const)(
    'pg, a pool of one connection and requests at once, %s',
    async (generation) => {
      const { lines, waymark, sdk } = await runBoth('pg', { generation, servers: { postgres } });
      expect(lines).toEqual([
        'client pg-pool.connect (pg)',
        '  client pg.connect (pg)',
        ...['f', 'g', 'h'].flatMap((name) => [
          `server callbacks ${name}`,
          '  client pg-pool.connect (pg)',
          '  client pg.query:SELECT postgres (pg)',
          `  in callback ${name}`,
        ]),
        'server failure',
        '  after failure',
        '  client pg-pool.connect (pg)',
        '  client pg.query:SELECT postgres (pg) ! relation "absent" does not exist',
        ...['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
          `server promises ${name}`,
          `  after ${name}`,
          '  client pg-pool.connect (pg)',
          '  client pg.query:SELECT postgres (pg)',
        ]),
        'server refused',
        '  after refusal',
        '  client pg-pool.connect (pg) ! connect ECONNREFUSED 127.0.0.1:1',
        '    client pg.connect (pg) ! connect ECONNREFUSED 127.0.0.1:1',
        'server transaction',
        '  client pg-pool.connect (pg)',
        '  client pg.query:BEGIN postgres (pg)',
        '  client pg.query:COMMIT postgres (pg)',
        '  client pg.query:SELECT postgres (pg)',
      ]);
      expect(waymark).toEqual(sdk);
    },
  );

  test.each(['sdk-3', 'sdk-2'] as const)('pg with options, registered before the tracer, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('pg-options', { generation, servers: { postgres } });
    expect(lines).toEqual([
      'server comment',
      '  client renamed by the hook (pg)',
      'server values',
      '  client renamed by the hook (pg)',
      'the trace in the comment: true (observations)',
    ]);
    expect(waymark).toEqual(sdk);
  });

  test.each(['sdk-3', 'sdk-2'] as const)('knex over pg, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('knex', { generation, servers: { postgres } });
    expect(lines).toEqual([
      'client pg.connect (pg)',
      'client pg.query:SELECT postgres (pg)',
      'client postgres (knex)',
      '  client pg.query:CREATE postgres (pg)',
      'client postgres (knex)',
      '  client pg.query:DROP postgres (pg)',
      'server failure',
      '  after failure',
      '  client select postgres.absent_entries (knex) ! relation "absent_entries" does not exist',
      '    client pg.query:SELECT postgres (pg) ! relation "absent_entries" does not exist',
      'server request a',
      '  after insert a',
      '  after select a',
      '  client insert postgres.knex_entries (knex)',
      '    client pg.query:INSERT postgres (pg)',
      '  client select postgres.knex_entries (knex)',
      '    client pg.query:SELECT postgres (pg)',
      'server request b',
      '  after insert b',
      '  after select b',
      '  client insert postgres.knex_entries (knex)',
      '    client pg.query:INSERT postgres (pg)',
      '  client select postgres.knex_entries (knex)',
      '    client pg.query:SELECT postgres (pg)',
      'server request c',
      '  after insert c',
      '  after select c',
      '  client insert postgres.knex_entries (knex)',
      '    client pg.query:INSERT postgres (pg)',
      '  client select postgres.knex_entries (knex)',
      '    client pg.query:SELECT postgres (pg)',
      'server transaction',
      '  client insert postgres.knex_entries (knex)',
      '    client pg.query:INSERT postgres (pg)',
      '  client pg.query:BEGIN postgres (pg)',
      '  client pg.query:COMMIT postgres (pg)',
      '  in transaction',
    ]);
    expect(waymark).toEqual(sdk);
  });

  test.each(['sdk-3', 'sdk-2', 'sdk-1'] as const)(
    'twenty requests of Express at once, a pool of two connections, %s',
    async (generation) => {
      const { lines, waymark, sdk } = await runBoth('express', { generation, servers: { postgres } });
      expect(lines).toEqual([
        'client pg-pool.connect (pg) × 2',
        '  client pg.connect (pg)',
        ...Array.from({ length: 20 }, (_, index) => index)
          .sort((a, b) => (`${a}` < `${b}` ? -1 : 1))
          .flatMap((index) => [
            `server GET /items/${index}`,
            `  load ${index} (shop)`,
            '    client pg-pool.connect (pg)',
            '    client pg.query:SELECT postgres (pg)',
            `    render ${index} (shop)`,
          ]),
      ]);
      expect(waymark).toEqual(sdk);
    },
  );
});

describeWith('mariadb')('MariaDB', () => {
  let mariadb: Service;
  beforeAll(async () => {
    mariadb = await startMariadb();
  });
  afterAll(() => mariadb.stop());

  // A callback runs in the context of the connection, as nothing binds it: `in callback` is a root.
  test.each(['sdk-3', 'sdk-2'] as const)('mysql2, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('mysql2', { generation, servers: { mariadb } });
    expect(lines).toEqual([
      'in callback',
      'server at once 0',
      '  after 0',
      '  client SELECT (mysql2) × 2',
      'server at once 1',
      '  after 1',
      '  client SELECT (mysql2) × 2',
      'server at once 2',
      '  after 2',
      '  client SELECT (mysql2) × 2',
      'server callbacks',
      '  client SELECT (mysql2)',
      'server failure',
      '  after failure',
      "  client SELECT (mysql2) ! Table 'shop.absent' doesn't exist",
      'server promises a',
      '  after a',
      '  client SELECT (mysql2) × 2',
      'server promises b',
      '  after b',
      '  client SELECT (mysql2) × 2',
      'server rows as events',
      '  client SELECT (mysql2)',
    ]);
    expect(waymark).toEqual(sdk);
  });

  // A query that waits for a connection gets the context of what freed it, as nothing binds it.
  test.each(['sdk-3', 'sdk-2'] as const)('mysql2, more requests than connections, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('mysql2-full-pool', { generation, servers: { mariadb } });
    expect(lines).toEqual([
      'client SELECT (mysql2) × 3',
      'server request a',
      '  after a',
      '  client SELECT (mysql2)',
      'server request b',
      '  after b',
      'server request c',
      '  after c',
    ]);
    expect(waymark).toEqual(sdk);
  });
});
