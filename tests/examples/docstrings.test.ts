// The examples in docstrings of the exports of `waymark` compile.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const source = join(__dirname, '../../packages/waymark/src');

/** Examples of exports that have imports. The others are fragments. */
function readExamples(): { readonly file: string; readonly code: string }[] {
  return ['collector.ts', ...readdirSync(join(source, 'analysis')).map((name) => `analysis/${name}`)]
    .filter((file) => !file.includes('.test.'))
    .flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8');
      return [...text.matchAll(/^ \* @example\n((?: \*(?! @).*\n)+?) \*\/\nexport /gm)].map(([, lines = '']) => ({
        file,
        code: lines.replace(/^ \* ?/gm, ''),
      }));
    });
}

test('examples in docstrings compile', () => {
  const examples = readExamples();
  expect(examples.map(({ file }) => file)).toEqual([
    'collector.ts',
    'analysis/analyse-trace.ts',
    'analysis/from-span-data.ts',
  ]);
  const folder = mkdtempSync(join(__dirname, '../node_modules/docstrings-'));
  try {
    for (const [index, { code }] of examples.entries())
      writeFileSync(join(folder, `example-${index}.mts`), `${code}\nexport {};\n`);
    const options = { noEmit: true, noUnusedLocals: false, composite: false, incremental: false };
    const config = {
      extends: '../../../tsconfig.test.json',
      compilerOptions: options,
      include: [],
      exclude: [],
      files: examples.map((_, index) => `example-${index}.mts`),
      references: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(__dirname, '../../node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
