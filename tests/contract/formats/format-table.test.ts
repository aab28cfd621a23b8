// The table of formats in docs/propagation.md has the entries of the list, and the list names tests that exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTracer } from '@waymark/core';
import { columns, formats } from './format-table.ts';

const root = join(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/propagation.md'), 'utf8');

test('the page has the table of the list', () => {
  const rows = Object.entries(formats).map(([names, cells]) => [
    names.replace(/\w+/g, '`$&`'),
    ...columns.map((column) => cells[column].text),
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
