// Waymark beside OpenTelemetry's own SDK: one trace, each side's spans below the other's, whatever starts first.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Result, Task } from './program.ts';

async function run(task: Task): Promise<Result> {
  const child = fork(join(__dirname, 'program.ts'), [JSON.stringify(task)], {
    execArgv: ['--require=esbuild-register', '--conditions=@waymark/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    return await new Promise<Result>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Result));
      child.once('exit', (code) => reject(new Error(`the program ended with ${code}`)));
    });
  } finally {
    child.kill('SIGKILL');
  }
}

describe.each(['sdk-1', 'sdk-2', 'sdk-3'] as const)('beside %s', (generation) => {
  const owner = generation === 'sdk-3' ? 'TracerProvider' : 'NodeTracerProvider';

  test('spans of both sides nest in any order', async () => {
    const { tree, traces, seen, log } = await run({ generation, scenario: 'nested' });
    expect(tree).toEqual([
      'W own trace',
      'W h',
      '  O i',
      'O a',
      '  W b',
      '    O c',
      '      W d',
      '        O e',
      '    O f',
      '      W g',
      'O own trace too',
    ]);
    expect(traces).toBe(4);
    expect(seen).toEqual({
      isRegistered: false,
      isJoined: true,
      owner,
      activeIsOurs: true,
      activeIsTheirs: true,
      afterwards: true,
    });
    expect(log).toEqual([]);
  });

  test('baggage is seen by both, and the headers name the innermost span', async () => {
    const { seen } = await run({ generation, scenario: 'baggage' });
    expect(seen).toMatchObject({ ours: 'acme', theirs: 'pro', header: 'tenant=acme,plan=pro', isOursInHeader: true });
  });

  test('the side that starts the trace decides whether it is sampled', async () => {
    const { tree, seen } = await run({ generation, scenario: 'unsampled' });
    expect(tree).toEqual([]);
    expect(seen).toMatchObject({ ours: false, theirs: false, flags: 0, trace: '4bf92f3577b34da6a3ce929d0e0e4736' });
  });

  test('Waymark does not trace what the SDK suppresses', async () => {
    const { tree } = await run({ generation, scenario: 'suppressed' });
    expect(tree).toEqual(['O a']);
  });

  test('ends with unregister(), and may begin again', async () => {
    const { tree, seen } = await run({ generation, scenario: 'unregistered' });
    expect([...tree].sort()).toEqual(['  W d', 'O a', 'O c', 'W b']);
    expect(seen).toMatchObject({ isJoined: true, isJoinedAfterwards: false, again: true });
  });

  test('without the option nothing changes, and the message says who owns the API and what is possible', async () => {
    const { tree, seen, log } = await run({ generation, scenario: 'beside', join: false });
    expect([...tree].sort()).toEqual(['  W d', 'O a', 'W b', 'W c']);
    expect(seen).toEqual({ isRegistered: false, isJoined: false, owner });
    expect(log).toEqual([
      expect.stringMatching(/^waymark warn: @opentelemetry\/api belongs to \w+, @opentelemetry\/api [\d.]+ already/),
    ]);
    expect(log[0]).toContain('{ join: true }');
    expect(log[0]).toContain('instrumentation.setTracerProvider(bridge.tracerProvider)');
  });
});

test('the server span of the SDK is the parent of ours, and a call has one traceparent', async () => {
  const { tree, seen, traces, log } = await run({ generation: 'sdk-3', scenario: 'request' });
  expect(tree.map((line) => line.replace(/middleware - \w+/, 'middleware - <name>'))).toEqual([
    'O GET /orders/:id server',
    '  O middleware - <name>',
    '    W GET /orders/:id server',
    '  O request handler',
    '    W handler',
    '      W GET client',
    '      O GET client',
    '        O GET server', // the next service, in the same process: it is below the span that the header names
  ]);
  expect(traces).toBe(1);
  expect(seen.traceparents).toEqual([1]);
  expect(log).toEqual([]);
});
