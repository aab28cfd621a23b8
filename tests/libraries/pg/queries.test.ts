import { activeSpan } from '@waymark/core';
import { tracePg } from '@waymark/core/libraries';
import type { Client } from 'pg';
import { describeWith } from '../../services/describe-with.ts';
import { loadPg, type Setup, setUp, versions } from './traced-pg.ts';

describeWith('postgres')('a query of pg', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const { Client: PgClient, Query } = loadPg(version);
    let client: Client;
    beforeAll(async () => {
      client = new PgClient(setup.service.url);
      await client.connect();
    });
    afterAll(() => client.end());
    beforeEach(() => setup.exporter.reset());

    const text = 'SELECT * FROM users WHERE id > $1';
    const callbackForms: readonly [string, (done: (...results: unknown[]) => void) => unknown][] = [
      ['(text, callback)', (done) => client.query('SELECT * FROM users WHERE id > 1', done)],
      ['(text, values, callback)', (done) => client.query(text, [1], done)],
      [
        '(text, undefined, callback)',
        (done) => client.query('SELECT * FROM users WHERE id > 1', undefined as never, done),
      ],
      ['(config, callback)', (done) => client.query({ text, values: [1] }, done)],
      ['(config, values, callback)', (done) => client.query({ text } as never, [1], done)],
      ['(config with callback)', (done) => client.query({ text, values: [1], callback: done } as never)],
      ['(rowMode, callback)', (done) => client.query({ text, values: [1], rowMode: 'array' }, done as never)],
      ['(Query, callback)', (done) => client.query(new Query(text, [1]) as never, done as never)],
      ['(Query with callback)', (done) => client.query(new Query(text, [1], done as never))],
    ];

    test.each(callbackForms)('has a span, and its callback the context of the caller: %s', async (_, query) => {
      const result = await setup.tracer.withSpan(
        'request',
        (span) =>
          new Promise<{ rows: unknown[] }>((resolve, reject) => {
            query((error, result) => {
              if (activeSpan() !== span) reject(new Error('another context'));
              setup.tracer.withSpan('in the callback', () => {});
              if (error) reject(error);
              else resolve(result as never);
            });
          }),
      );
      expect(result.rows).toHaveLength(2);
      expect(await setup.draw(3)).toEqual(['request', '  SELECT users (2)', '  in the callback']);
    });

    const promiseForms: readonly [string, () => Promise<{ rows: unknown[] }>][] = [
      ['(text)', () => client.query('SELECT * FROM users WHERE id > 1')],
      ['(text, values)', () => client.query(text, [1])],
      ['(config)', () => client.query({ text, values: [1] })],
      ['(config, values)', () => client.query({ text }, [1])],
      ['(named)', () => client.query({ name: 'some', text, values: [1] })],
      ['(rowMode)', () => client.query({ text, values: [1], rowMode: 'array' })],
    ];

    test.each(promiseForms)('has a span that ends when its promise settles: %s', async (_, query) => {
      const result = await setup.tracer.withSpan('request', async () => {
        const rows = await query();
        setup.tracer.withSpan('afterwards', () => {});
        return rows;
      });
      expect(result.rows).toHaveLength(2);
      expect(await setup.draw(3)).toEqual(['request', '  SELECT users (2)', '  afterwards']);
    });

    test('records the database, the server and the text without literals', async () => {
      await setup.tracer.withSpan('request', () => client.query("SELECT * FROM users WHERE name = 'ada'"));
      const [query] = await setup.exporter.waitFor(2);
      expect(query?.kind).toBe('client');
      expect(query?.attributes).toEqual({
        'db.system.name': 'postgresql',
        'db.namespace': setup.service.database,
        'server.address': setup.service.host,
        'server.port': setup.service.port,
        'db.query.text': 'SELECT * FROM users WHERE name = ?',
        'db.query.summary': 'SELECT users',
        'db.response.returned_rows': 1,
      });
    });

    test('counts the rows of a statement that returns rows, and of no other', async () => {
      await setup.tracer.withSpan('request', async () => {
        await client.query('INSERT INTO users VALUES ($1, $2)', [9, 'zoe']);
        await client.query('UPDATE users SET name = $1 WHERE id = 9 RETURNING id', ['zed']);
        await client.query('DELETE FROM users WHERE id = 9');
        await client.query('SELECT * FROM users WHERE id = 9');
        await client.query('SELECT 1; DELETE FROM users WHERE id = 9; SELECT 2 UNION SELECT 3');
        await client.query('');
      });
      expect(await setup.draw(7)).toEqual([
        'request',
        '  INSERT users',
        '  UPDATE users (1)',
        '  DELETE users',
        '  SELECT users (0)',
        '  SELECT DELETE users SELECT SELECT (3)',
        '  postgresql',
      ]);
    });

    test('has no span outside any span, and its callback no context', async () => {
      const span = await new Promise((resolve) => client.query('SELECT 1', () => resolve(activeSpan())));
      expect(span).toBeUndefined();
      await client.query('SELECT 1');
      expect(setup.exporter.spans).toEqual([]);
    });

    test('returns what pg returns', async () => {
      await setup.tracer.withSpan('request', async () => {
        const promise = client.query('SELECT 1');
        expect(promise).toBeInstanceOf(Promise);
        expect(Object.getPrototypeOf(promise)).toBe(Promise.prototype);
        await promise;
        const query = new Query('SELECT 1');
        const ended = new Promise((resolve) => query.on('end', resolve));
        expect(client.query(query)).toBe(query);
        await ended;
        expect(client.query('SELECT 1', () => {})).toBeUndefined();
        expect((client as { _Promise?: unknown })._Promise).toBe(Promise);
        class Mine extends Promise<unknown> {}
        const other = new PgClient({ connectionString: setup.service.url, Promise: Mine } as never);
        const connecting = other.connect();
        expect(connecting).toBeInstanceOf(Mine);
        await connecting;
        const mine = other.query('SELECT 1');
        expect(mine).toBeInstanceOf(Mine);
        await mine;
        await other.end();
      });
    });

    test("leaves the application's configuration as it is", async () => {
      const calls: unknown[] = [];
      const config = Object.freeze({
        text: 'SELECT 1 AS one',
        callback: (_: unknown, { rows }: { rows: unknown }) => calls.push(rows),
      });
      await setup.tracer.withSpan('request', async () => {
        for (let call = 0; call < 2; call++) client.query(config as never);
        await client.query('SELECT 2');
      });
      expect(calls).toEqual([[{ one: 1 }], [{ one: 1 }]]);
      expect(await setup.draw(4)).toEqual(['request', '  SELECT (1)', '  SELECT (1)', '  SELECT (1)']);
    });

    test('keeps the name and the length of the methods', () => {
      expect(PgClient.prototype.query).toHaveLength(3);
      expect(PgClient.prototype.query.name).toBe(version === 'pg' ? 'query' : '');
    });

    test('throws what pg throws', async () => {
      await setup.tracer.withSpan('request', () => {
        expect(() => client.query(undefined as never)).toThrow('Client was passed a null or undefined query');
        expect(() => client.query(null as never)).toThrow(TypeError);
      });
      expect(await setup.draw(1)).toEqual(['request']);
    });

    test('is traced in a subclass, once', async () => {
      class Logged extends PgClient {
        readonly log: unknown[] = [];
        override query(...args: unknown[]): never {
          this.log.push(args[0]);
          return super.query(...(args as [string])) as never;
        }
      }
      const logged = new Logged(setup.service.url);
      await logged.connect();
      await setup.tracer.withSpan('request', () => logged.query('SELECT 1'));
      await logged.end();
      expect(logged.log).toEqual(['SELECT 1']);
      expect(await setup.draw(2)).toEqual(['request', '  SELECT (1)']);
    });

    test('is a child of the span that was active, each of several at once on one client', async () => {
      await Promise.all(
        ['a', 'b', 'c'].map((name) =>
          setup.tracer.withSpan(name, async () => {
            await client.query(`SELECT 1 AS ${name}`);
            await client.query(`DELETE FROM users WHERE name = 'nobody'`);
          }),
        ),
      );
      expect(await setup.draw(9)).toEqual(['a', 'b', 'c'].flatMap((name) => [name, '  SELECT (1)', '  DELETE users']));
    });
  });

  test('tracePg() takes the exports, a class, an instance, and nothing else', async () => {
    const pg = loadPg('pg');
    const pool = new pg.Pool();
    for (const given of [pg, { ...pg, default: pg }, { default: pg }, pg.Client, pg.Pool, pool, new pg.Client()]) {
      expect(tracePg(given)).toBe(given);
    }
    for (const wrong of [undefined, null, {}, [], () => {}, 'pg', { Client: class {} }]) {
      expect(() => tracePg(wrong as never)).toThrow('tracePg(pg) takes the exports of pg, a client or a pool');
    }
    await pool.end();
  });
});
