// No page of the repository links to a file or a heading that does not exist.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { anchorsOf, findDeadLinks } from './links.ts';

const root = join(__dirname, '../..');

const pages = ['.', '.github', 'docs', 'examples', 'packages', 'benchmarks', '.changeset'].flatMap((folder) =>
  readMarkdown(folder),
);

test.each(pages)('the links of %s lead somewhere', (page) => {
  expect(findDeadLinks(root, page)).toEqual([]);
});

test.each(pages.filter((page) => page.startsWith('docs/')))('%s has one title, and comes first', (page) => {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  expect(text.match(/^# .+$/gm)).toHaveLength(1);
  expect(text.startsWith('# ')).toBe(true);
});

const pathsNamed = [...new Set(pages.flatMap((page) => pathsIn(page)))];

test.each(pathsNamed)('%s, which a page names, exists', (path) => {
  const [folder, start] = [dirname(join(root, path)), basename(path)];
  const names = existsSync(folder) ? readdirSync(folder) : [];
  expect(names.filter((name) => name.startsWith(start))).not.toEqual([]); // `tests/a/b` may be short for tests/a/b.test.ts
});

/** Files and folders in backticks, without those that have a placeholder. */
function pathsIn(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const paths = /`((?:packages|tests|examples|benchmarks|scripts|docs)\/[\w./-]+?)\/?`/g;
  return [...text.matchAll(paths)].map(([, path = '']) => path).filter((path) => !/\bdist\b/.test(path));
}

test('the index of docs/ names every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const docs = readMarkdown('docs').map((page) => page.slice('docs/'.length));
  expect(docs.filter((page) => page !== 'README.md' && !index.includes(`](${page}`))).toEqual([]);
});

test('dead links are found: files, headings, and a path out of the repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-links-'));
  const links = ['there.md', 'there.md#a-heading', 'there.md#a-heading-1', '#own', 'https://example.com/gone'];
  const dead = ['gone.md', 'there.md#gone', 'there.md#a-heading-2', '#gone', '../there.md'];
  const lines = [...links, ...dead].map((target) => `[text](${target})`);
  writeFileSync(join(folder, 'there.md'), '# A heading\n\n## A *heading*\n\n```sh\n# gone\n```\n');
  writeFileSync(join(folder, 'page.md'), `# Own\n\n${lines.join('\n')}\n`);
  expect(findDeadLinks(folder, 'page.md')).toEqual(dead);
  rmSync(folder, { recursive: true });
});

// As GitHub makes them.
test.each([
  ['## Why is there no trace?', 'why-is-there-no-trace'],
  ['## `req.span`', 'reqspan'],
  ['## Express, Fastify, NestJS and `node:http`', 'express-fastify-nestjs-and-nodehttp'],
  ['### Several `tracing()` in one process', 'several-tracing-in-one-process'],
])('the anchor of %j is %s', (heading, anchor) => {
  expect([...anchorsOf(heading)]).toEqual([anchor]);
});

/** Markdown in a folder of the repository, and in its folders except for those of dependencies; of `.` in the folder alone. */
function readMarkdown(folder: string): string[] {
  const entries = (() => {
    try {
      return readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' });
    } catch {
      return []; // a folder that the repository does not have
    }
  })();
  return entries
    .filter((path) => path.endsWith('.md') && !/node_modules|\bdist\b|^site\//.test(path)) // docs/site has copies of the pages
    .map((path) => (folder === '.' ? path : `${folder}/${path}`));
}
