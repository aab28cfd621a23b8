// Real pools of threads in processes, the oldest and the newest release of each: Jest's registry of modules does not load them.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SpanData } from '@waymark/core/testing';
import { findNode } from '../../matrix/node-binaries.ts';
import { drawSpans } from '../draw-spans.ts';

interface Printed {
  readonly spans: readonly SpanData[];
  readonly result: unknown;
  readonly error: string;
  readonly rejections: readonly string[];
}

async function run(node: string, args: readonly string[]): Promise<Printed> {
  const options = ['--conditions=@waymark/source', '-r', require.resolve('esbuild-register')];
  const program = join(__dirname, 'programs/pool.mjs');
  const { stdout } = await promisify(execFile)(node, [...options, program, ...args], {
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout) as Printed; // the program's own output
}

test.each<[string, number, readonly string[]]>([
  ['piscina', 20, []],
  ['piscina', 26, []],
  ['piscina40', 20, []],
  ['tinypool', 24, []],
  ['tinypool', 20, ['by hand']],
  ['tinypool1', 22, ['by hand']],
])('the tasks of %s on Node %i are below their requests', async (name, major, args) => {
  const { spans, result, error, rejections } = await run(findNode(major), [name, ...args]);
  expect(result).toMatchObject({ task: { order: 7 }, keys: ['order'] });
  expect([error, rejections]).toEqual(['RangeError: too large', ['too large']]);
  const drawn = drawSpans(spans);
  expect(drawn.slice(0, 5)).toEqual([
    'request',
    '  run task.cjs',
    '  after',
    'failing ! too large',
    '  run task.cjs fail ! RangeError',
  ]);
  expect(drawn.slice(-2)).toEqual(['forgetful', '  run task.cjs fail ! RangeError']);
  expect(drawn.slice(5, -2).map((line) => line.replace(/\d+$/, 'N'))).toEqual(
    Array.from({ length: 20 }, () => ['many N', '  run task.cjs', '  after']).flat(),
  );
  const tasks = spans.filter((span) => span.name.startsWith('run'));
  expect(JSON.stringify(tasks)).not.toContain('order');
  expect(tasks[0]).toMatchObject({ kind: 'internal', scope: { name: '@waymark/core/libraries/piscina' } });
  // The last of twenty tasks for one thread has waited for the others.
  const waits = tasks.map(({ attributes }) => attributes['piscina.wait_time']);
  if (name === 'piscina') {
    expect(waits.every((seconds) => typeof seconds === 'number' && seconds >= 0 && seconds < 60)).toBe(true);
    expect(waits[21] as number).toBeGreaterThan(0);
  } else expect(waits.every((seconds) => seconds === undefined)).toBe(true);
});
