// Real child processes.
import * as childProcess from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environmentSetter, inject, setBaggage, withSpan } from '@waymark/core';
import { traceChildProcess } from '@waymark/core/libraries';
import { describeOnUnix } from '../../on-platform.ts';
import { spansBelow, startTracer } from './traced.ts';

const { exporter } = startTracer();
traceChildProcess(childProcess);

const { exec, execFile, fork, spawn } = childProcess;
const node = process.execPath;
const printContext =
  'process.stdout.write([process.env.TRACEPARENT, process.env.TRACESTATE, process.env.BAGGAGE].join())';

async function outputOf(child: childProcess.ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  await once(child, 'close');
  return text;
}

describe('a child process', () => {
  test('has a span until it has exited, with its executable and no argument', async () => {
    let pid: number | undefined;
    const [span] = await spansBelow(exporter, 1, async () => {
      const child = spawn(node, ['-e', '0', '--', 'secret']);
      pid = child.pid;
      await once(child, 'exit');
    });
    expect(span).toMatchObject({
      name: 'node',
      kind: 'client',
      status: { code: 'unset' },
      scope: { name: '@waymark/core/libraries/child_process' },
      attributes: { 'process.executable.name': 'node', 'process.pid': pid, 'process.exit.code': 0 },
    });
    expect(JSON.stringify(span)).not.toContain('secret');
  });

  test('that fails is an error with its code', async () => {
    const [span] = await spansBelow(exporter, 1, () => once(spawn(node, ['-e', 'process.exit(3)']), 'exit'));
    expect(span).toMatchObject({
      status: { code: 'error', message: 'exit code 3' },
      attributes: { 'process.exit.code': 3, 'error.type': '3' },
    });
  });

  test('that a signal has ended is an error with the signal', async () => {
    const [span] = await spansBelow(exporter, 1, async () => {
      const child = spawn(node, ['-e', 'setInterval(() => {}, 1000)']);
      await once(child, 'spawn');
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    expect(span).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': 'SIGKILL' } });
    expect(span?.attributes).not.toHaveProperty(['process.exit.code']);
  });

  test('that cannot be started is an error, which the application gets as before', async () => {
    let error: unknown;
    const [span] = await spansBelow(exporter, 1, async () => {
      const child = spawn('no-such-program-of-this-test', ['secret']);
      expect(child.listenerCount('error')).toBe(0); // otherwise an error that the application forgets would be lost
      [error] = await once(child, 'error');
    });
    expect(error).toMatchObject({ code: 'ENOENT', path: 'no-such-program-of-this-test' });
    expect(span).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': 'ENOENT' } });
  });

  test('that the system refuses at once throws as before', async () => {
    const tooLong = 'x'.repeat(10_000_000);
    const [span] = await spansBelow(exporter, 1, () => {
      expect(() => spawn(node, [tooLong])).toThrow('spawn E2BIG');
    });
    expect(span).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': 'E2BIG' } });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['execFile()', () => promisify(execFile)(node, ['-e', '0']), 'node'],
    ['exec(), by the first word of its command', () => promisify(exec)('hostname -x-secret || true'), 'hostname'],
    ['exec(), whose first word may be a secret', () => promisify(exec)('PASSWORD=secret true'), 'sh'],
  ])('has a span with %s', async (_what, run, name) => {
    const [span] = await spansBelow(exporter, 1, run);
    expect(span?.name).toBe(name);
    expect(JSON.stringify(span)).not.toContain('secret');
  });

  test('has a span with fork(), and its messages come in the context of the request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waymark-fork-'));
    try {
      const file = join(folder, 'child.cjs');
      writeFileSync(file, 'process.send("ready", () => process.disconnect());');
      const [inner, span] = await (async () => {
        exporter.reset();
        await withSpan('request', async () => {
          const child = fork(file);
          child.on('message', () => withSpan('message', () => {}));
          await once(child, 'exit');
        });
        return exporter.waitFor(3);
      })();
      const [request] = exporter.spans.slice(-1);
      expect([inner?.name, span?.name, request?.name]).toEqual(['message', 'node', 'request']);
      expect(inner?.parentSpanId).toBe(request?.spanId);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('has no span outside of any', async () => {
    exporter.reset();
    await once(spawn(node, ['-e', '0']), 'exit');
    expect(exporter.spans).toEqual([]);
  });
});

describe('the environment of a child', () => {
  test('has the context of the span, and no baggage', async () => {
    let output = '';
    const [span] = await spansBelow(exporter, 1, async () => {
      setBaggage('user', 'ada');
      output = await outputOf(spawn(node, ['-e', printContext]));
    });
    expect(output).toBe(`00-${span?.traceId}-${span?.spanId}-03,,`);
    expect(process.env.TRACEPARENT).toBeUndefined();
  });

  test('has it in place of that of this process', async () => {
    process.env.TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    try {
      let output = '';
      const [span] = await spansBelow(exporter, 1, async () => {
        output = await outputOf(spawn(node, ['-e', printContext]));
      });
      expect(output).toContain(span?.spanId);
    } finally {
      delete process.env.TRACEPARENT;
    }
  });

  test('is that of the application, if it passes one', async () => {
    const env = Object.freeze({ PATH: process.env.PATH });
    let output = '';
    await spansBelow(exporter, 1, async () => {
      output = await outputOf(spawn(node, ['-e', printContext], { env }));
    });
    expect(output).toBe(',,');
  });

  test('has what the application has written', async () => {
    const env: Record<string, string | undefined> = { PATH: process.env.PATH };
    let output = '';
    await spansBelow(exporter, 1, async () => {
      inject(env, environmentSetter);
      output = await outputOf(spawn(node, ['-e', printContext], { env: env as NodeJS.ProcessEnv }));
    });
    expect(output).toBe(`${env.TRACEPARENT},,`);
  });

  test('says that an unsampled request is not sampled', async () => {
    exporter.reset();
    const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 0 };
    const output = await withSpan('request', { parent }, () => outputOf(spawn(node, ['-e', printContext])));
    expect(output).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00,,$/);
    expect(exporter.spans).toEqual([]);
  });
});

describeOnUnix('a shell')('a command for a shell', () => {
  test('of spawn() is named by its first word', async () => {
    const [span] = await spansBelow(exporter, 1, () => once(spawn('/bin/echo secret', { shell: true }), 'exit'));
    expect(span?.name).toBe('echo');
  });
});
