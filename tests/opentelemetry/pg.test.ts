import { describeWith } from '../services/describe-with.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Service } from '../services/service.ts';
import { drawTrees } from './printed-span.ts';
import { runScenario } from './start-scenarios.ts';

describeWith('postgres')('@opentelemetry/instrumentation-pg', () => {
  let postgres: Service;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test.each(['sdk-3', 'sdk-2', 'sdk-1'] as const)('%s', async (generation) => {
    const options = { generation, servers: { postgres } };
    const sdk = await runScenario('pg', 'sdk', options);
    expect(drawTrees(sdk)).toEqual([
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
      'server transaction',
      '  client pg-pool.connect (pg)',
      '  client pg.query:BEGIN postgres (pg)',
      '  client pg.query:COMMIT postgres (pg)',
      '  client pg.query:SELECT postgres (pg)',
    ]);
  });
});
