import { createTracer, type Tracer } from '@waymark/core';
import { traceIoredis } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { Cluster } from 'ioredis';
import { describeWith } from '../../services/describe-with.ts';
import { type RedisCluster, startRedisCluster } from '../../services/redis-cluster.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type IoredisModule, ioredisVersions } from './versions.ts';

// The slots of these keys are on three nodes.
const keys = ['b', 'c', 'a'];

describeWith('redis')('the spans of a cluster', () => {
  let servers: RedisCluster;

  beforeAll(async () => {
    servers = await startRedisCluster();
  });
  afterAll(() => servers.stop());

  describe.each(ioredisVersions)('%s', (version) => {
    const library = require(version) as IoredisModule;
    let exporter: InMemoryExporter;
    let tracer: Tracer;
    const clusters: Cluster[] = [];

    function connect(options: object = {}): Cluster {
      const [{ host, port }] = servers.nodes as readonly [Service];
      const cluster = new library.Cluster([{ host, port }], options);
      cluster.on('error', () => {});
      clusters.push(cluster);
      return cluster;
    }

    beforeAll(() => {
      traceIoredis(library);
    });
    beforeEach(() => {
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
    });
    afterEach(() => {
      for (const cluster of clusters.splice(0)) cluster.disconnect();
    });

    test('are below the code that called, with the node that answered', async () => {
      const cluster = connect({ lazyConnect: true });
      await Promise.all(keys.map((key) => tracer.withSpan(key, () => cluster.set(key, 'secret'))));
      expect(drawSpans(exporter.spans)).toEqual(keys.flatMap((key) => [key, '  SET']));
      const sets = exporter.spans.filter(({ name }) => name === 'SET');
      const ports = new Set(sets.map(({ attributes }) => attributes['network.peer.port']));
      expect(ports).toEqual(new Set(servers.nodes.map(({ port }) => port)));
      expect(new Set(sets.map(({ attributes }) => attributes['server.port']))).toEqual(
        new Set([servers.nodes[0]?.port]),
      );
    });

    test('are below each caller when commands are pipelined by themselves, before it is connected', async () => {
      const cluster = connect({ lazyConnect: true, enableAutoPipelining: true });
      await Promise.all(keys.map((key) => tracer.withSpan(key, () => cluster.incr(`${key}:n`))));
      await Promise.all(keys.map((key) => tracer.withSpan(key, () => cluster.get(`${key}:n`))));
      expect(drawSpans(exporter.spans)).toEqual([
        ...keys.flatMap((key) => [key, '  INCR']),
        ...keys.flatMap((key) => [key, '  GET']),
      ]);
    });

    test('are one for a pipeline and one for a transaction, before it is connected', async () => {
      const cluster = connect({ lazyConnect: true });
      await Promise.all([
        tracer.withSpan('a', () => cluster.pipeline().set('{x}1', 1).get('{x}2').exec()),
        tracer.withSpan('b', () => cluster.multi().set('{x}1', 1).get('{x}2').exec()),
      ]);
      expect(drawSpans(exporter.spans)).toEqual(['a', '  PIPELINE', 'b', '  MULTI']);
    });

    test('are one when the cluster sends a command on to another node', async () => {
      const cluster = connect();
      await cluster.set('a', 1);
      // What the client knows of the slots is wrong now, so each command is answered by MOVED first.
      const wrong = () => {
        const internals = cluster as unknown as {
          slots: string[][];
          _groupsBySlot: number[];
          _groupsIds: Record<string, number>;
        };
        const [first] = internals.slots[0] as [string];
        internals.slots = internals.slots.map(() => [first]);
        internals._groupsBySlot = internals.slots.map(() => internals._groupsIds[first] as number);
      };
      for (const [name, call] of [
        ['one', () => cluster.get('a')],
        ['pipeline', () => cluster.pipeline().get('a').get('a').exec()],
      ] as const) {
        wrong();
        await tracer.withSpan(name, call as () => Promise<unknown>);
      }
      expect(drawSpans(exporter.spans)).toEqual(['one', '  GET', 'pipeline', '  PIPELINE GET']);
      const errors = await Promise.all(cluster.nodes().map((node) => node.info('errorstats')));
      expect(errors.join('\n')).toMatch(/errorstat_MOVED:count=\d/);
    });

    test('are one for an auto-pipelined command that is sent on to another node', async () => {
      const cluster = connect({ enableAutoPipelining: true });
      await cluster.set('a', 1);
      const internals = cluster as unknown as {
        slots: string[][];
        _groupsBySlot: number[];
        _groupsIds: Record<string, number>;
      };
      const [first] = internals.slots[0] as [string];
      internals.slots = internals.slots.map(() => [first]);
      internals._groupsBySlot = internals.slots.map(() => internals._groupsIds[first] as number);
      await tracer.withSpan('auto', () => cluster.get('a'));
      expect(drawSpans(exporter.spans)).toEqual(['auto', '  GET']);
    });

    test('end when no node is there', async () => {
      const cluster = new library.Cluster([{ host: '127.0.0.1', port: 1 }], { clusterRetryStrategy: () => null });
      cluster.on('error', () => {});
      clusters.push(cluster);
      await tracer.withSpan('a', () => cluster.get('a').catch(() => {}));
      expect(drawSpans(exporter.spans)).toEqual([
        'a',
        expect.stringMatching(/^ {2}GET ! (Error|ClusterAllFailedError)$/),
      ]);
    });
  });
});
