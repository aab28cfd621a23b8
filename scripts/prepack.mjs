// @ts-check
// Before a package is packed: makes its published form out of its sources. What tsc built stands for every module by itself;
// users get all of a package's code in one file, since Node takes longer to find and open eighty files than to run them. Core's code
// for libraries is in a file of its own, which is loaded when a library is found, and so is its code for OpenTelemetry.
// Comments stay in the declarations, which are those of tsc.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { minify } from 'terser';
import { pruneDeclarations } from './prune-declarations.mjs';
import { removeModules } from './published-files.mjs';

const { exports: sources, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
const bundle = resolve('dist/bundle.js');

/** Code that most services load later or never: its folder, the modules that other code loads by `require()`, and its file. */
const later = [
  {
    folder: resolve('src/libraries'),
    modules: [resolve('src/libraries/traces.ts')],
    bundle: resolve('dist/libraries-bundle.js'),
  },
  {
    folder: resolve('src/opentelemetry'),
    modules: [resolve('src/opentelemetry/span-exporters.ts'), resolve('src/opentelemetry/span-processors.ts')],
    bundle: resolve('dist/opentelemetry-bundle.js'),
  },
].filter(({ folder }) => existsSync(folder));

/** @type {{ file: string, source: string, types: string, bundle: string }[]} */
const entries = Object.entries(publishConfig.exports).flatMap(([name, { default: file, types }]) => {
  if (file === undefined) return [];
  const source = resolve(sources[name]['@waymark/source']);
  return {
    file: resolve(file),
    types: resolve(types),
    source,
    bundle: later.find(({ folder }) => source.startsWith(`${folder}${sep}`))?.bundle ?? bundle,
  };
});
const bundles = [bundle, ...later.map((part) => part.bundle)];

await bundleInParts();
for (const file of bundles) {
  readOwnNames(file);
  await shorten(file);
}
removeModules((file) => bundles.includes(file));
for (const [index, entry] of entries.entries()) writeEntry(entry, index);
pruneDeclarations(entries.map(({ types }) => types));
// What was removed is made again by the next build: tests are type-checked against it.
rmSync('dist/.tsbuildinfo', { force: true });

/** @returns {import('esbuild').Plugin} */
function loadsLater() {
  return {
    name: 'loads later',
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
        if (kind !== 'require-call') return undefined;
        const file = later.find(({ modules }) => modules.includes(`${resolve(resolveDir, path)}.ts`))?.bundle;
        return file === undefined ? undefined : { path: `./${basename(file)}`, external: true };
      });
    },
  };
}

/**
 * The entries of one file, so that they share what they have in common: one class of spans, one context.
 *
 * @param {string} outfile
 * @param {{ more?: readonly string[], plugins?: import('esbuild').Plugin[], write?: boolean }} [options]
 *   `more`: statements besides the entries.
 * @returns {Promise<readonly string[]>} The modules that are in it.
 */
async function bundleEntries(outfile, { more = [], plugins = [], write = true } = {}) {
  const lines = entries.flatMap((entry, index) =>
    entry.bundle === outfile ? `export * as entry${index} from '${entry.source}';` : [],
  );
  const { metafile } = await build({
    stdin: { contents: [...lines, ...more].join('\n'), resolveDir: process.cwd(), loader: 'ts' },
    outfile,
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
    metafile: true,
    plugins,
    write,
  });
  return Object.keys(metafile.inputs).map((path) => resolve(path));
}

/** The later files take the modules that the first one has too from there: there is one context, and one class of spans. */
async function bundleInParts() {
  const first = new Set(await bundleEntries(bundle, { plugins: [loadsLater()], write: false }));
  /** @type {string[]} */
  const shared = [];
  /** @type {Map<string, string>} */
  const owners = new Map();
  for (const { modules, bundle: outfile } of later) {
    const more = modules.map((module) => `export * from '${module}';`);
    const inFile = await bundleEntries(outfile, { more, plugins: [takesFromFirst(first, shared)] });
    for (const module of inFile) {
      // Two copies of a module would have two states.
      if (!module.startsWith(resolve('src') + sep)) continue;
      const owner = owners.get(module);
      if (owner !== undefined) throw new Error(`${module} would be in ${owner} and in ${outfile}`);
      owners.set(module, outfile);
    }
  }
  const more = shared.map((path, index) => `export * as shared${index} from '${path}';`);
  await bundleEntries(bundle, { more, plugins: [loadsLater()] });
}

/** @param {ReadonlySet<string>} inFirst @param {string[]} shared Receives the modules that are taken. @returns {import('esbuild').Plugin} */
function takesFromFirst(inFirst, shared) {
  return {
    name: 'takes from the first file',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
        const module = resolve(resolveDir, path);
        if (!inFirst.has(module)) return undefined;
        if (!shared.includes(module)) shared.push(module);
        return { path: module, namespace: 'first' };
      });
      onResolve({ filter: /./, namespace: 'first' }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: 'first' }, ({ path }) => ({
        contents: `module.exports = require('./${basename(bundle)}').shared${shared.indexOf(path)};`,
        resolveDir: process.cwd(),
      }));
    },
  };
}

/**
 * esbuild's helper reads the names of all exports by `for … in`. If a string has been added to `Object.prototype`, that name has no
 * getter, and the package cannot be loaded.
 *
 * @param {string} file
 */
function readOwnNames(file) {
  const code = readFileSync(file, 'utf8');
  const loop = 'for (var name in all)';
  if (!code.includes(loop)) throw new Error(`esbuild's helper has changed: there is no "${loop}" in ${file}`);
  writeFileSync(file, code.replace(loop, 'for (var name of Object.keys(all))'));
}

/**
 * Removes two fifths of the bundle: comments, white space, and the long names of variables and parameters. Functions, classes and
 * properties keep their names, and lines stay short, since a stack trace shows both. esbuild would rename functions too, and swc
 * does not limit lines.
 *
 * @param {string} file
 */
async function shorten(file) {
  const { code } = await minify(readFileSync(file, 'utf8'), {
    compress: false,
    mangle: { toplevel: false, keep_fnames: true, keep_classnames: true },
    module: false,
    ecma: 2020,
    format: { comments: false, max_line_len: 120 },
  });
  if (code === undefined) throw new Error(`terser returned nothing for ${file}`);
  writeFileSync(file, code);
}

/**
 * One assignment for each name, the form in which ES modules of Node find what a CommonJS module exports.
 *
 * @param {(typeof entries)[number]} entry @param {number} index
 */
function writeEntry({ file, bundle }, index) {
  const names = Object.keys(createRequire(import.meta.url)(bundle)[`entry${index}`]);
  const up = '../'.repeat(file.slice(dirname(bundle).length + 1).split(/[\\/]/).length - 1);
  const lines = names.map((name) => `exports.${name} = entry.${name};`);
  const head = `"use strict";\nconst { entry${index}: entry } = require("${up || './'}${basename(bundle)}");\n`;
  writeFileSync(file, `${head}${lines.join('\n')}\n`);
}
