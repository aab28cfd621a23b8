import { createTracer, type Tracer } from '@waymark/core';
import { traceRedis } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type * as redis from 'redis';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

describeWith('redis')('the spans of scripts', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe.each(['redis', 'redis5'])('%s', (version) => {
    const library = require(version) as typeof redis;
    let exporter: InMemoryExporter;
    let tracer: Tracer;

    beforeEach(() => {
      traceRedis(library);
      exporter = inMemoryExporter();
      tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
    });

    test('have the code of its own error, and not the message: arguments may be in it', async () => {
      const client = library.createClient({ socket: { host: server.host, port: server.port } });
      await client.connect();
      const lua = "return redis.error_reply('DENIED for ' .. ARGV[1])";
      const script = { keys: ['k'], arguments: ['secret7'] };
      const settled: unknown = await tracer.withSpan('a', async () => [
        await client.eval(lua, script).catch(String),
        await client.multi().set('k', '1').eval(lua, script).exec().catch(String),
      ]);
      client.destroy();
      expect(JSON.stringify(settled)).toContain('DENIED for secret7');
      expect(drawSpans(exporter.spans)).toEqual(['a', '  EVAL ! DENIED', expect.stringMatching(/^ {2}MULTI ! /)]);
      expect(JSON.stringify(exporter.spans)).not.toContain('secret7');
    });
  });
});
