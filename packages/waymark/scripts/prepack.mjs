// @ts-check
// Before the package is packed: bundles each entry with the libraries that it uses, so that `npx waymark` fetches two packages and
// not eighty. What they ask for in return, their licences, goes along.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { pruneTypes, removeModules } from '../../../scripts/published-files.mjs';
import { buildViewer } from './build-viewer.mjs';

const entries = {
  index: 'src/index.ts',
  cli: 'src/bin.ts',
  'analysis/index': 'src/analysis/index.ts',
  // Stands beside what starts it.
  'engine-worker': 'src/engine/engine-worker.ts',
};
const viewer = resolve('dist/viewer') + sep;

removeModules((file) => file.startsWith(viewer));
const { metafile } = await build({
  entryPoints: entries,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  // A driver with a file of WebAssembly beside its code.
  external: ['node-sqlite3-wasm'],
  conditions: ['@waymark/source'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [
    {
      // The command line's collector is the one that users import: not bundled twice, and loaded only where one is started.
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
    },
  ],
});
writeFileSync('dist/bin.js', '#!/usr/bin/env node\n"use strict";\nrequire("./cli.js");\n');
chmodSync('dist/bin.js', 0o755);
await buildViewer();
writeLicences([...Object.keys(metafile.inputs), ...(await viewerInputs())]);
pruneTypes(['dist/index.d.ts', 'dist/analysis/index.d.ts']);
// What was removed is made again by the next build: tests are type-checked against it.
rmSync('dist/.tsbuildinfo', { force: true });

/** What the viewer is made of. */
async function viewerInputs() {
  const workers = readdirSync('viewer/src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('-worker.ts'))
    .map((file) => join('viewer/src', file));
  const { metafile } = await build({
    // Workers are loaded by address.
    entryPoints: ['viewer/src/main.tsx', ...workers],
    bundle: true,
    outdir: 'unused',
    write: false,
    metafile: true,
    format: 'esm',
    splitting: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/** @param {readonly string[]} inputs */
function writeLicences(inputs) {
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  const texts = [...folders].map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    const whole = text || standardText(license, author?.name ?? author);
    return { name, text: `${name} ${version} (${license})\n\n${whole}\n` };
  });
  const sorted = texts.sort((one, other) => one.name.localeCompare(other.name)).map(({ text }) => text);
  const head = 'The files in this folder contain code of the packages below, under the licences that follow.\n';
  writeFileSync('dist/THIRD-PARTY-LICENSES.txt', [head, ...new Set(sorted)].join(`\n${'-'.repeat(80)}\n\n`));
}

/** Some packages name their licence and leave its text out. @param {string} license @param {string} author */
function standardText(license, author) {
  if (license !== 'MIT') throw new Error(`A package of ${author} comes without the text of its licence, ${license}.`);
  return readFileSync('../../LICENSE', 'utf8')
    .replace(/^Copyright .*$/m, `Copyright (c) ${author}`)
    .trim();
}

/** @param {string} input @returns {string | undefined} */
function packageFolder(input) {
  const match = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(resolve(input).split(sep).join('/'));
  return match !== null && existsSync(join(match[0], 'package.json')) ? match[0] : undefined;
}
