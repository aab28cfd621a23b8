// @ts-check
// Lists the packages in the bundles of `waymark`, with their licences. Run as a command, it prints the list as JSON.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildViewer } from './build-viewer.mjs';
import { bundleCollector } from './bundle-collector.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * @typedef {object} BundledPackage
 * @property {string} name
 * @property {string} version
 * @property {string} license The SPDX identifier.
 * @property {string} text The licence as the package comes with it.
 * @property {string[]} dependencies Names that its package.json declares.
 */

/** @param {readonly string[]} inputs Files of the bundles, as paths from this package. @returns {BundledPackage[]} By name. */
export function bundledPackages(inputs) {
  const folders = new Set(inputs.map((input) => resolve(folder, input)).flatMap(foldersOf));
  const packages = [...folders].map(describe);
  const unique = new Map(packages.map((described) => [`${described.name} ${described.version}`, described]));
  return [...unique.values()].sort((one, other) => one.name.localeCompare(other.name));
}

/**
 * The package of a file, and the packages that were bundled into that file before it was published: dagre's file contains graphlib.
 *
 * @param {string} file
 */
function foldersOf(file) {
  const own = packageFolder(file);
  if (own === undefined) return [];
  const resolveFrom = createRequire(file).resolve;
  const inside = sourcesOf(file).flatMap((source) => {
    const name = nameIn(source);
    return name === undefined ? [] : (packageFolder(resolveFrom(name)) ?? []);
  });
  return [own, ...inside];
}

/** @param {string} file @returns {string[]} The files that it was made from, if its source map is published with it. */
function sourcesOf(file) {
  return existsSync(`${file}.map`) ? JSON.parse(readFileSync(`${file}.map`, 'utf8')).sources : [];
}

/** @param {string} path @returns {string | undefined} `@dagrejs/graphlib` for `…/node_modules/@dagrejs/graphlib/lib/graph.ts`. */
function nameIn(path) {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path.replaceAll('\\', '/'))?.[1];
}

/** @param {string} file @returns {string | undefined} */
function packageFolder(file) {
  const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.replaceAll('\\', '/'))?.[0];
  return found !== undefined && existsSync(join(found, 'package.json')) ? found : undefined;
}

/** @param {string} packageFolder @returns {BundledPackage} */
function describe(packageFolder) {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { name, version, license, author, dependencies = {} } = manifest;
  const files = readdirSync(packageFolder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const text = files.map((file) => readFileSync(join(packageFolder, file), 'utf8').trim()).join('\n\n');
  return {
    name,
    version,
    license,
    text: text || standardText(name, license, author?.name ?? author),
    dependencies: Object.keys(dependencies),
  };
}

/** The text of the licence for packages that only name it. @param {string} name @param {string} license @param {string} author */
function standardText(name, license, author) {
  if (license !== 'MIT') throw new Error(`${name} comes without the text of its licence, ${license}.`);
  return readFileSync(join(folder, '../../LICENSE'), 'utf8')
    .replace(/^Copyright .*$/m, `Copyright (c) ${author}`)
    .trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [collector, { inputs }] = await Promise.all([bundleCollector({ write: false }), buildViewer({ write: false })]);
  console.log(JSON.stringify(bundledPackages([...collector, ...inputs]), undefined, 2));
}
