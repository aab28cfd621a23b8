// Runs count.ts in a process of its own, which has nothing else to do.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Counts } from './limits.ts';

const nodeOptions = [
  '--conditions=@waymark/source',
  '--require=esbuild-register',
  `--require=${require.resolve('./count-calls.ts')}`,
  '--expose-gc',
  // Room for all that is counted: what is collected meanwhile would not be.
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

export async function runCount(framework: 'fastify' | 'express', node: string = process.execPath): Promise<Counts> {
  const { stdout } = await promisify(execFile)(node, [...nodeOptions, require.resolve('./count.ts'), framework], {
    cwd: __dirname, // where esbuild-register is found
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout) as Counts; // count.ts prints them
}
