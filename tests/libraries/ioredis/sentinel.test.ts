import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTracer } from '@waymark/core';
import { traceIoredis } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { describeWith } from '../../services/describe-with.ts';
import { programsOf } from '../../services/programs.ts';
import { startRedis } from '../../services/redis.ts';
import { runServer } from '../../services/run-server.ts';
import type { Service } from '../../services/service.ts';
import { tryPorts } from '../../services/try-ports.ts';
import { drawSpans } from '../draw-spans.ts';
import { type IoredisModule, ioredisVersions } from './versions.ts';

describeWith('redis')('a client that asks sentinels', () => {
  let server: Service;
  let sentinel: { readonly port: number; stop(): Promise<void> };

  beforeAll(async () => {
    server = await startRedis();
    sentinel = await startSentinel(server);
  });
  afterAll(() => Promise.all([server.stop(), sentinel.stop()]));

  test.each(ioredisVersions)(
    '%s has the spans of its commands only, with the server that the sentinels name',
    async (version) => {
      const library = require(version) as IoredisModule;
      traceIoredis(library);
      const exporter = inMemoryExporter();
      const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
      const client = await tracer.withSpan('connect', async () => {
        const made = new library.Redis({ sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'primary' });
        await made.set('k', 'v');
        return made;
      });
      await tracer.withSpan('get', () => client.get('k'));
      client.disconnect();
      expect(drawSpans(exporter.spans)).toEqual(['connect', '  SET', 'get', '  GET']);
      expect(exporter.spans.find(({ name }) => name === 'GET')?.attributes).toMatchObject({
        'server.address': '127.0.0.1',
        'server.port': server.port,
      });
    },
  );
});

function startSentinel({ host, port: primary }: Service): Promise<{ readonly port: number; stop(): Promise<void> }> {
  return tryPorts(1, async ([port = 0]) => {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-sentinel-'));
    const file = join(folder, 'sentinel.conf');
    writeFileSync(file, `port ${port}\nbind 127.0.0.1\nsentinel monitor primary ${host} ${primary} 1\n`);
    const { stop } = await runServer({
      command: programsOf('redis')['redis-server'] as string, // programsOf() has found all
      args: [file, '--sentinel'],
      folder,
      ready: /Sentinel ID is/,
      signal: 'KILL',
    });
    return {
      port,
      async stop() {
        await stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
}
