import { activeSpan, createTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import type { Connection } from 'mysql2';
import { describeWith } from '../../services/describe-with.ts';
import { loadMysql2, loadPromises, type Setup, setUp, versions } from './traced-mysql2.ts';

describeWith('mariadb')('a statement of mysql2', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const mysql2 = loadMysql2(version);
    let connection: Connection;
    async function connect(options: object = {}): Promise<Connection> {
      const made = mysql2.createConnection({ ...setup.account, ...options });
      await new Promise<void>((resolve, reject) => made.connect((error) => (error ? reject(error) : resolve())));
      return made;
    }
    beforeEach(async () => {
      connection = await connect();
      setup.exporter.reset();
    });
    afterEach(() => connection.destroy());

    test('has the attributes of the database conventions', async () => {
      await setup.tracer.withSpan('request', () =>
        connection.promise().query('SELECT * FROM users WHERE name = ? AND id < 3', ['ada']),
      );
      const [select, request] = await setup.exporter.waitFor(2);
      expect(select).toMatchObject({
        name: 'SELECT users',
        kind: 'client',
        parentSpanId: request?.spanId,
        status: { code: 'unset' },
      });
      expect(select?.attributes).toEqual({
        'db.system.name': 'mysql',
        'db.namespace': 'shop',
        'db.query.summary': 'SELECT users',
        'db.query.text': 'SELECT * FROM users WHERE name = ? AND id < ?',
        'db.response.returned_rows': 1,
        'server.address': '127.0.0.1',
        'server.port': setup.account.port,
      });
    });

    test('leaves out literals and values, however they are given', async () => {
      const named = await connect({ namedPlaceholders: true });
      await setup.tracer.withSpan('request', async () => {
        const promises = connection.promise();
        await promises.query('SELECT \'secret\', 4711, 0xdeadbeef, "secret" # secret');
        await promises.query('SELECT ? AS a', ['secret']);
        await promises.query('SELECT * FROM users WHERE ?', { name: 'secret' });
        await promises.query({ sql: 'SELECT ? AS a', values: ['secret'] });
        await promises.execute('SELECT ? AS a', ['secret']);
        await promises.execute({ sql: 'SELECT ? AS a', values: ['secret'] } as never);
        await named.promise().query('SELECT :a AS a', { a: 'secret' });
        await named.promise().execute('SELECT :a AS a', { a: 'secret' });
        await new Promise((resolve) => connection.query({ sql: 'SELECT ? AS a', values: ['secret'] }, resolve));
      });
      named.destroy();
      const spans = await setup.exporter.waitFor(10);
      expect(JSON.stringify(spans)).not.toMatch(/secret|4711|deadbeef/);
      expect(spans.slice(0, 9).every(({ attributes }) => attributes['db.query.text'] !== undefined)).toBe(true);
    });

    test('counts the rows of all results, in any form', async () => {
      const several = await connect({ multipleStatements: true });
      await setup.tracer.withSpan('request', async () => {
        const promises = several.promise();
        await promises.query('SELECT * FROM users; SELECT 1');
        await promises.query('INSERT INTO users VALUES (4, NULL); SELECT 1; DELETE FROM users WHERE id = 4');
        await promises.query({ sql: 'SELECT * FROM users', rowsAsArray: true });
        await promises.query({ sql: 'SELECT * FROM users; SELECT 1', rowsAsArray: true });
        await promises.query({ sql: 'SELECT * FROM users', nestTables: true });
        await promises.execute({ sql: 'SELECT * FROM users', rowsAsArray: true });
        await promises.query('SELECT * FROM users WHERE id = 9');
        await promises.query('UPDATE users SET name = name WHERE id = 1');
      });
      several.destroy();
      const pool = mysql2.createPool(setup.account).promise();
      await setup.tracer.withSpan('pool', () => pool.query({ sql: 'SELECT * FROM users', rowsAsArray: true }));
      await pool.end();
      const spans = await setup.exporter.waitFor(11);
      expect(spans.map(({ attributes }) => attributes['db.response.returned_rows'])).toEqual([
        4,
        1,
        3,
        4,
        3,
        3,
        0,
        undefined,
        undefined,
        3,
        undefined,
      ]);
    });

    test('of a procedure', async () => {
      await connection.promise().query('CREATE OR REPLACE PROCEDURE all_users() SELECT * FROM users');
      await setup.tracer.withSpan('request', () => connection.promise().query('CALL all_users()'));
      const [call] = await setup.exporter.waitFor(2);
      expect(call).toMatchObject({ name: 'CALL all_users', attributes: { 'db.response.returned_rows': 3 } });
    });

    test('has one span for each time it is sent, in the order of a connection', async () => {
      await setup.tracer.withSpan('request', (span) =>
        Promise.all(
          ['first', 'second', 'third'].map(
            (name) =>
              new Promise<void>((resolve) =>
                connection.query(`SELECT 1 AS ${name}`, () => {
                  expect(activeSpan()).toBe(span);
                  resolve();
                }),
              ),
          ),
        ),
      );
      expect(await setup.draw(4)).toEqual(['request', '  SELECT (1)', '  SELECT (1)', '  SELECT (1)']);
    });

    test('gives callbacks and results as without tracing', async () => {
      const [rows, fields] = await connection.promise().query('SELECT id FROM users ORDER BY id');
      expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
      expect((fields as { name: string }[]).map(({ name }) => name)).toEqual(['id']);
      const args = await new Promise<unknown[]>((resolve) =>
        connection.execute('SELECT ? AS one', [1], (...given: unknown[]) => resolve(given)),
      );
      expect(args).toMatchObject([null, [{ one: 1 }], [{ name: 'one' }]]);
    });

    test('has no span outside a request', async () => {
      await connection.promise().query('SELECT 1');
      await setup.tracer.withSpan('request', () => {});
      expect(await setup.draw(1)).toEqual(['request']);
    });

    test('is prepared by the application', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        const statement = await connection.promise().prepare('SELECT * FROM users WHERE id < ?');
        await statement.execute([3]);
        await statement.execute([2]);
        await statement.close();
        await new Promise<void>((resolve) => {
          connection.prepare('SELECT ? AS a', (_error, prepared) => {
            expect(activeSpan()).toBe(span);
            prepared.execute([1], () => {
              expect(activeSpan()).toBe(span);
              resolve();
            });
          });
        });
      });
      expect(await setup.draw(4)).toEqual(['request', '  SELECT users (2)', '  SELECT users (1)', '  SELECT (1)']);
    });

    test('keeps other callbacks in their context', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        for (const method of ['ping', 'changeUser', 'end'] as const) {
          await new Promise<void>((resolve) => {
            const call = connection[method] as (...args: unknown[]) => void;
            call.apply(connection, [
              ...(method === 'changeUser' ? [{}] : []),
              () => {
                expect(activeSpan()).toBe(span);
                resolve();
              },
            ]);
            if (method === 'changeUser') connection.ping(() => resolve()); // it does not call back when it succeeds
          });
        }
      });
      expect(await setup.draw(1)).toEqual(['request']);
    });

    test('is traced by the exports of the promise API alone', async () => {
      const promises = loadPromises(version);
      expect(promises).toBe(require(`${version}/promise`));
      const made = await promises.createConnection(setup.account);
      const pool = promises.createPool(setup.account);
      await setup.tracer.withSpan('request', async () => {
        await made.query('SELECT * FROM users');
        await pool.execute('SELECT * FROM users');
      });
      await made.end();
      await pool.end();
      expect(await setup.draw(3)).toEqual(['request', '  SELECT users (3)', '  SELECT users (3)']);
    });

    test('by the options of the tracer', async () => {
      const exporter = inMemoryExporter();
      const serviceName = 'shop';
      const off = createTracer({ serviceName, exporter, libraries: { mysql2: false } });
      const withValues = createTracer({
        serviceName,
        exporter,
        libraries: { mysql2: { queryText: false, queryParameters: true } },
      });
      const select = () => connection.promise().query('SELECT ? AS a', ['shown']);
      await off.withSpan('off', select);
      await withValues.withSpan('with values', select);
      const [, statement] = await exporter.waitFor(3);
      expect(exporter.spans.map(({ name }) => name)).toEqual(['off', 'SELECT', 'with values']);
      expect(statement?.attributes).toMatchObject({ 'db.query.parameter.0': 'shown' });
      expect(statement?.attributes).not.toHaveProperty('db.query.text');
    });
  });
});
