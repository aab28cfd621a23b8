// docs/libraries.md has each library that is traced, and the line that traces it by hand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraryNames } from '../libraries-option.ts';
import * as published from './index.ts';
import { libraryTable } from './library-table.ts';

const page = readFileSync(join(__dirname, '../../../../docs/libraries.md'), 'utf8');
const [traced = [], byHand = []] = page
  .split(/^\| library \| .*\n\| --- .*\n/m)
  .slice(1)
  .map((part) => part.slice(0, part.indexOf('\n\n')).split('\n'));

/** The names in backticks of the first column. */
function namesIn(rows: readonly string[]): string[] {
  return rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test('the table of what is traced has the libraries of the option, in its order', () => {
  expect(namesIn(traced)).toEqual(libraryNames);
});

test('the table of lines has the same libraries, and each published function', () => {
  expect(namesIn(byHand)).toEqual(libraryNames);
  const functions = Object.keys(published).filter((name) => /^trace[A-Z]/.test(name) && name !== 'traceChannel');
  const documented = byHand.flatMap((row) => row.match(/\btrace[A-Z]\w+(?=\()/g) ?? []);
  expect(functions.filter((name) => !documented.includes(name))).toEqual([]);
});

test('the line that a message about an untraced library names is on the page', () => {
  const unnamed = libraryTable.filter(({ byHand: line }) => !page.includes(line.replace(/;$/, '')));
  expect(unnamed.map(({ name, byHand: line }) => `${name}: ${line}`)).toEqual([]);
});
