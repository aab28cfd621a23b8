import { activeSpan, createTracer, type Tracer } from '@waymark/core';
import { traceRedis } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type * as redis from 'redis';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import { type RedisCluster, startRedisCluster } from '../../services/redis-cluster.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

// Version 6 publishes channels, 5.0 does not. The types are those of 6: what the tests use is the same in both.
const versions = ['redis', 'redis5'] as const;

describeWith('redis')('the spans of a client', () => {
  let server: Service;
  let servers: RedisCluster;

  beforeAll(async () => {
    [server, servers] = await Promise.all([startRedis(), startRedisCluster()]);
  });
  afterAll(() => Promise.all([server.stop(), servers.stop()]));

  describe.each(versions)('%s', (version) => {
    const library = require(version) as typeof redis;
    let exporter: InMemoryExporter;
    let tracer: Tracer;
    const open: { destroy(): unknown }[] = [];

    function make(options: object = {}) {
      const client = library.createClient({ socket: { host: server.host, port: server.port }, ...options });
      client.on('error', () => {});
      open.push(client);
      return client;
    }

    beforeAll(() => {
      expect(traceRedis(library)).toBe(library);
    });
    beforeEach(async () => {
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
      const client = await make().connect();
      await client.flushAll();
    });
    afterEach(() => {
      for (const client of open.splice(0)) {
        try {
          client.destroy();
        } catch {
          // It is closed.
        }
      }
    });

    const drawn = () => drawSpans(exporter.spans);

    test('have the name, the server and the text without values', async () => {
      const client = await make({ database: 3 }).connect();
      await tracer.withSpan('a', () => client.set('user:7', 'secret', { EX: 60 }));
      const [{ kind, name, attributes }] = exporter.spans as [(typeof exporter.spans)[0]];
      expect({ kind, name, attributes }).toEqual({
        kind: 'client',
        name: 'SET',
        attributes: {
          'db.system.name': 'redis',
          'db.namespace': '3',
          'db.operation.name': 'SET',
          'db.query.text': 'SET user:7 ? ? ?',
          'server.address': '127.0.0.1',
          'server.port': server.port,
        },
      });
    });

    test('are below the code that called, also before the connection is there and in one tick', async () => {
      const client = make();
      const connected = tracer.withSpan('connect', () => client.connect());
      await Promise.all([
        tracer.withSpan('a', () => client.set('k', '1')),
        tracer.withSpan('b', () => client.get('k')),
        tracer.withSpan('c', () => client.incr('k')),
        client.get('k'),
      ]);
      await connected;
      expect(drawn()).toEqual(['connect', 'a', '  SET', 'b', '  GET', 'c', '  INCR']);
    });

    test('are below the code that called when all clients of a pool are in use', async () => {
      const pool = library.createClientPool({ url: server.url }, { minimum: 1, maximum: 1 });
      pool.on('error', () => {});
      open.push(pool);
      await pool.connect();
      const names = ['a', 'b', 'c'];
      const own = await Promise.all(
        names.map((name) =>
          tracer.withSpan(name, async (span) => {
            await pool.incr('k');
            return (
              (await pool.execute(async (client) => {
                const inside = activeSpan();
                await client.get('k');
                return inside;
              })) === span
            );
          }),
        ),
      );
      expect(own).toEqual([true, true, true]);
      expect(drawn()).toEqual(names.flatMap((name) => [name, '  INCR', '  GET']));
    });

    test('are one for a pipeline and one for a transaction', async () => {
      const client = await make().connect();
      await tracer.withSpan('a', () => client.multi().set('k', 'secret').get('k').execAsPipeline());
      await tracer.withSpan('b', () => client.multi().get('k').get('l').execAsPipeline());
      await tracer.withSpan('c', () => client.multi().set('k', 'text').get('k').exec());
      await tracer.withSpan('d', () =>
        client
          .multi()
          .get('k')
          .lPush('k', 'x')
          .exec()
          .catch(() => {}),
      );
      await tracer.withSpan('e', () =>
        client
          .multi()
          .get('k')
          .lPush('k', 'x')
          .execAsPipeline()
          .catch(() => {}),
      );
      expect(drawn()).toEqual([
        'a',
        '  PIPELINE',
        'b',
        '  PIPELINE GET',
        'c',
        '  MULTI',
        'd',
        '  MULTI ! WRONGTYPE',
        'e',
        '  PIPELINE ! WRONGTYPE',
      ]);
      expect(exporter.spans[0]?.attributes).toMatchObject({
        'db.operation.name': 'PIPELINE',
        'db.operation.batch.size': 2,
        'db.query.text': 'SET k ?\nGET k',
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('fail with the code of the error, also when the client is closed', async () => {
      const client = await make().connect();
      await client.set('k', 'text');
      await tracer.withSpan('a', () => client.incr('k').catch(() => {}));
      await tracer.withSpan('b', () => client.sendCommand(['NONSENSE', 'secret']).catch(() => {}));
      await client.close();
      await tracer.withSpan('c', () => client.get('k').catch(() => {}));
      expect(drawn()).toEqual(['a', '  INCR ! ERR', 'b', '  NONSENSE ! ERR', 'c', '  GET ! ClientClosedError']);
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('end when the client is destroyed meanwhile, and when the offline queue is off', async () => {
      const client = await make().connect();
      await tracer.withSpan('a', async () => {
        const waiting = client.blPop('none', 0).catch(() => {});
        client.destroy();
        await waiting;
      });
      const impatient = make({ disableOfflineQueue: true });
      impatient.connect().catch(() => {});
      await tracer.withSpan('b', () => impatient.get('k').catch(() => {}));
      expect(drawn()).toEqual(['a', '  BLPOP ! DisconnectsClientError', 'b', '  GET ! ClientOfflineError']);
    });

    test('are not made for the pings of a client, and the messages of a subscription belong to no call', async () => {
      const client = make({ pingInterval: 1 });
      const pinged = new Promise((resolve) => client.once('ping-interval', resolve));
      let note: (span: unknown) => void = () => {};
      const message = new Promise((resolve) => {
        note = resolve;
      });
      await tracer.withSpan('start', async () => {
        await client.connect();
        const subscriber = await make().connect();
        await subscriber.subscribe('news', () => note(activeSpan()));
        await pinged;
      });
      await client.publish('news', 'x');
      expect(await message).toBeUndefined();
      expect(drawn()).toEqual(['start']);
    });

    test('follow SELECT', async () => {
      const client = await make().connect();
      await tracer.withSpan('a', async () => {
        await client.get('k');
        await client.select(5);
        await client.get('k');
      });
      const gets = exporter.spans.filter(({ name }) => name === 'GET');
      expect(gets.map(({ attributes }) => attributes['db.namespace'])).toEqual(['0', '5']);
    });

    test('count the items of a list, and name a script by its hash', async () => {
      const client = await make().connect();
      await client.rPush('l', ['1', '2', '3']);
      await client.hSet('h', { a: '1', b: '2' });
      await tracer.withSpan('a', async () => {
        await client.lRange('l', 0, -1);
        await client.hGetAll('h');
        await client.mGet(['l', 'none']);
        for await (const keys of client.scanIterator()) void keys;
        await client.eval("return ARGV[1] .. '7654321'", { keys: ['key'], arguments: ['7654321'] });
      });
      expect(drawn()).toEqual(['a', '  LRANGE (3)', '  HGETALL (2)', '  MGET (0)', '  SCAN (2)', '  EVAL']);
      expect(JSON.stringify(exporter.spans)).not.toMatch(/7654321|ARGV/);
      expect(exporter.spans[4]?.attributes['db.stored_procedure.name']).toMatch(/^[0-9a-f]{40}$/);
    });

    test('are made for the legacy interface, whose callbacks have the context of the caller', async () => {
      const client = await make().connect();
      const own = await tracer.withSpan('a', (span) => {
        return new Promise((resolve) => {
          (client.legacy() as unknown as { get(key: string, callback: () => void): void }).get('k', () =>
            resolve(activeSpan() === span),
          );
        });
      });
      expect(own).toBe(true);
      expect(drawn()).toEqual(['a', '  GET']);
    });

    test('of a cluster are below the code that called, on the node of the key', async () => {
      const cluster = library.createCluster({ rootNodes: servers.nodes.map(({ url }) => ({ url })) });
      cluster.on('error', () => {});
      open.push(cluster);
      await tracer.withSpan('connect', () => cluster.connect());
      await Promise.all(['a', 'b', 'c'].map((key) => tracer.withSpan(key, () => cluster.set(key, 'x'))));
      await tracer.withSpan('m', () => cluster.multi().set('{x}1', 'x').get('{x}2').exec());
      expect(drawn()).toEqual(['connect', 'a', '  SET', 'b', '  SET', 'c', '  SET', 'm', '  MULTI']);
      const ports = exporter.spans
        .filter(({ name }) => name === 'SET')
        .map(({ attributes }) => attributes['server.port']);
      expect(new Set(ports)).toEqual(new Set(servers.nodes.map(({ port }) => port)));
    });

    test('have no text if an option says so, and are not made if the library is turned off', async () => {
      const client = await make().connect();
      const settings = { exporter, flushOnExit: false, logLevel: 'none', env: {} } as const;
      await createTracer({ ...settings, libraries: { redis: { queryText: false } } }).withSpan('a', () =>
        client.get('k'),
      );
      await createTracer({ ...settings, libraries: { redis: false } }).withSpan('b', () => client.get('k'));
      expect(drawn()).toEqual(['a', '  GET', 'b']);
      expect(exporter.spans[0]?.attributes['db.query.text']).toBeUndefined();
    });

    test('are not doubled when a client is passed as well', async () => {
      const client = await make().connect();
      traceRedis(client);
      traceRedis(library);
      await tracer.withSpan('a', () => client.get('k'));
      expect(drawn()).toEqual(['a', '  GET']);
    });
  });

  test('a value that is not the library is refused', () => {
    expect(() => traceRedis({ get: () => {} })).toThrow(
      /^traceRedis\(redis\) takes the exports of redis, got .*WAYMARK_INVALID_OPTION/,
    );
  });
});
