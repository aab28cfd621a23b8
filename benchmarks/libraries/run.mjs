// @ts-check
// `npm run bench:libraries [-- options]`, from a fresh clone on; libraries.ts has the options.
import { runToEnd } from '../../scripts/run-to-end.mjs';
import { buildPackages, installDependencies, root } from '../../scripts/setup.mjs';

installDependencies();
buildPackages();
await runToEnd(['--require=esbuild-register', `${root}/benchmarks/libraries/libraries.ts`, ...process.argv.slice(2)]);
