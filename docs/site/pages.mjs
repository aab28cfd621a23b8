// @ts-check
// Which file of the repository is which page of the site.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { groups } from './navigation.mjs';

export const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** @returns {string[]} Files that are pages, as paths from the root. */
export function pageFiles() {
  const docs = readdirSync(`${root}/docs`).filter((name) => name.endsWith('.md'));
  return [...new Set([...groups.flatMap(({ pages }) => pages), ...docs.map((name) => `docs/${name}`)])];
}

/** @returns {string[]} Folders of examples. Each becomes a page that shows its files. */
export function exampleFolders() {
  return readdirSync(`${root}/examples`)
    .filter((name) => existsSync(`${root}/examples/${name}/package.json`))
    .map((name) => `examples/${name}`);
}

/** @returns {string[]} Pictures next to the pages of docs/. */
export function pictureFiles() {
  return readdirSync(`${root}/docs`)
    .filter((name) => /\.(png|svg|webp)$/.test(name))
    .map((name) => `docs/${name}`);
}

/**
 * The page of a file or an example's folder: `docs/spans.md` is `spans.md`, `README.md` is `index.md`.
 *
 * @param {string} file Path from the root.
 * @returns {string} Path from the root of the site.
 */
export function pageOf(file) {
  if (file === 'README.md') return 'index.md';
  if (file.startsWith('docs/')) return file.slice('docs/'.length);
  if (file.startsWith('examples/')) return `${file}.md`;
  const name = basename(file, extname(file));
  return `project/${name === 'README' ? posix.dirname(file) : name.toLowerCase()}.md`;
}

/** @param {string} file @returns {string} The first heading, without its marks. */
function titleOf(file) {
  if (file === 'README.md') return 'Overview';
  const heading = /^# (.+)$/m.exec(readFileSync(`${root}/${file}`, 'utf8'))?.[1];
  if (heading === undefined)
    throw new Error(`${file} has no heading of the first level, which the docs site shows as its title.`);
  return heading.replaceAll('`', '');
}

/** The sidebar in VitePress's form, but for the API reference. */
export function sidebar() {
  const named = new Set(groups.flatMap(({ pages }) => pages));
  for (const file of named) {
    if (existsSync(`${root}/${file}`)) continue;
    throw new Error(
      `docs/site/navigation.mjs names ${file}, which does not exist. Remove it there, or give its new name.`,
    );
  }
  const more = { title: 'More', pages: pageFiles().filter((file) => !named.has(file)) };
  const examples = exampleFolders().map((folder) => ({ text: basename(folder), link: `/${folder}` }));
  return [
    ...[...groups, more].flatMap(({ title, pages }) =>
      pages.length === 0
        ? []
        : { text: title, items: pages.map((file) => ({ text: titleOf(file), link: linkTo(file) })) },
    ),
    { text: 'Examples', collapsed: true, items: examples },
  ];
}

/** Published entries, each with the file that it is built from and its page. */
export function apiEntries() {
  return readdirSync(`${root}/packages`).flatMap((folder) => {
    const { name, exports, publishConfig } = JSON.parse(
      readFileSync(`${root}/packages/${folder}/package.json`, 'utf8'),
    );
    return Object.entries(exports).flatMap(([subpath, target]) => {
      // Entries that are not published are for the other packages of the repository.
      if (typeof target === 'string' || !(subpath in publishConfig.exports)) return [];
      const entry = name + subpath.slice(1);
      return { text: entry, link: `/api/${entry}`, source: `packages/${folder}/${target['@waymark/source'].slice(2)}` };
    });
  });
}

/** @param {string} file @returns {string} The address of its page within the site. */
export function linkTo(file) {
  return `/${pageOf(file)
    .replace(/(^|\/)index\.md$/, '$1')
    .replace(/\.md$/, '')}`;
}
