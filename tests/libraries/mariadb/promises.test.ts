import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activeSpan, type Span } from '@waymark/core';
import type { Connection, Pool } from 'mariadb';
import { describeWith } from '../../services/describe-with.ts';
import { loadMariadb, type Setup, setUp, versions } from './traced-mariadb.ts';

describeWith('mariadb')('the promise API of mariadb', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const mariadb = loadMariadb(version);
    let connection: Connection;
    const pools: Pool[] = [];
    function createPool(options: object = {}): Pool {
      const pool = mariadb.createPool({ ...setup.account, connectionLimit: 1, ...options });
      pools.push(pool);
      return pool;
    }
    beforeEach(async () => {
      connection = await mariadb.createConnection({ ...setup.account, permitLocalInfile: true });
      setup.exporter.reset();
    });
    afterEach(async () => {
      await connection.end().catch(() => {});
      await Promise.all(pools.splice(0).map((pool) => pool.end().catch(() => {})));
    });

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

    describe.each([1, 5])('a pool with %i connections', (connectionLimit) => {
      test('gives each statement its caller', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          async (span) => {
            await pool.query('SELECT * FROM users WHERE id < ?', [3]);
            await pool.execute('SELECT * FROM users WHERE id = ?', [3]);
            await pool.batch('UPDATE users SET name = ? WHERE id = ?', [
              ['ada', 1],
              ['bob', 2],
            ]);
            expect(activeSpan()).toBe(span);
          },
          ['SELECT users (2)', 'SELECT users (1)', 'BATCH UPDATE users'],
        );
      });

      test('gives each transaction its caller', async () => {
        const pool = createPool({ connectionLimit });
        await expectRightParents(
          async (span) => {
            const taken = await pool.getConnection();
            await taken.beginTransaction();
            await taken.query('SELECT * FROM users');
            await taken.rollback();
            await taken.release();
            expect(activeSpan()).toBe(span);
          },
          ['START TRANSACTION', 'SELECT users (3)', 'ROLLBACK'],
        );
      });
    });

    test('a statement has the attributes of the database conventions', async () => {
      const pool = createPool();
      await setup.tracer.withSpan('request', async () => {
        await connection.query('SELECT * FROM users WHERE name = ? AND id < 3', ['ada']);
        await pool.query('SELECT * FROM users WHERE name = ? AND id < 3', ['ada']);
      });
      const [select, pooled, request] = await setup.exporter.waitFor(3);
      expect(select).toMatchObject({ name: 'SELECT users', kind: 'client', parentSpanId: request?.spanId });
      expect(select?.attributes).toEqual({
        'db.system.name': 'mariadb',
        'db.namespace': 'shop',
        'db.query.summary': 'SELECT users',
        'db.query.text': 'SELECT * FROM users WHERE name = ? AND id < ?',
        'db.response.returned_rows': 1,
        'server.address': '127.0.0.1',
        'server.port': setup.account.port,
      });
      expect(pooled?.attributes).toEqual(select?.attributes);
    });

    test('a batch has its size', async () => {
      await setup.tracer.withSpan('request', async () => {
        await connection.batch('INSERT INTO users VALUES (?, ?)', [
          [11, 'secret'],
          [12, 'secret'],
        ]);
        await connection.batch('DELETE FROM users WHERE id = ?', [11, 12]);
        await connection.batch({ sql: 'DELETE FROM users WHERE id = :id', namedPlaceholders: true }, [
          { id: 11 },
          { id: 12 },
          { id: 13 },
        ]);
        await connection.batch('UPDATE users SET name = ? WHERE id = ?', [['ada', 1]]);
      });
      const spans = await setup.exporter.waitFor(5);
      expect(JSON.stringify(spans)).not.toContain('secret');
      expect(spans.map(({ name, attributes }) => [name, attributes['db.operation.batch.size']])).toEqual([
        ['BATCH INSERT users', 2],
        ['BATCH DELETE users', 2],
        ['BATCH DELETE users', 3],
        ['UPDATE users', undefined],
        ['request', undefined],
      ]);
    });

    test('rows are counted in any form', async () => {
      const several = await mariadb.createConnection({ ...setup.account, multipleStatements: true });
      await setup.tracer.withSpan('request', async () => {
        await several.query('SELECT * FROM users; SELECT 1');
        await several.query({ sql: 'SELECT * FROM users', rowsAsArray: true });
        await several.query({ sql: 'SELECT * FROM users', metaAsArray: true });
        await several.query('SELECT * FROM users WHERE id = 9');
        await several.query('UPDATE users SET name = name WHERE id = 1');
      });
      await several.end();
      const spans = await setup.exporter.waitFor(6);
      expect(spans.map(({ attributes }) => attributes['db.response.returned_rows'])).toEqual([
        4,
        3,
        3,
        0,
        undefined,
        undefined,
      ]);
    });

    test('a stream ends its span with its last row', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        let count = 0;
        for await (const _ of connection.queryStream('SELECT * FROM users')) {
          expect(activeSpan()).toBe(span);
          count++;
        }
        expect(count).toBe(3);
        const contexts = new Set<unknown>();
        await new Promise<void>((resolve) => {
          connection
            .queryStream('SELECT * FROM users')
            .on('data', () => contexts.add(activeSpan()))
            .on('end', () => {
              contexts.add(activeSpan());
              resolve();
            });
        });
        expect([...contexts]).toEqual([span]);
        await new Promise<void>((resolve) => {
          connection.queryStream('SELECT * FROM missing').on('error', () => {
            expect(activeSpan()).toBe(span);
            resolve();
          });
        });
      });
      expect(await setup.draw(4)).toEqual([
        'request',
        '  SELECT users (3)',
        '  SELECT users (3)',
        '  SELECT missing ! 1146',
      ]);
    });

    test('a prepared statement has a span for each time', async () => {
      await setup.tracer.withSpan('request', async () => {
        const prepared = await connection.prepare('SELECT * FROM users WHERE id < ?');
        await prepared.execute([3]);
        await prepared.execute([2]);
        for await (const _ of prepared.executeStream([3]) as never as AsyncIterable<unknown>);
        prepared.close();
        await connection.prepare("SELECT 'secret' FROM missing").catch(() => {});
      });
      expect(await setup.draw(5)).toEqual([
        'request',
        '  SELECT users (2)',
        '  SELECT users (1)',
        '  SELECT users (2)',
        '  SELECT missing ! 1146',
      ]);
    });

    test('a failure has the number of the error, and neither statement nor values', async () => {
      await setup.tracer.withSpan('request', async () => {
        await connection.query("INSERT INTO users VALUES (1, 'secret')").catch(() => {});
        await connection.execute('INSERT INTO users VALUES (?, ?)', [1, 'secret']).catch(() => {});
        await connection.batch('INSERT INTO users VALUES (?, ?)', [[1, 'secret']]).catch(() => {});
      });
      const spans = (await setup.exporter.waitFor(4)).slice(0, 3);
      expect(JSON.stringify(spans)).not.toContain('secret');
      for (const span of spans) {
        expect(span).toMatchObject({
          name: 'INSERT users',
          status: { code: 'error', message: expect.stringContaining('Duplicate entry') },
          attributes: { 'error.type': '1062', 'db.response.status_code': '1062' },
        });
      }
    });

    test('a rejection that is not handled is reported, as without tracing', async () => {
      const error = await setup.tracer.withSpan('request', () =>
        connection.query('SELECT * FROM missing').then(
          () => undefined,
          (reason: unknown) => reason,
        ),
      );
      expect(error).toMatchObject({ errno: 1146, code: 'ER_NO_SUCH_TABLE' });
      await setup.draw(2);
    });

    test('a pool that cannot connect', async () => {
      const pool = createPool({ password: 'wrong', acquireTimeout: 300, initializationTimeout: 200 });
      await setup.tracer.withSpan('request', async () => {
        await pool.query('SELECT * FROM users').catch(() => {});
        await pool.getConnection().catch(() => {});
      });
      const [request, query, connect] = await setup.draw(3);
      expect(request).toBe('request');
      expect(query).toMatch(/^ {2}SELECT users ! 45/);
      expect(connect).toMatch(/^ {2}connect shop ! 45/);
    });

    test('a cluster', async () => {
      const cluster = mariadb.createPoolCluster();
      cluster.add('first', { ...setup.account, connectionLimit: 1 });
      cluster.add('second', { ...setup.account, connectionLimit: 1 });
      await expectRightParents(
        async (span) => {
          await cluster.of('first|second').query('SELECT * FROM users');
          const taken = await cluster.getConnection();
          await taken.query('SELECT 1');
          await taken.release();
          expect(activeSpan()).toBe(span);
        },
        ['SELECT users (3)', 'SELECT (1)'],
      );
      await cluster.end();
    });

    test('a file of statements is one span', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'waymark-import-'));
      const file = join(folder, 'import.sql');
      await writeFile(file, "INSERT INTO users VALUES (21, 'secret');\nDELETE FROM users WHERE id = 21;\n");
      await setup.tracer.withSpan('request', () => connection.importFile({ file }));
      await rm(folder, { recursive: true });
      expect(await setup.draw(2)).toEqual(['request', '  importFile shop']);
    });

    test('has no span outside a request, and returns the promise of mariadb', async () => {
      await connection.query('SELECT 1');
      await setup.tracer.withSpan('request', () => {});
      expect(await setup.draw(1)).toEqual(['request']);
    });
  });
});
