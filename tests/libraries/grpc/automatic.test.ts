// With nothing written for the library, in processes, one of them an ES module.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { drawSpans } from '../draw-spans.ts';

describe('a process with a server and a client', () => {
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
  });
  afterAll(() => receiver.close());
  afterEach(() => receiver.reset());

  async function run(program: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const register = require.resolve('esbuild-register');
    const child = spawn(process.execPath, ['--conditions=@waymark/source', '-r', register, join(__dirname, program)], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url, ...env },
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  }

  test.each(['service.cjs', 'service.mjs'])('%s has both sides of its call', async (program) => {
    await run(program);
    expect(drawSpans(await receiver.waitFor(4, { timeoutMs: 20_000 }))).toEqual([
      'request',
      '  shop.Shop/Buy',
      '    shop.Shop/Buy',
      '      buy',
    ]);
  });

  test("OpenTelemetry's variable turns it off", async () => {
    await run('service.cjs', { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'grpc' });
    const spans = await receiver.waitFor(2, { timeoutMs: 20_000 });
    expect([...drawSpans(spans)].sort()).toEqual(['buy', 'request']); // two traces
  });
});
