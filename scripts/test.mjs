// @ts-check
// `npm test [-- jest arguments]`: all tests but those in tests/packed, from a fresh clone on.

import { runToEnd } from './run-to-end.mjs';
import { installDependencies, root } from './setup.mjs';

installDependencies();
await runToEnd([`${root}/node_modules/jest/bin/jest.js`, ...process.argv.slice(2)]);
