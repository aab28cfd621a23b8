// Several queries under way on one connection, a mode of pg 8.23.
import { activeSpan } from '@waymark/core';
import { describeWith } from '../../services/describe-with.ts';
import { loadPg, type Setup, setUp } from './traced-pg.ts';

const Cursor = require('pg-cursor') as new (text: string) => { submit(): void; read(rows: number): Promise<unknown[]> };

describeWith('postgres')('the pipeline mode of pg', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  test('gives each of 20 requests its queries, on one connection', async () => {
    const { Client } = loadPg('pg');
    const client = new Client({ connectionString: setup.service.url, pipeline: true } as never);
    await client.connect();
    const names = Array.from({ length: 20 }, (_, index) => `request ${index}`);
    await Promise.all(
      names.map((name) =>
        setup.tracer.withSpan(name, async (span) => {
          await Promise.all([
            client.query('SELECT * FROM users'),
            client.query('SELECT * FROM missing').catch(() => {}),
            new Promise<void>((resolve, reject) => {
              client.query('SELECT $1::int', [1], () =>
                activeSpan() === span ? resolve() : reject(new Error('context')),
              );
            }),
          ]);
        }),
      ),
    );
    await client.end();
    const trees = (await setup.draw(20 * 4)).join('\n').split(/\n(?=\S)/);
    expect(trees.sort()).toEqual(
      names.map((name) => [name, '  SELECT users (3)', '  SELECT missing ! 42P01', '  SELECT (1)'].join('\n')).sort(),
    );
  });

  test('fails for a cursor, which pg refuses', async () => {
    const { Client } = loadPg('pg');
    const client = new Client({ connectionString: setup.service.url, pipeline: true } as never);
    await client.connect();
    await setup.tracer.withSpan('request', async () => {
      const cursor = client.query(new Cursor('SELECT * FROM users'));
      await expect(cursor.read(1)).rejects.toThrow('pipeline mode');
    });
    await client.end();
    expect(await setup.draw(2)).toEqual(['request', '  SELECT users ! Error']);
  });
});
