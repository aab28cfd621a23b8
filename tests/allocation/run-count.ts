// Runs count.ts in a separate process, which has nothing else to do. Waymark is one strict file there, as it is published. Modules
// that esbuild-register compiles are not strict: their `arguments` alone took 1,000 bytes of a request, which users do not pay for.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import type { Counts } from './limits.ts';

const countCalls = require.resolve('./count-calls.ts');
// Where express and fastify are found.
const bundle = join(__dirname, '../node_modules/.cache/waymark-allocation/count.cjs');

const nodeOptions = [
  '--require=esbuild-register',
  `--require=${countCalls}`,
  '--expose-gc',
  // Room for all counted bytes: those that are collected meanwhile would not be counted.
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

export async function runCount(framework: 'fastify' | 'express', node: string = process.execPath): Promise<Counts> {
  buildSync({
    entryPoints: [require.resolve('./count.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    conditions: ['@waymark/source'],
    banner: { js: '"use strict";' }, // as in scripts/prepack.mjs
    external: [countCalls, 'express', 'fastify'],
  });
  const { stdout } = await promisify(execFile)(node, [...nodeOptions, bundle, framework], {
    cwd: __dirname, // esbuild-register is found here
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout) as Counts; // count.ts prints them
}
