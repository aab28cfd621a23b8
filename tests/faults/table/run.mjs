// @ts-check
// `npm run faults [-- options]`, from a fresh clone on; table.ts has the options.
import { runToEnd } from '../../../scripts/run-to-end.mjs';
import { buildPackages, installDependencies, root } from '../../../scripts/setup.mjs';

installDependencies();
buildPackages();
await runToEnd(['--require=esbuild-register', `${root}/tests/faults/table/table.ts`, ...process.argv.slice(2)]);
