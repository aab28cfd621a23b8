// Ends of processes that are decided elsewhere: by a primary, by a platform that freezes them, by a network without answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { testOnUnix } from '../on-platform.ts';
import { runScript, startScript } from './script.ts';

jest.setTimeout(60_000);

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(() => receiver.close());

/** An address where connections are neither accepted nor refused: the listening process is stopped, and its backlog is full. */
async function startBlackHole(): Promise<{ url: string } & Disposable> {
  const code = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
  `;
  const child = spawn(process.execPath, ['-e', code]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer]; // it prints one line
  child.kill('SIGSTOP');
  const port = Number(String(line).trim());
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.race(sockets.map((socket) => once(socket, 'connect')));
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

testOnUnix('SIGSTOP')(
  'a process that ends by itself is not kept alive by a connection that is never made',
  async () => {
    using blackHole = await startBlackHole();
    const script = `
    const begunMs = performance.now();
    process.on('exit', () => console.log((performance.now() - begunMs) / 1000));
    makeTracer().startSpan('work').end();
  `;
    const ending = await runScript(script, blackHole.url);
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(ending.stderr).toMatch(/^waymark warn: 1 span was not sent before the process ended/m);
    expect(Number(ending.stdout)).toBeGreaterThan(2.9);
    expect(Number(ending.stdout)).toBeLessThan(4.5);
  },
);

describe('a worker of a cluster', () => {
  const script = `
    const cluster = require('node:cluster');
    cluster.setupPrimary({ exec: ${JSON.stringify(require.resolve('./cluster-worker.cjs'))}, execArgv: process.execArgv.slice(0, 2) });
    const worker = cluster.fork();
    worker.on('message', () => END);
    worker.on('exit', (code, signal) => console.log('worker ended', code, signal));
  `;

  async function deliversSpans(end: string, stdout: string): Promise<void> {
    expect(await runScript(script.replace('END', end), receiver.url)).toMatchObject({ code: 0, stdout, stderr: '' });
    expect(receiver.spans.map(({ name }) => name)).toEqual(['of the worker']);
  }

  test('that is disconnected delivers its spans', () => deliversSpans('worker.disconnect()', 'worker ended 0 null\n'));

  testOnUnix('signals that a process can catch')('that is killed by its primary delivers its spans', () =>
    deliversSpans('worker.process.kill()', 'worker ended null SIGTERM\n'),
  );

  test('whose primary is killed ends at once, and leaves its spans in the spool', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waymark-cluster-'));
    const env = { WAYMARK_SPOOL_DIRECTORY: folder };
    const running = startScript(script.replace('END', "console.log('ready')"), receiver.url, { env });
    await running.says('ready');
    running.kill('SIGKILL');
    await running.ended; // the worker holds its stdout, so the worker has ended too
    expect(await runScript('makeTracer();', receiver.url, { env })).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.spans.map(({ name }) => name)).toEqual(['of the worker']);
    rmSync(folder, { recursive: true });
  });
});

testOnUnix('SIGSTOP')(
  'a function that is frozen between its calls has sent its spans before each, and goes on afterwards',
  async () => {
    const script = `
    const tracer = makeTracer();
    process.stdin.on('data', async (call) => {
      await tracer.withSpan('call ' + String(call).trim(), async () => {});
      const report = await tracer.flush({ timeoutMs: 2000 });
      console.log('done ' + String(call).trim() + ' ' + report.complete);
    });
    console.log('ready');
  `;
    const running = startScript(script, receiver.url);
    await running.says('ready');
    for (const call of ['1', '2', '3']) {
      running.tell(call);
      await running.says(`done ${call} true`);
      running.kill('SIGSTOP');
      expect(receiver.spans.map(({ name }) => name)).toContain(`call ${call}`);
      running.kill('SIGCONT');
    }
    running.kill('SIGTERM');
    await running.ended;
    expect(receiver.spans).toHaveLength(3);
  },
);
