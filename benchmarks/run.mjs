// @ts-check
// `npm run bench [-- options]`, from a fresh clone on; bench.ts has the options.
import { runToEnd } from '../scripts/run-to-end.mjs';
import { buildPackages, installDependencies, root } from '../scripts/setup.mjs';

installDependencies();
buildPackages();
await runToEnd(['--require=esbuild-register', `${root}/benchmarks/bench.ts`, ...process.argv.slice(2)]);
