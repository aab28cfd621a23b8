// @ts-check
// `npm run test:packed [-- jest arguments]`: what users install, made and tested as they get it.
import { rmSync } from 'node:fs';
import { runToEnd } from './run-to-end.mjs';
import { buildPackages, installDependencies, packageFolders, root } from './setup.mjs';

installDependencies();
// A file that lost its source would be packed with the rest.
for (const folder of packageFolders()) rmSync(`${root}/${folder}/dist`, { recursive: true, force: true });
buildPackages();
await runToEnd([
  `${root}/node_modules/jest/bin/jest.js`,
  '--config=tests/packed/jest.config.ts',
  ...process.argv.slice(2),
]);
