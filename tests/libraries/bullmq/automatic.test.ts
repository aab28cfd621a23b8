// With nothing written for the library, in a service and a worker that are processes, one of them an ES module.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

describeWith('redis')('a service and its worker', () => {
  let server: Service;
  let receiver: OtlpReceiver;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    [server, receiver] = await Promise.all([startRedis(), startOtlpReceiver()]);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    }
  });
  afterAll(() => Promise.all([server.stop(), receiver.close()]));

  function start(program: string, queue: string): ChildProcess {
    const args = [
      '--conditions=@waymark/source',
      '-r',
      require.resolve('esbuild-register'),
      join(__dirname, program),
      queue,
    ];
    const env = { ...process.env, REDIS_PORT: `${server.port}`, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url };
    const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
    children.push(child);
    return child;
  }

  test('have one trace for a job', async () => {
    start('worker.cjs', 'mail');
    start('service.mjs', 'mail');
    const spans = await receiver.waitFor(7, { timeoutMs: 20_000 });
    expect(drawSpans(spans)).toEqual([
      'request',
      '  add mail',
      '    process mail',
      '      SET',
      '      work',
      '        GET',
      '      complete mail',
    ]);
  });
});
