// @ts-check
// `npm start [-- args]`: the shop example, from a fresh clone on.

import { runToEnd } from './run-to-end.mjs';
import { buildPackages, installDependencies, root } from './setup.mjs';

installDependencies();
buildPackages();
await runToEnd([`${root}/examples/shop/start.js`, ...process.argv.slice(2)]);
