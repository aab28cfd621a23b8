// The blocks of code in a Markdown page.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

export interface CodeBlock {
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** @param page Relative to the repository. */
export function readCodeBlocks(page: string): CodeBlock[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = '', 2: code = '' }) => ({
    line: text.slice(0, index).split('\n').length,
    language,
    code,
  }));
}

/** The modules that a block imports, and the names it takes from each. */
export function importsOf(code: string): { specifier: string; names: string[] }[] {
  return [...code.matchAll(importLine)]
    .filter(([line, , specifier]) => !line.startsWith('import type') && !specifier?.startsWith('.'))
    .map(({ 1: names = '', 2: specifier = '' }) => ({
      specifier,
      names: names.startsWith('{') ? names.slice(1, -1).split(',').map(toName).filter(Boolean) : ['default'],
    }));
}

/** Whether a file has this block: as it is, or with other imports. */
export function hasBlock(source: string, code: string): boolean {
  const body = flatten(code.replace(importLine, ''));
  return source.includes(flatten(code)) || (/^import /m.test(code) && source.includes(body));
}

/** The files that CI runs: examples, and the tests of this folder. Each without indentation. */
export function readRunSources(): string[] {
  const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(m?js|ts)$/.test(path) && !path.includes('node_modules'))
    .map((path) => join('examples', path));
  const tests = ['tests/examples', 'tests/nestjs/nest11', 'tests/opentelemetry/docs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(test\.ts|[cm]?js)$/.test(path) && !path.includes('node_modules'))
      .map((path) => join(folder, path)),
  );
  return [...examples, ...tests].map((path) => flatten(readFileSync(join(root, path), 'utf8')));
}

const importLine = /^import (?:type )?(\{[^}]*\}|\w+) from '([^']+)';\n/gm;

function toName(text: string): string {
  return text.trim().replace(/ as \w+$/, '');
}

function flatten(code: string): string {
  return code.replace(/^ +/gm, '').trim();
}
