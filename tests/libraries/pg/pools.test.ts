import { activeSpan, createTracer, type Span } from '@waymark/core';
import type { Pool, PoolClient } from 'pg';
import { describeWith } from '../../services/describe-with.ts';
import { loadPg, type Setup, setUp, versions } from './traced-pg.ts';

describeWith('postgres')('a pool of pg', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const { Pool: PgPool, Client: PgClient } = loadPg(version);
    const pools: Pool[] = [];
    /** Errors of connections that tests break on purpose would otherwise end the process. */
    function createPool(options: object = {}): Pool {
      const pool = new PgPool({ connectionString: setup.service.url, ...options });
      pool.on('error', () => {});
      pools.push(pool);
      return pool;
    }
    beforeEach(() => setup.exporter.reset());
    afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));

    const names = Array.from({ length: 40 }, (_, index) => `request ${index}`);
    const text = (name: string) => `SELECT '${name}' AS name`;

    /** Runs `work` in 40 requests at once, and checks that each one's spans are below it, and that callbacks have its context. */
    async function expectRightParents(work: (name: string, span: Span) => Promise<void>, children: string[]) {
      await Promise.all(names.map((name) => setup.tracer.withSpan(name, (span) => work(name, span))));
      const drawn = await setup.draw(names.length * (1 + children.length));
      const expected = names.map((name) => [name, ...children.map((child) => `  ${child}`)].join('\n'));
      expect(drawn.join('\n').split('\n').length).toBe(names.length * (1 + children.length));
      for (const tree of expected) expect(`\n${drawn.join('\n')}\n`).toContain(`\n${tree}\n`);
    }

    /** On a busy machine it takes longer to connect than the pool allows. */
    async function connectInTime(pool: Pool): Promise<PoolClient> {
      for (;;) {
        try {
          return await pool.connect();
        } catch {
          // Once more. The time limit of the test ends the attempts.
        }
      }
    }

    function expectContext(span: Span): void {
      if (activeSpan() !== span) throw new Error('runs in another context');
    }

    describe.each([1, 5])('with %i clients', (max) => {
      test('gives each query its caller: promises', async () => {
        const pool = createPool({ max });
        await expectRightParents(
          async (name, span) => {
            await pool.query(text(name));
            expectContext(span);
            await setup.tracer.withSpan('own', () => {});
          },
          ['SELECT (1)', 'own'],
        );
      });

      test('gives each query and its callback its caller: callbacks', async () => {
        const pool = createPool({ max });
        await expectRightParents(
          (name, span) =>
            new Promise<void>((resolve, reject) => {
              pool.query(text(name), (error) => {
                try {
                  expectContext(span);
                  if (error) throw error;
                  setup.tracer.withSpan('own', () => {});
                  resolve();
                } catch (problem) {
                  reject(problem);
                }
              });
            }),
          ['SELECT (1)', 'own'],
        );
      });

      test('gives each transaction its caller: pool.connect() with a promise', async () => {
        const pool = createPool({ max });
        await expectRightParents(
          async (name, span) => {
            const client = await pool.connect();
            try {
              await client.query('BEGIN');
              await client.query(text(name));
              await client.query('COMMIT');
            } finally {
              client.release();
            }
            expectContext(span);
          },
          ['BEGIN', 'SELECT (1)', 'COMMIT'],
        );
      });

      test('gives each query its caller: pool.connect() with a callback', async () => {
        const pool = createPool({ max });
        await expectRightParents(
          (name, span) =>
            new Promise<void>((resolve, reject) => {
              pool.connect((error, client, release) => {
                try {
                  expectContext(span);
                  if (error) throw error;
                } catch (problem) {
                  return reject(problem);
                }
                (client as PoolClient).query(text(name), (problem) => {
                  release();
                  try {
                    expectContext(span);
                    if (problem) throw problem;
                    resolve();
                  } catch (other) {
                    reject(other);
                  }
                });
              });
            }),
          ['SELECT (1)'],
        );
      });

      test('gives each failure its caller, and its code', async () => {
        const pool = createPool({ max });
        await expectRightParents(async () => {
          await pool.query('SELECT * FROM missing').catch(() => {});
        }, ['SELECT missing ! 42P01']);
      });
    });

    test('calls back without a context where there was none, next to a request', async () => {
      const pool = createPool({ max: 1 });
      const [outside] = await Promise.all([
        new Promise((resolve) => pool.query('SELECT 1', () => resolve(activeSpan()))),
        setup.tracer.withSpan('request', () => pool.query('SELECT 2')),
        new Promise((resolve) => pool.query('SELECT 3', () => resolve(activeSpan()))),
      ]);
      expect(outside).toBeUndefined();
      expect(await setup.draw(2)).toEqual(['request', '  SELECT (1)']);
    });

    test('starts the timer of an idle client outside the request, which it would keep in memory', async () => {
      const seen: unknown[] = [];
      let reportRemoval = () => {};
      const removal = new Promise<void>((resolve) => {
        reportRemoval = resolve;
      });
      const log = (message: string) => {
        if (message !== 'remove idle client') return;
        seen.push(activeSpan());
        reportRemoval();
      };
      const pool = createPool({ max: 1, idleTimeoutMillis: 50, log });
      await pool.query('SELECT 1'); // the connection is not opened by a request
      await setup.tracer.withSpan('request', () => pool.query('SELECT 2'));
      await removal;
      expect(seen).toEqual([undefined]);
    });

    test('calls back in the context of an unsampled caller', async () => {
      const pool = createPool({ max: 1 });
      const unsampled = createTracer({ serviceName: 'shop', exporter: setup.exporter, sampler: 'always_off' });
      const found = await Promise.all(
        [0, 1, 2].map(() =>
          unsampled.withSpan(
            'request',
            (span) => new Promise((resolve) => pool.query('SELECT 1', () => resolve(activeSpan() === span))),
          ),
        ),
      );
      expect(found).toEqual([true, true, true]);
      expect(setup.exporter.spans).toEqual([]);
      await unsampled.shutdown();
    });

    test('works with a class of clients that the application has made', async () => {
      class MyClient extends PgClient {}
      const pool = createPool({ Client: MyClient });
      await setup.tracer.withSpan('request', () => pool.query('SELECT 1'));
      expect(await setup.draw(2)).toEqual(['request', '  SELECT (1)']);
    });

    test('reports a pool that is full to the query that waits for it', async () => {
      const pool = createPool({ max: 1, connectionTimeoutMillis: 50 });
      const client = await connectInTime(pool);
      await setup.tracer.withSpan('request', () => pool.query('SELECT * FROM users').catch(() => {}));
      client.release();
      const [query] = await setup.exporter.waitFor(2);
      expect(query).toMatchObject({
        name: 'SELECT users',
        status: { code: 'error', message: 'timeout exceeded when trying to connect' },
      });
      expect((query?.endMs ?? 0) - (query?.startMs ?? 0)).toBeGreaterThan(40);
    });
  });
});
