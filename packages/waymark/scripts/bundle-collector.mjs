// @ts-check
// Bundles the collector, its command line and its analysis, each with the libraries that it uses.
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

const entryPoints = {
  index: 'src/index.ts',
  cli: 'src/bin.ts',
  'analysis/index': 'src/analysis/index.ts',
  // In the folder of the code that starts it.
  'engine-worker': 'src/engine/engine-worker.ts',
};

/**
 * @param {{ write?: boolean }} [options] Without writing, it only finds out which files the bundles consist of.
 * @returns {Promise<string[]>} These files, as paths from the package.
 */
export async function bundleCollector({ write = true } = {}) {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints,
    outdir: 'dist',
    write,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // A driver that reads its WebAssembly from a file next to its code.
    external: ['node-sqlite3-wasm'],
    conditions: ['@waymark/source'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [collectorFromIndex],
  });
  return Object.keys(metafile.inputs);
}

/**
 * The command line uses the collector that users import. It is not bundled twice, and is loaded only by a command that starts one.
 *
 * @type {import('esbuild').Plugin}
 */
const collectorFromIndex = {
  name: 'collector-from-index',
  setup({ onResolve, onLoad }) {
    const namespace = 'collector-from-index';
    onResolve({ filter: /\/collector\.ts$/ }, ({ importer, path }) =>
      importer.includes(`${sep}cli${sep}`) ? { path, namespace } : undefined,
    );
    onResolve({ filter: /^\.\/index\.js$/, namespace }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /./, namespace }, () => ({
      contents: "export const startCollector = (options) => require('./index.js').startCollector(options);",
    }));
  },
};
