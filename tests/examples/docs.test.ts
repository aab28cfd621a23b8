// What README and docs say: their code runs, and their commands exist. links.test.ts checks their links.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scripts } from '../../package.json';
import { hasBlock, importsOf, readCodeBlocks, readRunSources } from './code-blocks.ts';

const root = join(__dirname, '../..');

const docs = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const readmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
const pages = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...docs, ...readmes];

// The code of docs/errors.md is wrong on purpose; packages/core/src/errors.test.ts runs it.
const isRunElsewhere = (page: string): boolean => page === 'docs/errors.md';

const codeBlocks = pages
  .filter((page) => !isRunElsewhere(page))
  .flatMap((page) =>
    readCodeBlocks(page)
      .filter(({ language }) => language === 'js' || language === 'ts')
      .map((block) => ({ ...block, page })),
  );

const sources = readRunSources();

test.each(codeBlocks)('the code at $page:$line is in a file that runs', ({ code }) => {
  expect(sources.some((source) => hasBlock(source, code)) ? code : 'in no file').toBe(code);
});

test.each(codeBlocks.flatMap(({ page, line, code }) => importsOf(code).map((found) => ({ page, line, ...found }))))(
  'the import from $specifier at $page:$line exists',
  async ({ specifier, names }) => {
    const found = await import(
      require.resolve(specifier, {
        paths: [__dirname, join(root, 'examples/getting-started'), join(root, 'tests/opentelemetry')],
      })
    );
    expect(names.filter((name) => !(name in found))).toEqual([]);
  },
);

test.each(pages)('the npm scripts that %s names exist', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const named = [...text.matchAll(/npm run\s+(?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
