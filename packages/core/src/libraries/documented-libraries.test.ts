// The page of each group has its libraries, and the lines that trace them by hand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backgroundDefaults } from '../library-options/background.ts';
import { cloudDefaults } from '../library-options/cloud.ts';
import { databaseDefaults } from '../library-options/databases.ts';
import { graphqlDefaults } from '../library-options/graphql.ts';
import { messagingDefaults } from '../library-options/messaging.ts';
import { modelDefaults } from '../library-options/models.ts';
import { rpcDefaults } from '../library-options/rpc.ts';
import { socketDefaults } from '../library-options/sockets.ts';
import * as published from './index.ts';
import { libraryTable } from './library-table.ts';

/** A group, its page in docs/, and the names of its libraries. */
const groups: readonly (readonly [page: string, names: readonly string[]])[] = [
  ['libraries.md', Object.keys(databaseDefaults)],
  ['background.md', Object.keys(backgroundDefaults)],
  ['graphql.md', Object.keys(graphqlDefaults)],
  ['models.md', Object.keys(modelDefaults)],
  ['rpc.md', Object.keys(rpcDefaults)],
  ['sockets.md', Object.keys(socketDefaults)],
  ['messaging.md', Object.keys(messagingDefaults)],
  ['cloud.md', Object.keys(cloudDefaults)],
];

interface Page {
  readonly text: string;
  /** The rows of the table of what is traced, and of the table of lines. */
  readonly traced: readonly string[];
  readonly byHand: readonly string[];
}

function readPage(name: string): Page {
  const text = readFileSync(join(__dirname, '../../../../docs', name), 'utf8');
  const [traced = [], byHand = []] = text
    .split(/^\| library \| .*\n\| --- .*\n/m)
    .slice(1)
    .map((part) => part.slice(0, part.indexOf('\n\n')).split('\n'));
  return { text, traced, byHand };
}

/** The names in backticks of the first column. */
function namesIn(rows: readonly string[]): string[] {
  const names = rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)]; // two versions may have two rows
}

describe.each(groups)('docs/%s', (name, libraries) => {
  const page = readPage(name);

  test('the table of what is traced has the libraries of the group, in the order of the options', () => {
    expect(namesIn(page.traced)).toEqual(libraries);
  });

  test('the table of lines has the same libraries', () => {
    expect(namesIn(page.byHand)).toEqual(libraries);
  });

  test('the line that a message about an untraced library names is on the page', () => {
    const rows = libraryTable.filter((row) => libraries.includes(row.name));
    const unnamed = rows.filter(({ byHand }) => !page.text.includes(byHand.replace(/;$/, '')));
    expect(unnamed.map(({ name: library, byHand }) => `${library}: ${byHand}`)).toEqual([]);
  });
});

test('each published function is in a table of lines', () => {
  const functions = Object.keys(published).filter((name) => /^trace[A-Z]/.test(name) && name !== 'traceChannel');
  const rows = groups.flatMap(([name]) => readPage(name).byHand);
  const documented = rows.flatMap((row) => row.match(/\btrace[A-Z]\w+(?=\()/g) ?? []);
  expect(functions.filter((name) => !documented.includes(name))).toEqual([]);
});
