// With nothing written for the libraries, in an ES module that is a process.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { startOtlpReceiver } from '@waymark/core/testing';

test('are found, and a rejection of an async listener fails the span and still ends the process', async () => {
  const receiver = await startOtlpReceiver();
  const env = { ...process.env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url };
  const args = [
    '--conditions=@waymark/source',
    '-r',
    require.resolve('esbuild-register'),
    join(__dirname, 'automatic.mjs'),
  ];
  const [error, output] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, args, { env, timeout: 20_000 }, (failure, _stdout, stderr) =>
      resolve([failure, stderr]),
    );
  });
  expect(error).toMatchObject({ code: 1, killed: false });
  expect(output).toContain('TypeError: no such dish');
  const spans = await receiver.waitFor(4);
  await receiver.close();
  const named = (name: string) => spans.find((span) => span.name === name);
  expect(spans.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['GET /live', 'process /live', 'GET /socket.io/', 'process order']),
  );
  expect(named('process order')).toMatchObject({
    status: { code: 'error', message: 'no such dish' },
    links: [{ spanId: named('GET /socket.io/')?.spanId }],
    attributes: { 'error.type': 'TypeError' },
  });
  expect(named('process /live')?.links).toMatchObject([{ spanId: named('GET /live')?.spanId }]);
}, 30_000);
