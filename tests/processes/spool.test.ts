// Batches that a process leaves on disk, whichever way it ends, and that the next process sends.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OtlpReceiver, startOtlpReceiver } from '@waymark/core/testing';
import { testOnUnix } from '../on-platform.ts';
import { type Ending, runScript, startScript } from './script.ts';

// Each test starts one or two processes that compile their sources.
jest.setTimeout(60_000);

const nobody = 'http://127.0.0.1:1/v1/traces';

let receiver: OtlpReceiver;
let folder: string;
let env: { readonly WAYMARK_SPOOL_DIRECTORY: string };

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  folder = mkdtempSync(join(tmpdir(), 'waymark-leaving-'));
  env = { WAYMARK_SPOOL_DIRECTORY: join(folder, 'spool') };
});

afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const makeSpans = `
  const tracer = makeTracer();
  for (const name of ['a', 'b', 'c']) tracer.startSpan(name).end();
`;

/** The next process, which makes no spans. */
async function runNext(): Promise<Ending> {
  return runScript('makeTracer();', receiver.url, { env });
}

function receivedNames(): string[] {
  return receiver.spans.map(({ name }) => name).sort();
}

function filesLeft(): string[] {
  return readdirSync(env.WAYMARK_SPOOL_DIRECTORY);
}

describe('a process that ends without having reached its collector', () => {
  test.each<[string, string, Partial<Ending>]>([
    ['by itself', '', { code: 0 }],
    ['by process.exit()', 'process.exit(5);', { code: 5 }],
    ['by an exception', "setTimeout(() => { throw new Error('this is not caught'); }, 20);", { code: 1 }],
    ['by a rejection', "Promise.reject(new Error('this is not handled'));", { code: 1 }],
    ['after shutdown()', 'tracer.shutdown();', { code: 0 }],
  ])('%s leaves its spans to the next', (_title, script, ending) => leavesSpans(script, ending));

  testOnUnix('signals that a process can catch').each(['SIGTERM', 'SIGINT'] as const)(
    'by %s leaves its spans to the next',
    (signal) => leavesSpans(`process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000);`, { signal }),
  );

  async function leavesSpans(script: string, ending: Partial<Ending>): Promise<void> {
    const ended = await runScript(`${makeSpans} ${script}`, nobody, { env });
    expect(ended).toMatchObject(ending);
    if (script !== 'tracer.shutdown();') {
      expect(ended.stderr).toMatch(/^waymark info: 3 spans were left in the spool for the next process$/m);
    }
    expect(ended.stderr).not.toMatch(/not sent/);
    expect(filesLeft()).toHaveLength(1);

    expect(await runNext()).toMatchObject({ code: 0, stderr: '' });
    expect(receivedNames()).toEqual(['a', 'b', 'c']);
    expect(filesLeft()).toEqual([]);
  }
});

test('a killed process leaves all batches except the open one', async () => {
  const script = `
    const exporter = otlpExporter({ url, batch: { maxExportBatchSize: 2 } });
    const tracer = makeTracer({ exporter });
    for (const name of ['a', 'b', 'c', 'd', 'e']) tracer.startSpan(name).end();
    setImmediate(() => setImmediate(() => console.log('ready')));
    setInterval(() => {}, 1000);
  `;
  const running = startScript(script, nobody, { env });
  await running.says('ready');
  running.kill('SIGKILL');
  await running.ended;
  await runNext();
  expect(receivedNames()).toEqual(['a', 'b', 'c', 'd']);
  expect(filesLeft()).toEqual([]);
});

test('processes that share a directory do not touch each other’s spans, and spans of ended ones are sent once', async () => {
  const script = `
    const exporter = otlpExporter({ url, batch: { maxExportBatchSize: 1 } });
    const tracer = makeTracer({ exporter });
    for (let index = 0; index < 20; index++) tracer.startSpan(process.env.NAME + index).end();
    setTimeout(() => console.log('ready'), 100);
    setInterval(() => {}, 1000);
  `;
  const names = ['a', 'b', 'c'];
  const three = names.map((NAME) => startScript(script, nobody, { env: { ...env, NAME } }));
  for (const running of three) await running.says('ready');
  three[0]?.kill('SIGKILL');
  three[1]?.kill('SIGKILL');
  await Promise.all(three.slice(0, 2).map(({ ended }) => ended));
  await Promise.all([runNext(), runNext(), runNext()]);
  const ofDead = ['a', 'b'].flatMap((name) => Array.from({ length: 20 }, (_, index) => name + index));
  expect(receivedNames()).toEqual(ofDead.sort());
  three[2]?.kill('SIGKILL');
  await three[2]?.ended;
  await runNext();
  expect(receiver.spans).toHaveLength(60);
});

