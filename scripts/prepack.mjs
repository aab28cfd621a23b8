// @ts-check
// Before a package is packed: makes its published form out of its sources. What tsc built stands for every module by itself;
// users get all of a package's code in one file, since Node takes longer to find and open eighty files than to run them. Core's code
// for libraries is in files of its own, one for each group of libraries, which is loaded when a library of the group is found. So is
// its code for OpenTelemetry. Comments stay in the declarations, which are those of tsc.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { minify } from 'terser';
import { pruneDeclarations } from './prune-declarations.mjs';
import { removeModules } from './published-files.mjs';

const { exports: sources, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
const bundle = resolve('dist/bundle.js');

/**
 * Code that most services load later or never.
 *
 * @typedef {object} Part
 * @property {string} bundle Its file.
 * @property {readonly string[]} modules The modules that other code loads by `require()`.
 * @property {readonly string[]} takesFrom The files whose modules it uses; it has no copies of them, since a copy would have another state.
 * @property {(source: string) => boolean} hasEntry Whether an entry of the package is in it.
 */
const never = () => false;
const groupFolder = resolve('src/libraries/traces');
/** What several groups of libraries use. */
const common = resolve('dist/libraries-bundle.js');
/** @type {readonly Part[]} */
const groups = (existsSync(groupFolder) ? readdirSync(groupFolder) : []).map((file) => ({
  bundle: resolve(`dist/${basename(file, '.ts')}-bundle.js`),
  modules: [join(groupFolder, file)],
  takesFrom: [bundle, common],
  hasEntry: never,
}));
/** The functions that trace libraries by hand. @type {Part} */
const byHand = {
  bundle: resolve('dist/by-hand-bundle.js'),
  modules: [],
  takesFrom: [bundle, common, ...groups.map((group) => group.bundle)],
  hasEntry: (source) => source.startsWith(resolve('src/libraries') + sep),
};
/** @type {Part} */
const openTelemetry = {
  bundle: resolve('dist/opentelemetry-bundle.js'),
  modules: [resolve('src/opentelemetry/span-exporters.ts'), resolve('src/opentelemetry/span-processors.ts')],
  takesFrom: [bundle],
  hasEntry: (source) => source.startsWith(resolve('src/opentelemetry') + sep),
};
const later = groups.length === 0 ? [] : [...groups, byHand, openTelemetry];

/** @type {{ file: string, source: string, types: string, bundle: string }[]} */
const entries = Object.entries(publishConfig.exports).flatMap(([name, { default: file, types }]) => {
  if (file === undefined) return [];
  const source = resolve(sources[name]['@waymark/source']);
  return {
    file: resolve(file),
    types: resolve(types),
    source,
    bundle: later.find(({ hasEntry }) => hasEntry(source))?.bundle ?? bundle,
  };
});

const bundles = await bundleInParts();
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

/** @returns {Promise<readonly string[]>} The files. */
async function bundleInParts() {
  /** The file of each module. @type {Map<string, string>} */
  const owners = new Map();
  /** The modules that later files take from a file. @type {Map<string, string[]>} */
  const taken = new Map();

  /** @param {Pick<Part, 'bundle' | 'modules' | 'takesFrom'>} part @param {boolean} write */
  function bundlePart({ bundle: outfile, modules, takesFrom }, write) {
    const exported = modules.map((module) => `export * from '${module}';`);
    const shared = (taken.get(outfile) ?? []).map((path, index) => `export * as shared${index} from '${path}';`);
    const plugins = takesFrom.length === 0 ? [loadsLater()] : [takesFromEarlier(takesFrom, owners, taken)];
    const more = [...exported, ...shared];
    return bundleEntries(outfile, { more, plugins, write });
  }

  /** @param {Pick<Part, 'bundle' | 'modules' | 'takesFrom'>} part */
  async function findModules(part) {
    return (await bundlePart(part, false)).filter((module) => module.startsWith(resolve('src') + sep));
  }

  /** @type {Pick<Part, 'bundle' | 'modules' | 'takesFrom'>} */
  const first = { bundle, modules: [], takesFrom: [] };
  for (const module of await findModules(first)) owners.set(module, bundle);
  /** @type {Set<string>} */
  const inGroups = new Set();
  /** @type {Set<string>} */
  const inSeveral = new Set();
  for (const group of groups) {
    for (const module of await findModules(group)) (inGroups.has(module) ? inSeveral : inGroups).add(module);
  }
  const inOpenTelemetry = groups.length === 0 ? [] : await findModules(openTelemetry);
  taken.clear();
  for (const module of inSeveral) owners.set(module, common);
  // Two files that do not know each other have only the first in common.
  for (const module of inOpenTelemetry) if (inGroups.has(module)) owners.set(module, bundle);
  for (const part of later) {
    for (const module of await findModules(part)) {
      const owner = owners.get(module);
      if (owner !== undefined) throw new Error(`${module} would be in ${owner} and in ${part.bundle}`);
      owners.set(module, part.bundle);
    }
  }
  const parts = [first];
  if (groups.length > 0) parts.push({ bundle: common, modules: [], takesFrom: [bundle] });
  for (const part of parts.slice(1)) await findModules(part); // for what it takes
  parts.push(...later);
  for (const part of parts) await bundlePart(part, true); // the first ones export what the others take
  return parts.map((part) => part.bundle);
}

/**
 * @param {readonly string[]} files @param {ReadonlyMap<string, string>} owners @param {Map<string, string[]>} taken Receives what is taken.
 * @returns {import('esbuild').Plugin}
 */
function takesFromEarlier(files, owners, taken) {
  return {
    name: 'takes from earlier files',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
        const module = resolve(resolveDir, path);
        const owner = owners.get(module);
        if (owner === undefined || !files.includes(owner)) return undefined;
        const modules = taken.get(owner) ?? [];
        if (!modules.includes(module)) modules.push(module);
        taken.set(owner, modules);
        return { path: module, namespace: 'earlier' };
      });
      onResolve({ filter: /./, namespace: 'earlier' }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: 'earlier' }, ({ path }) => {
        const owner = owners.get(path) ?? '';
        const index = taken.get(owner)?.indexOf(path);
        return {
          contents: `module.exports = require('./${basename(owner)}').shared${index};`,
          resolveDir: process.cwd(),
        };
      });
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
  if (!code.includes('__export')) return; // it exports nothing
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
