import { activeSpan, type Span } from '@waymark/core';
import type { Pool, PoolConnection } from 'mysql2';
import { describeWith } from '../../services/describe-with.ts';
import { loadMysql2, type Setup, setUp, versions } from './traced-mysql2.ts';

describeWith('mariadb')('a pool of mysql2', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const mysql2 = loadMysql2(version);
    const pools: Pool[] = [];
    function createPool(options: object = {}): Pool {
      const pool = mysql2.createPool({ ...setup.account, ...options });
      pools.push(pool);
      return pool;
    }
    beforeEach(() => setup.exporter.reset());
    afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.promise().end())));

    const names = Array.from({ length: 40 }, (_, index) => `request ${index}`);

    /** Runs `work` in 40 requests at once, and checks that each one's spans are below it. */
    async function expectRightParents(work: (span: Span) => Promise<void>, children: readonly string[]) {
      await Promise.all(names.map((name) => setup.tracer.withSpan(name, (span) => work(span))));
      const drawn = await setup.draw(names.length * (1 + children.length));
      expect(drawn).toHaveLength(names.length * (1 + children.length));
      for (const name of names) {
        const tree = [name, ...children.map((child) => `  ${child}`)].join('\n');
        expect(`\n${drawn.join('\n')}\n`).toContain(`\n${tree}\n`);
      }
    }

    /** Calls a function with a callback, which must run in the context of `span`, and makes a span of its own there. */
    function called<Result>(span: Span, call: (callback: (error: unknown, result: Result) => void) => void) {
      return new Promise<Result>((resolve, reject) => {
        call((error, result) => {
          if (activeSpan() !== span) reject(new Error('The callback runs in another context.'));
          else if (error) reject(error);
          else setup.tracer.withSpan('own', () => resolve(result));
        });
      });
    }

    describe.each([1, 5])('with %i connections', (connectionLimit) => {
      test('gives each statement its caller: promises', async () => {
        const pool = createPool({ connectionLimit }).promise();
        await expectRightParents(
          async (span) => {
            await pool.query('SELECT * FROM users WHERE id < ?', [3]);
            expect(activeSpan()).toBe(span);
            await pool.execute('SELECT * FROM users WHERE id = ?', [3]);
            expect(activeSpan()).toBe(span);
          },
          ['SELECT users (2)', 'SELECT users (1)'],
        );
      });

      test('gives each statement and its callback its caller: query() and execute()', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          async (span) => {
            await called(span, (callback) => pool.query('SELECT * FROM users WHERE id < ?', [3], callback));
            await called(span, (callback) => pool.query('SELECT * FROM users', callback));
            await called(span, (callback) => pool.execute('SELECT * FROM users WHERE id = ?', [3], callback));
          },
          ['SELECT users (2)', 'own', 'SELECT users (3)', 'own', 'SELECT users (1)', 'own'],
        );
      });

      test('gives each transaction its caller: getConnection() with a callback', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          async (span) => {
            const connection = await called<PoolConnection>(span, (callback) => pool.getConnection(callback));
            await called(span, (callback) => connection.beginTransaction(callback as never));
            await called(span, (callback) => connection.query('SELECT * FROM users', callback));
            await called(span, (callback) => connection.commit(callback as never));
            connection.release();
          },
          ['own', 'START TRANSACTION', 'own', 'SELECT users (3)', 'own', 'COMMIT', 'own'],
        );
      });

      test('gives each transaction its caller: getConnection() with a promise', async () => {
        const pool = createPool({ connectionLimit }).promise();
        await expectRightParents(
          async (span) => {
            const connection = await pool.getConnection();
            await connection.beginTransaction();
            await connection.execute('SELECT * FROM users');
            await connection.rollback();
            connection.release();
            expect(activeSpan()).toBe(span);
          },
          ['START TRANSACTION', 'SELECT users (3)', 'ROLLBACK'],
        );
      });

      test('gives each statement without a callback, and its events, its caller', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          (span) =>
            new Promise((resolve, reject) => {
              const seen = new Set<string>();
              const query = pool.query('SELECT * FROM users');
              for (const event of ['fields', 'result', 'end'] as const) {
                query.on(event, () => {
                  if (activeSpan() !== span) reject(new Error(`${event} runs in another context.`));
                  seen.add(event);
                  if (event !== 'end') return;
                  expect([...seen]).toEqual(['fields', 'result', 'end']);
                  setup.tracer.withSpan('own', () => resolve());
                });
              }
            }),
          ['SELECT users (3)', 'own'],
        );
      });

      // The streams of 3.0 report a premature close to for-await, without tracing, too.
      const testUnlessOldest = version === 'mysql2-30' ? test.skip : test;
      testUnlessOldest('gives each stream its caller: for await', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          async (span) => {
            const rows: unknown[] = [];
            for await (const row of pool.query('SELECT * FROM users').stream({ highWaterMark: 1 })) {
              expect(activeSpan()).toBe(span);
              rows.push(row);
            }
            expect(rows).toHaveLength(3);
          },
          ['SELECT users (3)'],
        );
      });

      test('gives each stream its caller: events', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          (span) =>
            new Promise((resolve, reject) => {
              pool
                .query('SELECT * FROM users')
                .stream()
                .on('data', () => {
                  if (activeSpan() !== span) reject(new Error('data runs in another context.'));
                })
                .on('end', () => {
                  if (activeSpan() !== span) reject(new Error('end runs in another context.'));
                  resolve();
                });
            }),
          ['SELECT users (3)'],
        );
      });
    });

    test('keeps callbacks without a span outside', async () => {
      const pool = createPool({ connectionLimit: 1 });
      const outside = new Promise((resolve) => {
        // It gets the connection that a request has opened.
        setImmediate(() => pool.query('SELECT 1', () => resolve(activeSpan())));
      });
      await setup.tracer.withSpan('request', () => pool.promise().query('SELECT * FROM users'));
      expect(await outside).toBeUndefined();
      expect(await setup.draw(2)).toEqual(['request', '  SELECT users (3)']);
    });

    test('of a cluster', async () => {
      const cluster = mysql2.createPoolCluster();
      cluster.add('first', { ...setup.account, connectionLimit: 1 });
      cluster.add('second', { ...setup.account, connectionLimit: 1 });
      await expectRightParents(
        async (span) => {
          const connection = await called<PoolConnection>(span, (callback) => cluster.getConnection(callback as never));
          await called(span, (callback) => connection.query('SELECT * FROM users', callback));
          connection.release();
          await called(span, (callback) => (cluster.of('*') as unknown as Pool).query('SELECT 1', callback));
        },
        ['own', 'SELECT users (3)', 'own', 'SELECT (1)', 'own'],
      );
      await new Promise((resolve) => cluster.end(resolve));
    });
  });
});
