// @ts-check
// `node tests/services/prepare.mjs`: builds FerretDB, which speaks MongoDB's protocol, into the user's cache, where it stays. It takes
// a minute of a processor. It needs Node alone, not even this repository's dependencies, so that CI can begin with it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache, digestOf } from '../backends/cache.mjs';
import { buildGo } from '../backends/go.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'ferretdb');

/** Where the binary is, or will be. */
const ferretdb = join(
  cache,
  `ferretdb-${process.platform}-${process.arch}-${digestOf(join(folder, 'go.sum'), join(folder, 'main.go'))}`,
);

if (!process.argv.includes('--path'))
  await buildGo('FerretDB', ferretdb, folder, ['-tags=ferretdb_no_postgresql', '.']);
console.log(ferretdb);
