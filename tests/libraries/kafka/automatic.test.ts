// With nothing written for the library, in processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { describeWith } from '../../services/describe-with.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

describeWith('kafka')('a service', () => {
  let server: Service;
  let receiver: OtlpReceiver;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    [server, receiver] = await Promise.all([startKafka(), startOtlpReceiver()]);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    }
  });
  afterAll(() => Promise.all([server.stop(), receiver.close()]));

  function start(program: string): ChildProcess {
    const args = [
      '--conditions=@waymark/source',
      '-r',
      require.resolve('esbuild-register'),
      join(__dirname, program),
      server.url,
    ];
    const env = { ...process.env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url };
    const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
    children.push(child);
    return child;
  }

  test('has its clients of kafkajs traced that it made before', async () => {
    const [code] = (await once(start('made-before.cjs'), 'exit')) as [number];
    expect(code).toBe(0);
    const spans = await receiver.waitFor(16, { timeoutMs: 20_000 });
    expect(drawSpans(spans)).toEqual([
      'request',
      '  send orders',
      '    process orders',
      '      work on a',
      '    process orders',
      '      work on b',
      '  send orders',
      '    process orders ! Error',
      '      work on fails once',
      '    process orders',
      '      work on fails once',
      '  send orders',
      '    process orders',
      '      work on in a transaction',
      'later',
      '  send orders',
    ]);
    const { host, port } = server;
    for (const span of spans.filter(({ kind }) => kind !== 'internal')) {
      expect(span.attributes).toMatchObject({
        'messaging.client.id': 'early',
        'server.address': host,
        'server.port': port,
        ...(span.kind === 'consumer' && { 'messaging.consumer.group.name': 'early' }),
      });
    }
  });
});
