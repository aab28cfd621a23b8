// @ts-check
// Before a package is packed: makes its published form out of its sources. What tsc built stands for every module by itself;
// users get all of a package's code in one file, since Node takes longer to find and open eighty files than to run them.
// Comments stay in the declarations, which are those of tsc.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import { minify } from 'terser';
import { pruneDeclarations } from './prune-declarations.mjs';
import { removeModules } from './published-files.mjs';

const { exports: sources, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
const bundle = resolve('dist/bundle.js');

/** @type {{ file: string, source: string, types: string }[]} */
const entries = Object.entries(publishConfig.exports).flatMap(([name, { default: file, types }]) =>
  file === undefined ? [] : { file: resolve(file), types: resolve(types), source: sources[name]['@waymark/source'] },
);

await bundleEntries();
removeModules((file) => file === bundle);
for (const [index, { file }] of entries.entries()) writeEntry(file, index);
pruneDeclarations(entries.map(({ types }) => types));
// What was removed is made again by the next build: tests are type-checked against it.
rmSync('dist/.tsbuildinfo', { force: true });

/** All entries in one file, so that they share what they have in common: one class of spans, one context. */
async function bundleEntries() {
  const contents = entries.map(({ source }, index) => `export * as entry${index} from '${source}';`).join('\n');
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // The sources are strict, being modules. esbuild leaves that out where it reads no tsconfig.json, as for standard input.
    banner: { js: '"use strict";' },
    // A twentieth less to download and to load.
    minifySyntax: true,
    packages: 'external',
    logLevel: 'warning',
  });
  readOwnNames();
  await shorten();
}

/**
 * esbuild's helper reads the names of all exports by `for … in`. If a string has been added to `Object.prototype`, that name has no
 * getter, and the package cannot be loaded.
 */
function readOwnNames() {
  const code = readFileSync(bundle, 'utf8');
  const loop = 'for (var name in all)';
  if (!code.includes(loop)) throw new Error(`esbuild's helper has changed: there is no "${loop}" in ${bundle}`);
  writeFileSync(bundle, code.replace(loop, 'for (var name of Object.keys(all))'));
}

/**
 * Removes two fifths of the bundle: comments, white space, and the long names of variables and parameters. Functions, classes and
 * properties keep their names, and lines stay short, since a stack trace shows both. esbuild would rename functions too, and swc
 * does not limit lines.
 */
async function shorten() {
  const { code } = await minify(readFileSync(bundle, 'utf8'), {
    compress: false,
    mangle: { toplevel: false, keep_fnames: true, keep_classnames: true },
    module: false,
    ecma: 2020,
    format: { comments: false, max_line_len: 120 },
  });
  if (code === undefined) throw new Error(`terser returned nothing for ${bundle}`);
  writeFileSync(bundle, code);
}

/**
 * One assignment for each name, the form in which ES modules of Node find what a CommonJS module exports.
 *
 * @param {string} file @param {number} index
 */
function writeEntry(file, index) {
  const names = Object.keys(createRequire(import.meta.url)(bundle)[`entry${index}`]);
  const up = '../'.repeat(file.slice(dirname(bundle).length + 1).split(/[\\/]/).length - 1);
  const lines = names.map((name) => `exports.${name} = entry.${name};`);
  const head = `"use strict";\nconst { entry${index}: entry } = require("${up || './'}${basename(bundle)}");\n`;
  writeFileSync(file, `${head}${lines.join('\n')}\n`);
}
