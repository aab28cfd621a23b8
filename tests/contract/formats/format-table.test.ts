// The table of formats in docs/propagation.md: it says what the list says, and the list names tests that there are.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTracer } from '@waymark/core';
import { columns, formats } from './format-table.ts';

const root = join(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/propagation.md'), 'utf8');

test('is in the page as it is in the list', () => {
  const rows = Object.entries(formats).map(([names, cells]) => [
    names.replace(/\w+/g, '`$&`'),
    ...columns.map((column) => `[${cells[column].text}](../${cells[column].file})`),
  ]);
  const table = [['format', ...columns], ['format', ...columns].map(() => '---'), ...rows];
  expect(page).toContain(table.map((row) => `| ${row.join(' | ')} |\n`).join(''));
});

test('has every format that can be chosen by name', () => {
  const names = Object.keys(formats).flatMap((row) => row.split(', '));
  const propagators = names.join(',');
  const log: string[] = [];
  const tracer = createTracer({
    exporter: [],
    flushOnExit: false,
    env: { OTEL_PROPAGATORS: `${propagators},nothing-else` },
    log: (line) => log.push(line),
  });
  expect(tracer.describeSettings()).toMatch(
    new RegExp(`^propagators +${names.join(', ')} +\\(OTEL_PROPAGATORS\\)$`, 'm'),
  );
  expect(log.join()).toContain(`a list of ${names.join(', ')}, or none`);
});

test.each(
  Object.entries(formats).flatMap(([format, cells]) =>
    columns.map((column) => ({ format, column, title: cells[column].test, file: cells[column].file })),
  ),
)('$format, $column: there is a test "$title"', ({ file, title }) => {
  expect(readFileSync(join(root, file), 'utf8')).toContain(`'${title}'`);
});

test('the links of the page lead somewhere', () => {
  const targets = [...page.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path = '']) => path);
  expect(targets.filter((path) => !existsSync(join(root, dirname('docs/propagation.md'), path)))).toEqual([]);
});
