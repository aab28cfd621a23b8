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

    test('have the code of its own error, and not the message: arguments may be in it', async () => {
      const lua = "return redis.error_reply('DENIED for ' .. ARGV[1])";
      client.defineCommand('deny', { numberOfKeys: 1, lua });
      const { deny } = client as unknown as { deny(...args: string[]): Promise<unknown> };
      const settled: unknown = await tracer.withSpan('a', async () => [
        await client.eval(lua, 1, 'k', 'secret7').catch(String),
        await deny.call(client, 'k', 'secret7').catch(String),
        await client.pipeline().set('k', 1).eval(lua, 1, 'k', 'secret7').exec(),
        await client.multi().set('k', 1).eval(lua, 1, 'k', 'secret7').exec(),
      ]);
      expect(JSON.stringify(settled)).toContain('DENIED for secret7');
      const names = ['EVAL', 'EVALSHA', 'PIPELINE', 'MULTI'].map((name) => `  ${name} ! DENIED`);
      expect(drawSpans(exporter.spans)).toEqual(['a', ...names]);
      expect(JSON.stringify(exporter.spans)).not.toContain('secret7');
    });

    test('fail for a command that cannot be written', async () => {
      await client.ping();
      const broken = new Redis.Command('get', ['k']);
      broken.toWritable = () => {
        throw new TypeError('cannot be written');
      };
      expect(() => tracer.withSpan('a', () => client.sendCommand(broken))).toThrow('cannot be written');
      expect(drawSpans(exporter.spans)).toEqual(['a ! cannot be written', '  GET ! TypeError']);
    });
  });
});
