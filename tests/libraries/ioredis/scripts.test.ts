import { createTracer, type Tracer } from '@waymark/core';
import { traceIoredis } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { Redis } from 'ioredis';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { type IoredisModule, ioredisVersions } from './versions.ts';

type Script = (key: string) => Promise<unknown>;

describeWith('redis')('the spans of scripts', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe.each(ioredisVersions)('%s', (version) => {
    const { Redis, ...others } = require(version) as IoredisModule;
    let exporter: InMemoryExporter;
    let tracer: Tracer;
    let client: Redis;

    beforeEach(() => {
      traceIoredis({ Redis, ...others });
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
      client = new Redis({ host: server.host, port: server.port });
    });
    afterEach(() => client.disconnect());

    // The library sends a script again after any error with this word in it, once.
    test.each(['NOSCRIPT of its own', 'ERR with NOSCRIPT in it'])(
      'are one, below its caller, for a script that fails with `%s`',
      async (message) => {
        client.defineCommand('failing', { numberOfKeys: 1, lua: `return redis.error_reply('${message}')` });
        const { failing } = client as unknown as { failing: Script };
        for (const name of ['a', 'b', 'c']) {
          await expect(tracer.withSpan(name, () => failing.call(client, 'k').catch(String))).resolves.toContain(
            message,
          );
        }
        const code = message.split(' ')[0];
        expect(drawSpans(exporter.spans)).toEqual(['a', 'b', 'c'].flatMap((name) => [name, `  EVALSHA ! ${code}`]));
        expect(tracer.stats()).toMatchObject({ started: 6, ended: 6 });
      },
    );
  });
});
