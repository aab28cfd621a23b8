import { activeSpan, createTracer, type Tracer } from '@waymark/core';
import { traceIoredis } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { Redis } from 'ioredis';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type IoredisModule, ioredisVersions } from './versions.ts';

describeWith('redis')('the spans of a client', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe.each(ioredisVersions)('%s', (version) => {
    const { Redis, ...others } = require(version) as IoredisModule;
    let exporter: InMemoryExporter;
    let tracer: Tracer;
    const clients: Redis[] = [];

    function connect(options: object = {}): Redis {
      const client = new Redis({ host: server.host, port: server.port, ...options });
      client.on('error', () => {});
      clients.push(client);
      return client;
    }

    beforeAll(() => {
      traceIoredis({ Redis, ...others });
    });
    beforeEach(async () => {
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
      const client = connect();
      await client.flushall();
      client.disconnect();
    });
    afterEach(() => {
      for (const client of clients.splice(0)) client.disconnect();
    });

    const drawn = () => drawSpans(exporter.spans);

    test('have the name, the server, the node and the text without values', async () => {
      const client = connect({ db: 3 });
      await client.ping();
      await tracer.withSpan('a', () => client.set('user:7', 'secret', 'EX', 60));
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
          'network.peer.address': '127.0.0.1',
          'network.peer.port': server.port,
        },
      });
    });

    test('are below the code that called, also for commands that wait for the connection', async () => {
      const client = connect({ lazyConnect: true });
      await Promise.all([
        tracer.withSpan('a', () => client.set('k', 1)),
        tracer.withSpan('b', () => client.get('k')),
        tracer.withSpan('c', () => client.incr('k')),
      ]);
      expect(drawn()).toEqual(['a', '  SET', 'b', '  GET', 'c', '  INCR']);
      expect(exporter.spans[0]?.attributes).toMatchObject({ 'network.peer.port': server.port });
    });

    test('are not made outside a span, nor for what sets up the connection', async () => {
      const client = connect({ lazyConnect: true, db: 2, connectionName: 'mine', readOnly: true });
      await client.get('k');
      await tracer.withSpan('a', () => connect({ lazyConnect: true, connectionName: 'mine', db: 1 }).connect());
      await tracer.withSpan('b', async () => {
        const copy = client.duplicate();
        clients.push(copy);
        await copy.get('k');
      });
      expect(drawn()).toEqual(['a', 'b', '  GET']);
    });

    test('are below each caller when commands are pipelined by themselves', async () => {
      const client = connect({ enableAutoPipelining: true });
      await client.set('k', 1);
      await Promise.all([
        tracer.withSpan('a', () => client.get('k')),
        tracer.withSpan('b', () => client.incr('k')),
        tracer.withSpan('c', () => client.lpush('k', 1).catch(() => {})),
        tracer.withSpan('d', () => client.mget('k', 'none')),
        client.get('k'),
      ]);
      expect(drawn()).toEqual(['a', '  GET', 'b', '  INCR', 'c', '  LPUSH ! WRONGTYPE', 'd', '  MGET (1)']);
    });

    test('are one for a pipeline, which fails with the first command that fails', async () => {
      const client = connect();
      await tracer.withSpan('a', () => client.pipeline().set('k', 'secret').hset('h', 'f', 'secret').exec());
      await tracer.withSpan('b', () =>
        client
          .pipeline([
            ['get', 'k'],
            ['get', 'l'],
          ])
          .exec(),
      );
      await tracer.withSpan('c', () => client.pipeline().get('k').lpush('k', 1).exec());
      await tracer.withSpan('d', () => client.pipeline().get('k').exec());
      await tracer.withSpan('e', () => client.pipeline().exec());
      await client.pipeline().get('k').exec();
      expect(drawn()).toEqual([
        'a',
        '  PIPELINE',
        'b',
        '  PIPELINE GET',
        'c',
        '  PIPELINE ! WRONGTYPE',
        'd',
        '  PIPELINE GET',
        'e',
      ]);
      const texts = exporter.spans.flatMap(({ attributes: a }) => (a['db.query.text'] ? [a['db.query.text']] : []));
      expect(texts).toEqual(['SET k ?\nHSET h f ?', 'GET k\nGET l', 'GET k\nLPUSH k ?', 'GET k']);
      const sizes = exporter.spans.map(({ attributes }) => attributes['db.operation.batch.size']);
      expect(sizes.filter((size) => size !== undefined)).toEqual([2, 2, 2]);
    });

    test('are one for a transaction', async () => {
      const client = connect();
      await tracer.withSpan('a', () => client.multi().set('k', 1).incr('k').exec());
      await tracer.withSpan('b', () =>
        client
          .multi([
            ['incr', 'k'],
            ['incr', 'k'],
          ])
          .exec(),
      );
      await tracer.withSpan('c', () => client.multi().set('k', 1).lpush('k', 1).exec());
      await tracer.withSpan('d', () =>
        client
          .multi()
          .set('k', 1)
          .call('nonsense')
          .exec()
          .catch(() => {}),
      );
      await tracer.withSpan('e', async () => {
        await client.multi({ pipeline: false });
        await client.set('k', 1);
        await client.exec();
      });
      expect(drawn()).toEqual([
        'a', '  MULTI', 'b', '  MULTI INCR', 'c', '  MULTI ! WRONGTYPE', 'd', '  MULTI ! EXECABORT', 'e', '  MULTI', '  SET', '  EXEC',
      ]); // biome-ignore format: a line for each tree would be long
      expect(exporter.spans[0]?.attributes).toMatchObject({
        'db.operation.batch.size': 2,
        'db.query.text': 'SET k ?\nINCR k',
      });
    });

    test('fail with the code of the error, and without its literals', async () => {
      const client = connect();
      await client.set('k', 'text');
      await tracer.withSpan('a', () => client.incr('k').catch(() => {}));
      await tracer.withSpan('b', () => client.call('nonsense', 'secret').catch(() => {}));
      expect(drawn()).toEqual(['a', '  INCR ! ERR', 'b', '  NONSENSE ! ERR']);
      expect(exporter.spans[0]?.attributes['db.response.status_code']).toBe('ERR');
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('end when the command is never sent', async () => {
      const refused = connect({ port: 1, maxRetriesPerRequest: 1, retryStrategy: () => 1 });
      await tracer.withSpan('a', () => refused.get('k').catch(() => {}));
      refused.disconnect();
      const impatient = connect({ lazyConnect: true, enableOfflineQueue: false });
      await tracer.withSpan('b', () => impatient.get('k').catch(() => {}));
      const closed = connect();
      await closed.quit();
      await tracer.withSpan('c', () => closed.get('k').catch(() => {}));
      const lost = connect({ port: 1, retryStrategy: () => 60_000 });
      await tracer.withSpan('d', async () => {
        const waiting = lost.get('k').catch(() => {});
        lost.disconnect();
        await waiting;
      });
      const slow = connect({ commandTimeout: 1 });
      await tracer.withSpan('e', () => slow.blpop('none', 1).catch(() => {}));
      expect(drawn()).toEqual([
        'a', '  GET ! MaxRetriesPerRequestError', 'b', '  GET ! Error', 'c', '  GET ! Error', 'd', '  GET ! Error', 'e', '  BLPOP ! Error',
      ]); // biome-ignore format: a line for each tree would be long
    });

    test('continue when the connection is lost and made again', async () => {
      const client = connect();
      await client.ping();
      const other = connect();
      await tracer.withSpan('a', async () => {
        const waiting = client.blpop('list', 0);
        client.stream.destroy();
        await other.ping();
        await other.rpush('list', 'x');
        await waiting;
      });
      expect(drawn().filter((line) => line.includes('BLPOP'))).toEqual(['  BLPOP']);
    });

    test('follow SELECT', async () => {
      const client = connect();
      await tracer.withSpan('a', async () => {
        await client.get('k');
        await client.select(5);
        await client.get('k');
        await client.call('SELECT', '6');
        await client.get('k');
      });
      const gets = exporter.spans.filter(({ name }) => name === 'GET');
      expect(gets.map(({ attributes }) => attributes['db.namespace'])).toEqual(['0', '5', undefined]);
    });

    test('are one for a script, also when the server has forgotten it', async () => {
      const client = connect();
      client.defineCommand('double', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
      const double = (from: unknown = client): Promise<number> =>
        (from as { double(...args: unknown[]): Promise<number> }).double('k', 7654321);
      await tracer.withSpan('a', () => double());
      await client.script('FLUSH');
      expect(await tracer.withSpan('b', () => double())).toBe(2 * 7654321);
      await client.script('FLUSH');
      await tracer.withSpan('c', () => Promise.all([double(), double()]));
      await client.script('FLUSH');
      await tracer.withSpan('d', () => (double(client.pipeline()) as unknown as { exec(): Promise<unknown> }).exec());
      expect(drawn()).toEqual([
        'a',
        '  EVALSHA',
        'b',
        '  EVALSHA',
        'c',
        '  EVALSHA',
        '  EVALSHA',
        'd',
        '  PIPELINE EVALSHA',
      ]);
      await tracer.withSpan('e', () => client.eval("return ARGV[1] .. '7654321'", 1, 'key', '7654321'));
      expect(JSON.stringify(exporter.spans)).not.toMatch(/7654321|INCRBY|ARGV/);
      expect(
        exporter.spans
          .filter(({ name }) => name.startsWith('EVAL'))
          .map(({ attributes }) => attributes['db.stored_procedure.name']),
      ).toEqual(expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{40}$/)]));
    });

    test('count the items of a list', async () => {
      const client = connect();
      await client.rpush('l', 1, 2, 3);
      await client.hset('h', 'a', 1, 'b', 2);
      await tracer.withSpan('a', async () => {
        await client.lrange('l', 0, -1);
        await client.hgetall('h');
        await client.keys('*');
        await client.scan(0);
        await client.get('none');
      });
      expect(drawn()).toEqual(['a', '  LRANGE (3)', '  HGETALL (2)', '  KEYS (2)', '  SCAN (2)', '  GET']);
    });

    test('of a scan are below the code that reads the stream', async () => {
      const client = connect();
      await client.mset('a', 1, 'b', 2);
      await tracer.withSpan('a', async () => {
        for await (const keys of client.scanStream({ count: 1 })) await client.exists('a', ...(keys as string[]));
      });
      const lines = drawn();
      expect(lines[0]).toBe('a');
      expect(lines.slice(1).every((line) => /^ {2}(SCAN \(\d+\)|EXISTS)$/.test(line))).toBe(true);
    });

    test("leave the caller's context in callbacks and events", async () => {
      const client = connect({ lazyConnect: true });
      const seen = await tracer.withSpan('a', async (span) => {
        const inCallback = await new Promise((resolve) => {
          client.get('k', () => resolve(activeSpan()));
        });
        const inExec = await new Promise((resolve) => {
          client
            .pipeline()
            .get('k')
            .exec(() => resolve(activeSpan()));
        });
        const inMulti = await new Promise((resolve) => {
          client
            .multi()
            .get('k')
            .exec(() => resolve(activeSpan()));
        });
        return [inCallback, inExec, inMulti].map((one) => one === span);
      });
      expect(seen).toEqual([true, true, true]);
    });

    test('end for a subscription, whose messages belong to no request', async () => {
      const subscriber = connect({ lazyConnect: true });
      const message = new Promise((resolve) => subscriber.on('message', () => resolve(activeSpan())));
      await tracer.withSpan('a', () => subscriber.subscribe('news'));
      await tracer.withSpan('b', () => connect().publish('news', 'secret'));
      expect(await message).toBeUndefined();
      expect(drawn()).toEqual(['a', '  SUBSCRIBE', 'b', '  PUBLISH']);
    });

    test('have no text if an option says so, and are not made if the library is turned off', async () => {
      const client = connect();
      const settings = { exporter, flushOnExit: false, logLevel: 'none', env: {} } as const;
      const name = version === 'iovalkey' ? 'iovalkey' : 'ioredis';
      await createTracer({ ...settings, libraries: { [name]: { queryText: false } } }).withSpan('a', () =>
        client.get('k'),
      );
      await createTracer({ ...settings, libraries: { [name]: false } }).withSpan('b', () => client.get('k'));
      expect(drawn()).toEqual(['a', '  GET', 'b']);
      expect(exporter.spans[0]?.attributes['db.query.text']).toBeUndefined();
    });

    test('are not doubled by a second call, nor by a subscriber of the channel', async () => {
      traceIoredis(Redis);
      const client = connect();
      await tracer.withSpan('a', () => client.get('k'));
      expect(drawn()).toEqual(['a', '  GET']);
    });
  });

  test('a value that is not the library is refused', () => {
    expect(() => traceIoredis({ get: () => {} })).toThrow(
      /^traceIoredis\(Redis\) takes ioredis's class Redis, got .*WAYMARK_INVALID_OPTION/,
    );
  });
});
