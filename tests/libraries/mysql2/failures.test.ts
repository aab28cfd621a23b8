import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { activeSpan } from '@waymark/core';
import type { Connection, PoolConnection } from 'mysql2';
import { describeWith } from '../../services/describe-with.ts';
import { loadMysql2, type Setup, setUp, versions } from './traced-mysql2.ts';

describeWith('mariadb')('a failure of mysql2', () => {
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
      made.on('error', () => {});
      await new Promise<void>((resolve, reject) => made.connect((error) => (error ? reject(error) : resolve())));
      return made;
    }
    beforeEach(async () => {
      connection = await connect();
      setup.exporter.reset();
    });
    afterEach(() => connection.destroy());

    async function kill(victim: Connection): Promise<void> {
      const killer = await connect();
      await killer.promise().query(`KILL ${victim.threadId}`);
      killer.destroy();
    }

    test('has the number of the error, and a message without literals', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        const promises = connection.promise();
        await promises.query("INSERT INTO users VALUES (1, 'secret')").catch(() => {});
        await promises.execute('INSERT INTO users VALUES (?, ?)', [1, 'secret']).catch(() => {});
        await promises.execute('SELECT * FROM missing').catch(() => {});
        await new Promise<void>((resolve) =>
          connection.query("SELECT 'secret' FROM missing", () => {
            expect(activeSpan()).toBe(span);
            resolve();
          }),
        );
        await promises.prepare("SELECT 'secret' FROM missing").catch(() => {});
      });
      const spans = await setup.exporter.waitFor(6);
      expect(JSON.stringify(spans)).not.toContain('secret');
      expect(spans[0]).toMatchObject({
        name: 'INSERT users',
        status: { code: 'error', message: expect.stringContaining('Duplicate entry') },
        attributes: { 'error.type': '1062', 'db.response.status_code': '1062' },
      });
      expect(spans[0]?.events).toEqual([]);
      expect(spans.slice(1, 5).map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
        ['INSERT users', '1062'],
        ['SELECT missing', '1146'],
        ['SELECT missing', '1146'],
        ['SELECT missing', '1146'],
      ]);
    });

    test('of a statement that cannot be sent', async () => {
      await setup.tracer.withSpan('request', async () => {
        expect(() => connection.execute('SELECT ?', [undefined as never], () => {})).toThrow(TypeError);
        await connection
          .promise()
          .execute('SELECT ?', [undefined as never])
          .catch(() => {});
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT ! TypeError', '  SELECT ! TypeError']);
    });

    test('by the timeout of a statement', async () => {
      await setup.tracer.withSpan('request', async () => {
        await connection
          .promise()
          .query({ sql: 'SELECT SLEEP(0.2)', timeout: 30 })
          .catch(() => {});
        await connection.promise().query('SELECT 1');
      });
      const lines = await setup.draw(3);
      expect(lines).toEqual(['request', '  SELECT ! PROTOCOL_SEQUENCE_TIMEOUT', '  SELECT (1)']);
    });

    test('of a connection that the server ends: statements under way and waiting', async () => {
      await setup.tracer.withSpan('request', async () => {
        const results = ['SELECT SLEEP(20)', 'SELECT 1'].map((text) =>
          connection
            .promise()
            .query(text)
            .catch(() => {}),
        );
        await kill(connection);
        await Promise.all(results);
        await connection
          .promise()
          .query('SELECT 2')
          .catch(() => {});
      });
      const [request, ...statements] = await setup.draw(5);
      expect(request).toBe('request');
      expect(statements.filter((line) => line.startsWith('  SELECT !'))).toHaveLength(3);
      expect(statements.filter((line) => line.startsWith('  KILL'))).toHaveLength(1);
    });

    test('of a statement that is killed alone', async () => {
      await setup.tracer.withSpan('request', async () => {
        const result = connection
          .promise()
          .query('SELECT id, SLEEP(20) FROM users')
          .catch(() => {});
        const killer = await connect();
        // The statement runs when the server shows it.
        for (;;) {
          const [rows] = await setup.tracer.withSpan('look', () =>
            killer
              .promise()
              .query('SELECT info FROM information_schema.processlist WHERE id = ?', [connection.threadId]),
          );
          if (String((rows as { info: string }[])[0]?.info).includes('SLEEP')) break;
        }
        setup.exporter.reset();
        await killer.promise().query(`KILL QUERY ${connection.threadId}`);
        killer.destroy();
        await result;
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT users ! 1317', expect.stringMatching(/^ {2}KILL/)]);
    });

    test('of statements whose connection the application destroys', async () => {
      setup.tracer.withSpan('request', () => {
        connection.query('SELECT SLEEP(20)', () => {});
        connection.query('SELECT 1', () => {});
        connection.query('SELECT 2');
        connection.execute('SELECT 3');
      });
      connection.destroy();
      const closed = 'SELECT ! PROTOCOL_CONNECTION_LOST';
      await kill(connection).catch(() => {}); // the server would end SLEEP() first
      expect(await setup.draw(5)).toEqual(['request', ...Array.from({ length: 4 }, () => `  ${closed}`)]);
    });

    describe('of a pool', () => {
      test('that cannot connect', async () => {
        const server: Server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        server.close();
        const pool = mysql2.createPool({ ...setup.account, port });
        await setup.tracer.withSpan('request', async (span) => {
          await pool
            .promise()
            .query('SELECT * FROM users WHERE name = ?', ['secret'])
            .catch(() => {});
          await pool
            .promise()
            .execute('SELECT 1')
            .catch(() => {});
          await pool
            .promise()
            .getConnection()
            .catch(() => {});
          await new Promise<void>((resolve) =>
            pool.query('SELECT * FROM users', (error) => {
              expect(activeSpan()).toBe(span);
              expect(error?.code).toBe('ECONNREFUSED');
              resolve();
            }),
          );
          await once(pool.query('SELECT * FROM users'), 'error');
        });
        const [first] = await setup.exporter.waitFor(6);
        expect(await setup.draw(6)).toEqual([
          'request',
          '  SELECT users ! ECONNREFUSED',
          '  SELECT ! ECONNREFUSED',
          '  connect shop ! ECONNREFUSED',
          '  SELECT users ! ECONNREFUSED',
          '  SELECT users ! ECONNREFUSED',
        ]);
        expect(first).toMatchObject({
          attributes: { 'server.port': port, 'db.query.text': 'SELECT * FROM users WHERE name = ?' },
        });
        await pool.promise().end();
      });

      test('with a wrong password', async () => {
        const pool = mysql2.createPool({ ...setup.account, password: 'wrong' });
        await setup.tracer.withSpan('request', () =>
          pool
            .promise()
            .query('SELECT 1')
            .catch(() => {}),
        );
        expect(await setup.draw(2)).toEqual(['request', '  SELECT ! 1045']);
        await pool.promise().end();
      });

      test('whose queue is full', async () => {
        const pool = mysql2.createPool({ ...setup.account, connectionLimit: 1, queueLimit: 1 });
        await Promise.all(
          ['first', 'second', 'third'].map((name) =>
            setup.tracer.withSpan(name, () =>
              pool
                .promise()
                .query('SELECT 1')
                .catch(() => {}),
            ),
          ),
        );
        expect(await setup.draw(6)).toEqual([
          'first',
          '  SELECT (1)',
          'second',
          '  SELECT (1)',
          'third',
          '  SELECT ! Error',
        ]);
        await pool.promise().end();
        await setup.tracer.withSpan('after its end', () =>
          pool
            .promise()
            .query('SELECT 1')
            .catch(() => {}),
        );
        expect(await setup.draw(2)).toEqual(['after its end', '  SELECT ! Error']);
      });

      test('whose connection breaks, for those that wait', async () => {
        const pool = mysql2.createPool({ ...setup.account, connectionLimit: 1 });
        const holder = await new Promise<PoolConnection>((resolve) => pool.getConnection((_, made) => resolve(made)));
        const waiting = ['first', 'second'].map((name) =>
          setup.tracer.withSpan(name, async (span) => {
            await pool.promise().query('SELECT * FROM users');
            expect(activeSpan()).toBe(span);
          }),
        );
        setup.tracer.withSpan('releases', () => holder.destroy());
        await Promise.all(waiting);
        expect(await setup.draw(5)).toEqual([
          'first',
          '  SELECT users (3)',
          'second',
          '  SELECT users (3)',
          'releases',
        ]);
        await pool.promise().end();
      });

      test('whose connection breaks and cannot be made again, for those that wait', async () => {
        const sockets = new Set<import('node:net').Socket>();
        const { connect: connectTo } = await import('node:net');
        const relay = createServer((socket) => {
          sockets.add(socket);
          const upstream = connectTo(setup.account.port, '127.0.0.1');
          socket
            .on('error', () => {})
            .pipe(upstream.on('error', () => {}))
            .pipe(socket);
        }).listen(0, '127.0.0.1');
        await once(relay, 'listening');
        const { port } = relay.address() as AddressInfo;
        const pool = mysql2.createPool({ ...setup.account, port, connectionLimit: 1 });
        const holder = await new Promise<PoolConnection>((resolve) => pool.getConnection((_, made) => resolve(made)));
        const waiting = setup.tracer.withSpan('waits', () =>
          pool
            .promise()
            .query('SELECT * FROM users')
            .catch(() => {}),
        );
        relay.close();
        setup.tracer.withSpan('releases', () => holder.destroy());
        for (const socket of sockets) socket.destroy();
        await waiting;
        expect(await setup.draw(3)).toEqual(['waits', '  SELECT users ! ECONNREFUSED', 'releases']);
        await pool.promise().end();
      });
    });

    test('of a cluster whose node is down', async () => {
      const server: Server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      const cluster = mysql2.createPoolCluster({ defaultSelector: 'ORDER', removeNodeErrorCount: 1 });
      cluster.add('down', { ...setup.account, port });
      cluster.add('up', setup.account);
      await setup.tracer.withSpan(
        'request',
        (span) =>
          new Promise<void>((resolve) =>
            cluster.getConnection((error: unknown, made: PoolConnection) => {
              expect(error).toBeNull();
              expect(activeSpan()).toBe(span);
              made.query('SELECT * FROM users', () => {
                made.release();
                resolve();
              });
            }),
          ),
      );
      expect(await setup.draw(3)).toEqual(['request', '  connect shop ! ECONNREFUSED', '  SELECT users (3)']);
      await new Promise((resolve) => cluster.end(resolve));
    });
  });
});
