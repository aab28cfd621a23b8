import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { activeSpan, type Span } from '@waymark/core';
import { tracePostgres } from '@waymark/core/libraries';
import { describeWith } from '../../services/describe-with.ts';
import { loadPostgres, type Setup, type Sql, setUp, versions } from './traced-postgres.ts';

describeWith('postgres')('a query of postgres.js', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const postgres = loadPostgres(version);
    let sql: Sql;
    // One connection, opened by another request, whose context no function may have.
    beforeAll(async () => {
      sql = tracePostgres(postgres(setup.service.url, { max: 1, onnotice: () => {} }));
      await setup.tracer.withSpan('opener', async () => {
        await sql`SELECT 1`;
      });
    });
    afterAll(() => sql.end());
    beforeEach(() => setup.exporter.reset());

    const spansOf = async (count: number, work: (span: Span) => Promise<unknown>) => {
      await setup.tracer.withSpan('request', work);
      return setup.draw(count);
    };

    test('has a span for a template, a text, and a file', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'waymark-'));
      const file = join(folder, 'users.sql');
      writeFileSync(file, 'SELECT * FROM users WHERE id < 3');
      const drawn = await spansOf(7, async (span) => {
        expect(await sql`SELECT * FROM users WHERE id > ${1}`).toHaveLength(2);
        expect(await sql.unsafe('SELECT * FROM users')).toHaveLength(3);
        expect(await sql.unsafe('SELECT * FROM users WHERE id = $1', [1])).toHaveLength(1);
        expect(await sql.file(file)).toHaveLength(2);
        expect(activeSpan()).toBe(span);
        await sql`INSERT INTO users VALUES (9, 'zoe')`;
        await sql`DELETE FROM users WHERE id = 9 RETURNING id`;
      });
      rmSync(folder, { recursive: true });
      expect(drawn).toEqual([
        'request',
        '  SELECT users (2)',
        '  SELECT users (3)',
        '  SELECT users (1)',
        '  SELECT users (2)',
        '  INSERT users',
        '  DELETE users (1)',
      ]);
    });

    test('records the database, the server and the text without literals', async () => {
      await setup.tracer.withSpan('request', () => sql`SELECT * FROM users WHERE name = 'ada' AND id = ${1}`.execute());
      const [query] = await setup.exporter.waitFor(1);
      expect(query?.kind).toBe('client');
      expect(query?.attributes).toEqual({
        'db.system.name': 'postgresql',
        'db.namespace': setup.service.database,
        'server.address': setup.service.host,
        'server.port': setup.service.port,
        'db.query.text': 'SELECT * FROM users WHERE name = ? AND id = $1',
        'db.query.summary': 'SELECT users',
        'db.response.returned_rows': 1,
      });
    });

    test('records the text of helpers and fragments', async () => {
      const row = { id: 9, name: 'secret' };
      await setup.tracer.withSpan('request', async () => {
        await sql`INSERT INTO users ${sql(row)}`;
        await sql`UPDATE ${sql('users')} SET ${sql(row, 'name')} WHERE id = ${9}`;
        const condition = sql`WHERE id = ${9}`;
        await sql`SELECT ${sql(['id', 'name'])} FROM users ${condition}`;
        await sql`DELETE FROM users WHERE id IN ${sql([9, 10])}`;
      });
      const spans = (await setup.exporter.waitFor(5)).slice(0, 4);
      expect(spans.map(({ name, attributes }) => [name, attributes['db.query.text']])).toEqual([
        ['INSERT users', 'INSERT INTO users ("id","name")values($1,$2)'],
        ['UPDATE "users"', 'UPDATE "users" SET "name"=$1 WHERE id = $2'],
        ['SELECT users', 'SELECT "id","name" FROM users WHERE id = $1'],
        ['DELETE users', expect.stringMatching(/^DELETE FROM users WHERE id IN \(\$1/)],
      ]);
      expect(JSON.stringify(spans)).not.toContain('secret');
    });

    test('that is never awaited is not sent, and has no span', async () => {
      const drawn = await spansOf(2, async () => {
        sql`SELECT 1`;
        await sql`SELECT 2`;
      });
      expect(drawn).toEqual(['request', '  SELECT (1)']);
    });

    test('has no span outside any span', async () => {
      await sql`SELECT 1`;
      expect(setup.exporter.spans).toEqual([]);
    });

    test('has one span, whatever is awaited of it, and its parent where it was first awaited', async () => {
      const drawn = await spansOf(3, async () => {
        const query = sql`SELECT * FROM users`;
        await setup.tracer.withSpan('inner', async () => {
          await Promise.all([query, query.then(() => {}), query.finally(() => {})]);
        });
        await query;
      });
      expect(drawn).toEqual(['request', '  inner', '    SELECT users (3)']);
    });

    test('returns what postgres.js returns', async () => {
      await setup.tracer.withSpan('request', async () => {
        const query = sql`SELECT 1 AS one`;
        expect(query).toBeInstanceOf(Promise);
        expect(query.execute()).toBe(query);
        const result = await query;
        expect(result).toEqual([{ one: 1 }]);
        expect(result.count).toBe(1);
        expect(result.command).toBe('SELECT');
      });
    });

    test('counts the rows of several statements, of raw rows and of values', async () => {
      const drawn = await spansOf(version === 'postgres' ? 5 : 3, async () => {
        await sql.unsafe('SELECT 1; SELECT 2 UNION SELECT 3');
        await sql`SELECT * FROM users`.raw();
        if (version === 'postgres30') return;
        await sql`SELECT * FROM users`.values();
        await sql`SELECT 1; SELECT 2`.simple();
      });
      expect(drawn.slice(0, 3)).toEqual(['request', '  SELECT SELECT SELECT (3)', '  SELECT users (3)']);
      expect(drawn.slice(3)).toEqual(version === 'postgres' ? ['  SELECT users (3)', '  SELECT SELECT (2)'] : []);
    });

    test('describes', async () => {
      const drawn = await spansOf(2, () => sql`SELECT * FROM users WHERE id = ${1}`.describe());
      expect(drawn).toEqual(['request', '  SELECT users']);
    });

    test('has one span for forEach(), whose function has the context of the caller', async () => {
      const contexts = new Set<Span | undefined>();
      const request = await setup.tracer.withSpan('request', async (span) => {
        await sql`SELECT * FROM users`.forEach(() => void contexts.add(activeSpan()));
        return span;
      });
      expect([...contexts]).toEqual([request]);
      expect(await setup.draw(2)).toEqual(['request', '  SELECT users (3)']);
    });

    test('has one span for a cursor: with a function, iterated, left, and closed', async () => {
      const text = 'SELECT * FROM generate_series(1, 25) AS number';
      const contexts = new Set<Span | undefined>();
      const request = await setup.tracer.withSpan('request', async (span) => {
        await sql.unsafe(text).cursor(10, async () => {
          contexts.add(activeSpan());
        });
        const sizes: number[] = [];
        for await (const rows of sql.unsafe(text).cursor(10)) sizes.push(rows.length);
        expect(sizes).toEqual([10, 10, 5]);
        for await (const [row] of sql.unsafe(text).cursor(10)) if (row?.number === 1) break;
        await sql.unsafe(text).cursor(10, () => sql.CLOSE as never);
        await sql`SELECT 1`;
        return span;
      });
      expect([...contexts]).toEqual([request]);
      expect(await setup.draw(6)).toEqual([
        'request',
        '  SELECT generate_series (25)',
        '  SELECT generate_series (25)',
        '  SELECT generate_series (10)',
        '  SELECT generate_series (10)',
        '  SELECT (1)',
      ]);
    });

    test('has a span for a text that is an object, or cannot be read', async () => {
      const unreadable = {
        toString() {
          throw new Error('no text');
        },
      };
      const drawn = await spansOf(3, async () => {
        expect(await sql.unsafe({ toString: () => 'SELECT * FROM users' } as string)).toHaveLength(3);
        await expect(sql.unsafe(unreadable as never)).rejects.toThrow('no text');
      });
      expect(drawn).toEqual(['request', '  postgresql (3)', '  postgresql ! Error']);
    });

    test('fails with its cursor', async () => {
      const drawn = await spansOf(2, async () => {
        const query = sql`SELECT 1 / (number - 15) FROM generate_series(1, 25) AS number`;
        await expect(
          (async () => {
            for await (const _ of query.cursor(10));
          })(),
        ).rejects.toThrow('division by zero');
      });
      expect(drawn).toEqual(['request', '  SELECT generate_series ! 22012']);
    });

    test('has the context of a caller without a span in its functions', async () => {
      const contexts = new Set<Span | undefined>();
      await sql`SELECT * FROM users`.forEach(() => void contexts.add(activeSpan()));
      await sql`SELECT * FROM users`.cursor(1, () => {
        contexts.add(activeSpan());
      });
      expect([...contexts]).toEqual([undefined]);
    });

    test('transacts: begin, savepoints, rollback', async () => {
      const drawn = await spansOf(13, async (span) => {
        await sql.begin(async (tx) => {
          expect(activeSpan()).toBe(span);
          await tx`SELECT 1`;
          await tx.savepoint(async (inner) => {
            await inner`SELECT 2`;
          });
        });
        await expect(
          sql.begin('read only', async (tx) => {
            await tx`INSERT INTO users VALUES (7, 'no')`;
          }),
        ).rejects.toThrow('read-only transaction');
        await sql.begin((tx) => [tx`SELECT 3`, tx`SELECT 4`]);
      });
      expect(drawn).toEqual([
        'request',
        '  begin',
        '  SELECT (1)',
        '  savepoint',
        '  SELECT (1)',
        '  commit',
        '  begin',
        '  INSERT users ! 25006',
        '  rollback',
        '  begin',
        '  SELECT (1)',
        '  SELECT (1)',
        '  commit',
      ]);
    });

    test('gives each of 40 requests its queries, with one connection', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `request ${index}`);
      await Promise.all(
        names.map((name) =>
          setup.tracer.withSpan(name, async (span) => {
            await Promise.all([
              sql`SELECT ${name} AS name`,
              sql.unsafe(`SELECT '${name}' AS name`),
              sql`SELECT * FROM missing`.catch(() => {}),
            ]);
            expect(activeSpan()).toBe(span);
            await sql.begin((tx) => tx`SELECT * FROM users`);
          }),
        ),
      );
      const drawn = (await setup.draw(40 * 7)).join('\n');
      for (const name of names) {
        const tree = [
          name,
          '  SELECT missing ! 42P01',
          '  SELECT (1)',
          '  SELECT (1)',
          '  begin',
          '  SELECT users (3)',
          '  commit',
        ];
        expect(`\n${drawn}\n`).toContain(`\n${tree.join('\n')}\n`);
      }
    });

    test('copies', async () => {
      await sql`CREATE TABLE IF NOT EXISTS copied (LIKE users)`;
      const drawn = await spansOf(4, async () => {
        await pipeline(Readable.from(['7\tsue\n', '8\ttim\n']), await sql`COPY copied FROM STDIN`.writable());
        const stream = await sql`COPY copied TO STDOUT`.readable();
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        expect(Buffer.concat(chunks).toString()).toBe('7\tsue\n8\ttim\n');
        await sql`SELECT 1`;
      });
      await sql`DROP TABLE copied`;
      expect(drawn).toEqual(['request', '  COPY copied', '  COPY copied', '  SELECT (1)']);
    });

    test('listens and notifies', async () => {
      await setup.tracer.withSpan('request', async () => {
        const payload = await new Promise((resolve, reject) => {
          sql.listen('news', resolve).then(() => sql.notify('news', 'secret'), reject);
        });
        expect(payload).toBe('secret');
      });
      const spans = await setup.exporter.waitFor(3);
      expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['request']));
      expect(JSON.stringify(spans)).not.toContain('secret');
    });

    test('fails with the SQLSTATE and without literals, also if it is cancelled', async () => {
      await setup.tracer.withSpan('request', async () => {
        await sql`INSERT INTO users VALUES (1, ${'secret'})`.catch(() => {});
        const slow = sql`SELECT pg_sleep(60)`;
        const cancelled = expect(slow).rejects.toMatchObject({ code: '57014' });
        await new Promise((resolve) => setImmediate(resolve));
        const waiting = sql`SELECT 2`;
        const removed = expect(waiting).rejects.toMatchObject({ code: '57014' });
        waiting.cancel();
        await removed;
        const other = postgres(setup.service.url, { max: 1 });
        while (
          (await other`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`)
            .count === 0
        );
        await other.end();
        await cancelled;
      });
      const spans = await setup.exporter.waitFor(4);
      const failed = spans.filter(({ status }) => status.code === 'error');
      expect(failed.map(({ name, attributes }) => [name, attributes['error.type']]).sort()).toEqual([
        ['INSERT users', '23505'],
        ['SELECT', '57014'],
        ['SELECT', '57014'],
      ]);
      expect(JSON.stringify(spans)).not.toContain('secret');
    });

    test('fails with its connection, and is sent on the next one', async () => {
      let noteClosed = (_id: number): void => {};
      const closed = new Promise<number>((resolve) => {
        noteClosed = resolve;
      });
      const broken = tracePostgres(postgres(setup.service.url, { max: 1, onclose: (id) => noteClosed(id) }));
      const other = postgres(setup.service.url, { max: 1 });
      const [backend] = await broken`SELECT pg_backend_pid() AS pid`;
      await setup.tracer.withSpan('request', async () => {
        const failed = expect(broken`SELECT * FROM users, pg_sleep(60)`).rejects.toThrow();
        while (
          (await other`SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid = ${backend?.pid}`)
            .count === 0
        );
        await other`SELECT pg_terminate_backend(${backend?.pid})`;
        await failed;
        await closed; // postgres.js 3.0 loses a query that is sent on a connection that closes
      });
      const isUp = async () => (await broken`SELECT 1`.catch(() => [])).length === 1;
      while (!(await isUp()));
      await setup.tracer.withSpan('next', () => broken`SELECT * FROM users`.execute());
      await Promise.all([broken.end({ timeout: 1 }), other.end({ timeout: 1 })]);
      const spans = [...(await setup.exporter.waitFor(5))];
      const statements = spans.filter(({ name }) => name.startsWith('SELECT users'));
      expect(
        statements.map(({ status, attributes }) => [status.code, attributes['db.response.returned_rows']]),
      ).toEqual([
        ['error', undefined],
        ['unset', 3],
      ]);
    });

    test('fails without a server', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      const nowhere = tracePostgres(postgres({ host: '127.0.0.1', port, database: 'shop', user: 'waymark', max: 1 }));
      await setup.tracer.withSpan('request', () => nowhere`SELECT * FROM users`.catch(() => {}));
      await nowhere.end();
      const [query] = await setup.exporter.waitFor(2);
      expect(query).toMatchObject({
        name: 'SELECT users',
        status: { code: 'error' },
        attributes: {
          'error.type': 'ECONNREFUSED',
          'db.namespace': 'shop',
          'server.address': '127.0.0.1',
          'server.port': port,
        },
      });
    });

    test('fails after the end', async () => {
      const ended = tracePostgres(postgres(setup.service.url, { max: 1 }));
      await ended`SELECT 1`;
      await ended.end();
      const drawn = await spansOf(2, () => ended`SELECT 2`.catch(() => {}));
      expect(drawn).toEqual(['request', expect.stringContaining('  SELECT ! ')]);
    });

    test("leaves out the driver's own queries", async () => {
      const fresh = tracePostgres(postgres(setup.service.url, { max: 1 }));
      const drawn = await spansOf(2, async () => {
        await fresh`SELECT * FROM users`;
      });
      await fresh.end();
      expect(drawn).toEqual(['request', '  SELECT users (3)']);
    });
  });

  test('takes the exports, an instance, and nothing else', () => {
    const postgres = loadPostgres('postgres');
    expect(tracePostgres(postgres)).toBe(postgres);
    expect(tracePostgres({ default: postgres })).toEqual({ default: postgres });
    for (const wrong of [undefined, {}, () => {}, 'postgres']) {
      expect(() => tracePostgres(wrong)).toThrow('tracePostgres(sql) takes an instance or the exports of postgres');
    }
  });
});
