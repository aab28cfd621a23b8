import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { activeSpan } from '@waymark/core';
import type { Client, Pool } from 'pg';
import { describeWith } from '../../services/describe-with.ts';
import { loadPg, type Setup, setUp, versions } from './traced-pg.ts';

describeWith('postgres')('a failure of pg', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const { Pool: PgPool, Client: PgClient, Query } = loadPg(version);
    let client: Client;
    beforeEach(async () => {
      client = new PgClient(setup.service.url);
      client.on('error', () => {});
      await client.connect();
      setup.exporter.reset();
    });
    afterEach(async () => {
      await client.end();
    });

    test('has the SQLSTATE, and a message without literals', async () => {
      await setup.tracer.withSpan('request', async () => {
        await client.query("INSERT INTO users VALUES (1, 'secret')").catch(() => {});
        await new Promise((resolve) => client.query('SELECT * FROM missing', resolve));
      });
      const [insert, select] = await setup.exporter.waitFor(3);
      expect(insert).toMatchObject({
        name: 'INSERT users',
        status: { code: 'error', message: expect.stringContaining('duplicate key value violates unique constraint') },
        attributes: { 'error.type': '23505', 'db.response.status_code': '23505' },
      });
      expect(insert?.events).toEqual([]);
      expect(insert?.attributes).not.toHaveProperty('db.response.returned_rows');
      expect(select).toMatchObject({ name: 'SELECT missing', attributes: { 'error.type': '42P01' } });
      expect(JSON.stringify([insert, select])).not.toContain('secret');
    });

    test('that cannot be sent ends the span', async () => {
      await setup.tracer.withSpan('request', async () => {
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
        const toPostgres = () => {
          throw new Error('no value');
        };
        await query({ text: undefined }).catch(() => {});
        await query('SELECT $1', { 0: 7 }).catch(() => {});
        await query('SELECT $1', [{ toPostgres }]).catch(() => {});
      });
      const spans = await setup.exporter.waitFor(4);
      expect(spans.slice(0, 3).map(({ status }) => status.code)).toEqual(['error', 'error', 'error']);
    });

    test('of a client that has ended, or was never connected', async () => {
      const ended = new PgClient(setup.service.url);
      await ended.connect();
      await ended.end();
      const messages = await setup.tracer.withSpan('request', async () => [
        await ended.query('SELECT 1').catch(({ message }: Error) => message),
        await new Promise((resolve) => ended.query('SELECT 2', (error) => resolve(error.message))),
      ]);
      expect(messages).toEqual(['Client was closed and is not queryable', 'Client was closed and is not queryable']);
      expect(await setup.draw(3)).toEqual(['request', '  SELECT ! Error', '  SELECT ! Error']);
    });

    test('by a timeout of pg', async () => {
      const slow = new PgClient({ connectionString: setup.service.url, query_timeout: 50 });
      slow.on('error', () => {});
      await slow.connect();
      await setup.tracer.withSpan('request', async (span) => {
        await slow.query('SELECT pg_sleep(0.2)').catch(() => {});
        await new Promise<void>((resolve, reject) => {
          slow.query('SELECT pg_sleep(0.2)', () => (activeSpan() === span ? resolve() : reject(new Error('context'))));
        });
      });
      await slow.end();
      expect(await setup.draw(3)).toEqual(['request', '  SELECT ! Error', '  SELECT ! Error']);
    });

    test("by PostgreSQL's timeout, and by a cancellation", async () => {
      await client.query('SET statement_timeout = 50');
      const other = new PgClient(setup.service.url);
      await other.connect();
      const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
      await setup.tracer.withSpan('request', async () => {
        await client.query('SELECT pg_sleep(5)').catch(() => {});
        const cancelled = other.query('SELECT pg_sleep(5)').catch(() => {});
        let isCancelled = false;
        cancelled.then(() => {
          isCancelled = true;
        });
        await setup.tracer.withSpan('cancel', async () => {
          while (!isCancelled) await client.query('SELECT pg_cancel_backend($1)', [rows[0].pid]);
        });
      });
      await other.end();
      const spans = [...setup.exporter.spans];
      expect(
        spans.filter(({ status }) => status.code === 'error').map(({ attributes }) => attributes['error.type']),
      ).toEqual(['57014', '57014']);
    });

    test('by a connection that ends under a query', async () => {
      await setup.tracer.withSpan('request', async () => {
        await Promise.allSettled([
          client.query('SELECT pg_terminate_backend(pg_backend_pid())'),
          client.query('SELECT 2'),
        ]);
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT ! 57P01', '  SELECT ! Error']);
    });

    test('by client.end() during a query', async () => {
      const ending = new PgClient(setup.service.url);
      ending.on('error', () => {});
      await ending.connect();
      await setup.tracer.withSpan('request', async () => {
        const query = ending.query('SELECT pg_sleep(60)').catch(() => {});
        await Promise.all([query, ending.end()]);
      });
      expect(await setup.draw(2)).toEqual(['request', '  SELECT ! Error']);
    });

    test('of a query object reaches its listener in the context of the caller', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        const query = client.query(new Query('SELECT * FROM missing'));
        await new Promise<void>((resolve, reject) => {
          query.on('error', () => (activeSpan() === span ? resolve() : reject(new Error('context'))));
        });
        expect(Object.keys(query)).not.toContain('handleError');
        expect(Object.hasOwn(query, 'handleError')).toBe(false);
      });
      expect(await setup.draw(2)).toEqual(['request', '  SELECT missing ! 42P01']);
    });

    describe('without a server', () => {
      let port: number;
      beforeAll(async () => {
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        ({ port } = server.address() as AddressInfo);
        server.close();
        await once(server, 'close');
      });
      const server = () => ({ host: '127.0.0.1', port, database: 'shop', user: 'waymark' });

      test('names the query of a pool', async () => {
        const pool: Pool = new PgPool(server());
        const text = "SELECT * FROM users WHERE name = 'ada'";
        await setup.tracer.withSpan('request', async (span) => {
          await expect(pool.query(text)).rejects.toThrow('ECONNREFUSED');
          await new Promise<void>((resolve, reject) => {
            pool.query({ text, values: [] }, () => (activeSpan() === span ? resolve() : reject(new Error('context'))));
          });
        });
        await pool.end();
        const [first, second] = await setup.exporter.waitFor(3);
        for (const span of [first, second]) {
          expect(span).toMatchObject({
            name: 'SELECT users',
            kind: 'client',
            status: { code: 'error' },
            attributes: {
              'db.query.text': 'SELECT * FROM users WHERE name = ?',
              'db.namespace': 'shop',
              'server.address': '127.0.0.1',
              'server.port': port,
              'error.type': 'ECONNREFUSED',
            },
          });
          expect(span?.attributes).not.toHaveProperty('db.response.status_code');
        }
        expect(await setup.draw(3)).toEqual([
          'request',
          '  SELECT users ! ECONNREFUSED',
          '  SELECT users ! ECONNREFUSED',
        ]);
      });

      test('has a span for pool.connect() and client.connect()', async () => {
        const pool: Pool = new PgPool(server());
        await setup.tracer.withSpan('request', async (span) => {
          await expect(pool.connect()).rejects.toThrow('ECONNREFUSED');
          await new Promise<void>((resolve, reject) => {
            pool.connect(() => (activeSpan() === span ? resolve() : reject(new Error('context'))));
          });
          await expect(new PgClient(server()).connect()).rejects.toThrow('ECONNREFUSED');
          await new Promise<void>((resolve, reject) => {
            new PgClient(server()).connect(() => (activeSpan() === span ? resolve() : reject(new Error('context'))));
          });
        });
        await pool.end();
        expect(await setup.draw(5)).toEqual(['request', ...Array(4).fill('  connect shop ! ECONNREFUSED')]);
      });

      test('of a pool that has ended', async () => {
        const pool: Pool = new PgPool(server());
        await pool.end();
        await setup.tracer.withSpan('request', async () => {
          await expect(pool.connect()).rejects.toThrow('after calling end');
          await expect(pool.query('SELECT 1')).rejects.toThrow('after calling end');
        });
        expect(await setup.draw(3)).toEqual(['request', '  connect ! Error', '  SELECT ! Error']);
      });
    });

    test('by a server that hangs up reaches the callback in the context of the caller', async () => {
      const sockets: Socket[] = [];
      const server: Server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const proxy = server.address() as AddressInfo;
      const { connect } = await import('node:net');
      server.removeAllListeners('connection');
      server.on('connection', (socket) => {
        const upstream = connect(setup.service.port, setup.service.host);
        sockets.push(socket, upstream);
        socket.pipe(upstream).pipe(socket);
        for (const end of [socket, upstream]) end.on('error', () => {});
      });
      const pool: Pool = new PgPool({
        connectionString: setup.service.url.replace(`:${setup.service.port}`, `:${proxy.port}`),
        max: 1,
      });
      pool.on('error', () => {});
      await setup.tracer.withSpan('opener', () => pool.query('SELECT 1'));
      await setup.tracer.withSpan(
        'request',
        (span) =>
          new Promise<void>((resolve, reject) => {
            pool.query('SELECT pg_sleep(60)', () => (activeSpan() === span ? resolve() : reject(new Error('context'))));
            setImmediate(() => setImmediate(() => sockets.forEach((socket) => void socket.destroy())));
          }),
      );
      // The pool connects anew.
      await setup.tracer.withSpan('next', () => pool.query('SELECT 1'));
      await pool.end();
      server.close();
      for (const socket of sockets) socket.destroy();
      expect(await setup.draw(6)).toEqual([
        'opener',
        '  SELECT (1)',
        'request',
        '  SELECT ! Error',
        'next',
        '  SELECT (1)',
      ]);
    });
  });
});
