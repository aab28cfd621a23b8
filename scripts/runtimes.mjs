// @ts-check
// `npm run runtimes [-- jest arguments]`: the packages, as they are built, on Bun and Deno.
import { runToEnd } from './run-to-end.mjs';
import { buildPackages, installDependencies, root } from './setup.mjs';

installDependencies();
buildPackages();
await runToEnd([
  `${root}/node_modules/jest/bin/jest.js`,
  '--config=tests/runtimes/jest.config.ts',
  ...process.argv.slice(2),
]);
