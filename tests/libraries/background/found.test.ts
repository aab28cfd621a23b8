// What is traced with nothing written for it, in processes: on each version of Node, by require() and by import.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SpanData } from '@waymark/core/testing';
import { findNode } from '../../matrix/node-binaries.ts';
import { drawSpans } from '../draw-spans.ts';

async function run(major: number, program: string, nodeCron: string): Promise<{ output: string; spans: SpanData[] }> {
  const options = ['--conditions=@waymark/source', '-r', require.resolve('esbuild-register')];
  const args = [...options, join(__dirname, 'programs', program), nodeCron];
  const { stdout } = await promisify(execFile)(findNode(major), args, { env: { PATH: process.env.PATH } });
  return JSON.parse(stdout) as { output: string; spans: SpanData[] }; // the program's own output
}

test.each([
  [20, 'found.cjs', 'node-cron'],
  [22, 'found.cjs', 'node-cron'],
  [24, 'found.cjs', 'node-cron'],
  [26, 'found.cjs', 'node-cron'],
  [20, 'found.cjs', 'node-cron42'],
  [20, 'found.cjs', 'node-cron40'],
  [20, 'found.cjs', 'node-cron3'],
  [22, 'imported.mjs', 'node-cron'],
  [24, 'imported.mjs', 'node-cron42'],
  [26, 'imported.mjs', 'node-cron'],
])('on Node %i, %s with %s', async (major, program, nodeCron) => {
  const { output, spans } = await run(major, program, nodeCron);
  expect(drawSpans(spans)).toEqual([
    'request',
    '  node',
    'cron 0 0 1 1 *',
    '  cleaned',
    nodeCron === 'node-cron3' ? 'cron job' : 'cron * * * * * *',
    '  swept',
  ]);
  const child = spans.find(({ name }) => name === 'node');
  expect(output.trim()).toBe(`00-${child?.traceId}-${child?.spanId}-03`);
});