testOnUnix('ulimit')('a full disk loses no span while the collector works, and is reported', async () => {
  const script = `
    const exporter = otlpExporter({ url, batch: { maxExportBatchSize: 100 } });
    const tracer = makeTracer({ exporter });
    for (let index = 0; index < 1000; index++) tracer.startSpan('work').end();
    tracer.flush().then((report) => console.log(JSON.stringify(report)));
  `;
  // In blocks of 512 bytes: a write beyond that fails like a write to a full disk.
  const ending = await runScript(script, receiver.url, { env, shell: 'ulimit -f 8' });
  expect(ending).toMatchObject({ code: 0, stdout: '{"delivered":1000,"lost":0,"complete":true}\n' });
  expect(ending.stderr).toMatch(/^waymark warn: the spool cannot be used, so spans are kept in memory for now: EFBIG/);
  expect(receiver.spans).toHaveLength(1000);
});

testOnUnix('ulimit')('a full disk keeps the batches that fitted, and the loss is reported', async () => {
  const script = `
    const exporter = otlpExporter({ url, batch: { maxExportBatchSize: 10 } });
    const tracer = makeTracer({ exporter });
    for (let index = 0; index < 1000; index++) tracer.startSpan('work').end();
    setTimeout(() => {
      const { waiting, spooled, dropped } = tracer.stats();
      console.log(waiting + spooled, JSON.stringify(dropped));
      process.exit();
    }, 200);
  `;
  const ending = await runScript(script, nobody, { env, shell: 'ulimit -f 16' });
  expect(ending.stdout).toBe('1000 {}\n');
  const [, lost] = /(\d+) spans were not sent before the process ended/.exec(ending.stderr) ?? [];
  const [, left] = /(\d+) spans were left in the spool/.exec(ending.stderr) ?? [];
  expect(Number(lost) + Number(left)).toBe(1000);
  expect(Number(left)).toBeGreaterThan(20);
  for (const file of filesLeft()) expect(statSync(join(env.WAYMARK_SPOOL_DIRECTORY, file)).size).toBeLessThan(8193);
  await runNext();
  expect(receiver.spans).toHaveLength(Number(left));
});

test('a worker thread that ends by process.exit() leaves its spans to the next', async () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    const code = ${JSON.stringify(`
      require('esbuild-register/dist/node').register();
      const { createTracer } = require('@waymark/core');
      const { otlpExporter } = require('@waymark/core/otlp');
      const tracer = createTracer({ serviceName: 'worker', exporter: otlpExporter({ url: process.env.RECEIVER }) });
      tracer.startSpan('of the worker').end();
      process.exit();
    `)};
    new Worker(code, { eval: true }).on('exit', (code) => {
      console.log('worker ended with ' + code);
      process.exit();
    });
  `;
  const ending = await runScript(script, nobody, { env });
  expect(ending).toMatchObject({ code: 0, stdout: 'worker ended with 0\n' });
  await runNext();
  expect(receivedNames()).toEqual(['of the worker']);
});

test('a terminated worker thread leaves all batches except the open one', async () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    const code = ${JSON.stringify(`
      require('esbuild-register/dist/node').register();
      const { createTracer } = require('@waymark/core');
      const { otlpExporter } = require('@waymark/core/otlp');
      const { parentPort } = require('node:worker_threads');
      const exporter = otlpExporter({ url: process.env.RECEIVER, batch: { maxExportBatchSize: 2 } });
      const tracer = createTracer({ serviceName: 'worker', exporter });
      for (const name of ['a', 'b', 'c']) tracer.startSpan(name).end();
      setImmediate(() => setImmediate(() => parentPort.postMessage('ready')));
      setInterval(() => {}, 1000);
    `)};
    const worker = new Worker(code, { eval: true });
    worker.on('message', () => worker.terminate());
  `;
  await runScript(script, nobody, { env });
  await runNext();
  expect(receivedNames()).toEqual(['a', 'b']);
});

testOnUnix('named pipes in folders')(
  'a named pipe in the folder does not block the service: open() of a pipe would wait indefinitely',
  async () => {
    await runScript(`${makeSpans}`, nobody, { env });
    execFileSync('mkfifo', [join(env.WAYMARK_SPOOL_DIRECTORY, '0.free.spool')]);
    const next = startScript(
      'makeTracer(); setImmediate(() => setImmediate(() => console.log("alive")));',
      receiver.url,
      {
        env,
      },
    );
    const timer = setTimeout(() => next.kill('SIGKILL'), 20_000);
    expect(await next.ended).toMatchObject({ code: 0, stdout: 'alive\n' });
    clearTimeout(timer);
    expect(receivedNames()).toEqual(['a', 'b', 'c']);
  },
);
