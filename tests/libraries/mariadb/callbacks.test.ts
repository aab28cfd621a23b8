import { activeSpan, type Span } from '@waymark/core';
import type { Connection, Pool } from 'mariadb/callback';
import { describeWith } from '../../services/describe-with.ts';
import { loadCallbacks, type Setup, setUp, versions } from './traced-mariadb.ts';

describeWith('mariadb')('the callback API of mariadb', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const mariadb = loadCallbacks(version);
    let connection: Connection;
    beforeEach(async () => {
      connection = mariadb.createConnection(setup.account);
      const { connect } = connection as unknown as { connect(callback: (error: unknown) => void): void };
      await new Promise<void>((resolve, reject) => {
        connect.call(connection, (error) => (error ? reject(error) : resolve()));
      });
      setup.exporter.reset();
    });
    afterEach(() => connection.destroy());

    const names = Array.from({ length: 40 }, (_, index) => `request ${index}`);

    /** Runs `work` in 40 requests at once, and checks that each one's spans are below it. */
    async function expectRightParents(work: (span: Span) => Promise<void>, children: readonly string[]) {
      await Promise.all(names.map((name) => setup.tracer.withSpan(name, (span) => work(span))));
      const drawn = await setup.draw(names.length * (1 + children.length));
      for (const name of names) {
        const tree = [name, ...children.map((child) => `  ${child}`)].join('\n');
        expect(`\n${drawn.join('\n')}\n`).toContain(`\n${tree}\n`);
      }
      expect(drawn).toHaveLength(names.length * (1 + children.length));
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

    test.each([1, 5])('gives each call of a pool with %i connections its caller', async (connectionLimit) => {
      const pool: Pool = mariadb.createPool({ ...setup.account, connectionLimit });
      await expectRightParents(
        async (span) => {
          await called(span, (callback) => pool.query('SELECT * FROM users WHERE id < ?', [3], callback));
          await called(span, (callback) => pool.query('SELECT * FROM users', callback));
          await called(span, (callback) => pool.execute('SELECT * FROM users WHERE id = ?', [3], callback));
          const taken = await called<Connection & { release(done?: () => void): void }>(span, (callback) =>
            pool.getConnection(callback as never),
          );
          await called(span, (callback) => taken.beginTransaction(callback as never));
          await called(span, (callback) => taken.query('SELECT 1', callback));
          await called(span, (callback) => taken.commit(callback as never));
          await new Promise<void>((resolve) => taken.release(() => resolve()));
        },
        [
          'SELECT users (2)',
          'own',
          'SELECT users (3)',
          'own',
          'SELECT users (1)',
          'own',
          'own',
          'START TRANSACTION',
          'own',
          'SELECT (1)',
          'own',
          'COMMIT',
          'own',
        ],
      );
      await new Promise((resolve) => pool.end(resolve as never));
    });

    test('a call of a pool without a callback has its span', async () => {
      const pool: Pool = mariadb.createPool({ ...setup.account, connectionLimit: 1 });
      setup.tracer.withSpan('request', () => {
        pool.query('SELECT * FROM users', undefined as never);
      });
      expect(await setup.draw(2)).toEqual(['request', '  SELECT users (3)']);
      await new Promise((resolve) => pool.end(resolve as never));
    });

    test('a call of a connection without a callback has its span, and events in the context of the caller', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        const contexts = new Set<unknown>();
        const query = connection.query('SELECT * FROM users', undefined as never) as unknown as NodeJS.EventEmitter;
        query.on('data', () => contexts.add(activeSpan()));
        await new Promise<void>((resolve) => {
          query.on('end', () => {
            contexts.add(activeSpan());
            resolve();
          });
        });
        expect([...contexts]).toEqual([span]);
      });
      const [statement] = await setup.draw(2).then((lines) => lines.slice(1));
      expect(statement).toMatch(/^ {2}SELECT users/);
    });

    // 3.2 has no queryStream() in the callback API.
    const testNewest = version === 'mariadb32' ? test.skip : test;
    testNewest('a stream', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        for await (const _ of connection.queryStream('SELECT * FROM users')) expect(activeSpan()).toBe(span);
      });
      expect(await setup.draw(2)).toEqual(['request', '  SELECT users (3)']);
    });

    test('failures, batches and prepared statements', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        await called(span, (callback) => connection.query('SELECT * FROM missing', callback)).catch(() => {});
        await called(span, (callback) =>
          connection.batch(
            'UPDATE users SET name = ? WHERE id = ?',
            [
              ['ada', 1],
              ['bob', 2],
            ],
            callback,
          ),
        );
        const prepared = await called<{ execute(...args: unknown[]): void }>(span, (callback) =>
          connection.prepare('SELECT * FROM users WHERE id < ?', callback as never),
        );
        await called(span, (callback) => prepared.execute([3], callback));
      });
      expect(await setup.draw(7)).toEqual([
        'request',
        '  SELECT missing ! 1146',
        '  BATCH UPDATE users',
        '  own',
        '  own',
        expect.stringMatching(/^ {2}SELECT users/),
        '  own',
      ]);
    });
  });
});
