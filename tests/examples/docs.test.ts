// What README and docs say: their code runs, their commands exist, their links lead somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scripts } from '../../package.json';
import { bodyOf, importsOf, readCodeBlocks, readRunSources } from './code-blocks.ts';

const root = join(__dirname, '../..');

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'docs/collector.md',
  'docs/export.md',
  'docs/guide.md',
  'docs/propagation.md',
  'docs/security.md',
  'docs/troubleshooting.md',
  'packages/core/README.md',
  'packages/express/README.md',
  'packages/fastify/README.md',
];

const codeBlocks = pages.flatMap((page) =>
  readCodeBlocks(page)
    .filter(({ language }) => language === 'js' || language === 'ts')
    .map((block) => ({ ...block, page })),
);

const sources = readRunSources();

test.each(codeBlocks)('the code at $page:$line is in a file that runs', ({ code }) => {
  const body = bodyOf(code);
  expect(sources.some((source) => source.includes(body)) ? body : 'in no file').toBe(body);
});

test.each(codeBlocks.flatMap(({ page, line, code }) => importsOf(code).map((found) => ({ page, line, ...found }))))(
  'the import from $specifier at $page:$line exists',
  async ({ specifier, names }) => {
    const found = await import(specifier);
    expect(names.filter((name) => !(name in found))).toEqual([]);
  },
);

test.each(pages)('the npm scripts that %s names exist', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const allPages = new Set([...pages, ...docs.map((name) => `docs/${name}`)]);

test.each([...allPages])('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = targets.filter(([, path = '', heading]) => {
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    return !existsSync(file) || (heading !== undefined && !headingsOf(file).includes(heading));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** As GitHub makes anchors of them. */
function headingsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
