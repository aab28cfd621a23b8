// Runs count.ts in a separate process, which does nothing else.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Counts } from './limits.ts';

const nodeOptions = [
  '--conditions=@waymark/source',
  '--require=esbuild-register',
  `--require=${require.resolve('./count-calls.ts')}`,
  '--expose-gc',
  // Room for all counted bytes: those that are collected meanwhile would not be counted.
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

export async function runCount(framework: 'fastify' | 'express', node: string = process.execPath): Promise<Counts> {
  const { stdout } = await promisify(execFile)(node, [...nodeOptions, require.resolve('./count.ts'), framework], {
    cwd: __dirname, // esbuild-register is found here
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout) as Counts; // count.ts prints them
}
