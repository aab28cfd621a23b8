// The line of a query of a pool: the pool sends it later, from another stack.
import { promisify } from 'node:util';
import { createTracer, type Tracer } from '@waymark/core';
import { tracePg } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import pg from 'pg';
import { describeWith } from '../../services/describe-with.ts';
import { startPostgres } from '../../services/postgres.ts';
import type { Service } from '../../services/service.ts';

tracePg(pg);

const exporter = inMemoryExporter();
beforeEach(() => exporter.reset());

describeWith('postgres')('codeAttributes', () => {
  let postgres: Service;
  let pool: pg.Pool;
  beforeAll(async () => {
    postgres = await startPostgres();
    pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  });
  afterAll(async () => {
    await pool.end();
    await postgres.stop();
  });

  /** Three queries of one pool at once, of which two wait: the function that made each. */
  async function functionsOf(tracer: Tracer): Promise<readonly unknown[]> {
    const loadUser = () => pool.query('SELECT 1 AS one');
    const queryOrders = promisify(function loadOrders(done: () => void) {
      pool.query({ text: 'SELECT 1 AS orders' }, done);
    });
    const loadPrices = () => pool.query('SELECT 1 AS prices');
    await tracer.withSpan('request', async () => Promise.all([loadUser(), queryOrders(), loadPrices()]));
    return exporter.spans
      .filter(({ name }) => name !== 'request')
      .map(({ attributes }) => [attributes['code.file.path'], attributes['code.function.name']]);
  }

  test.each(['always', true] as const)('%s: the line of the application, also of queries that wait', async (mode) => {
    const tracer = createTracer({ exporter, codeAttributes: mode, flushOnExit: false });
    const expected = ['loadUser', 'loadOrders', 'loadPrices'].map((name) => [__filename, name]);
    expect(await functionsOf(tracer)).toEqual(expected);
    // From another line: with `true` the first one is repeated.
    exporter.reset();
    await tracer.withSpan('request', async function other() {
      await pool.query('SELECT 1 AS one');
    });
    const again = exporter.spans[0]?.attributes['code.function.name'];
    expect(again).toBe(mode === 'always' ? 'other' : 'loadUser');
  });

  test('false: none', async () => {
    const tracer = createTracer({ exporter, flushOnExit: false });
    expect(await functionsOf(tracer)).toEqual(Array.from({ length: 3 }, () => [undefined, undefined]));
  });
});
