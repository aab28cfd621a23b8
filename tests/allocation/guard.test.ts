// What tracing costs in bytes, listeners and contexts: what a clock would tell better on a machine of its own, and not at all on
// a busy one. The benchmarks have the clock.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Counts, limits } from './limits.ts';

const nodeOptions = [
  '--conditions=@waymark/source',
  '--require=esbuild-register',
  `--require=${require.resolve('./count-calls.ts')}`,
  '--expose-gc',
  // Room for all that is counted: what is collected meanwhile would not be.
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

test.each(['fastify', 'express'] as const)(
  '%s: a request costs no more than its limits',
  async (framework) => {
    const script = require.resolve('./count.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [...nodeOptions, script, framework], {
      env: { PATH: process.env.PATH },
    });
    const counts: Counts = JSON.parse(stdout);
    const exceeded = Object.entries(limits[framework]).filter(
      ([name, limit]) => !(counts[name as keyof Counts] <= limit),
    ); // its own keys
    expect({ exceeded, counts }).toEqual({ exceeded: [], counts });
    expect(counts.bytesPerSpan).toBeGreaterThan(100); // it did count
  },
  60_000,
);
