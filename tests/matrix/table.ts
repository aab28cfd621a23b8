// Counts a Jest report by what each test ran against, and prints the counts of all Node versions side by side.

/** What is needed of the report that `jest --json` writes. */
export interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly status: string;
    }[];
  }[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** One column of the table: tests inside a `describe` whose title contains the pattern. */
interface Column {
  readonly title: string;
  readonly pattern: RegExp;
  readonly isMissingOn?: (nodeVersion: string) => boolean;
}

// The first that matches has the test, so what calls out comes before the server of the same name.
const columns: readonly Column[] = [
  { title: 'fetch', pattern: /\bfetch\b/ },
  { title: 'undici 6', pattern: /\bundici ?6\b/ },
  { title: 'undici 7', pattern: /\bundici ?7\b/ },
  // undici 8 says so itself: engines.node >=22.19.0
  { title: 'undici 8', pattern: /\bundici ?8\b/, isMissingOn: (version) => isOlder(version, 22, 19) },
  { title: 'http client', pattern: /\boutbound\b.*\bhttp\b|\bhttp client\b/ },
  { title: 'express 4', pattern: /\bexpress ?4\b/ },
  { title: 'express 5.2', pattern: /\bexpress ?5\.?2\b/ },
  { title: 'express 5.3', pattern: /\bexpress ?5(\.?3)?\b/ },
  { title: 'fastify 4', pattern: /\bfastify ?4\b/ },
  { title: 'fastify 5', pattern: /\bfastify ?5\b/ },
  { title: 'node:http', pattern: /\bnode:http\b/ },
];

const other = 'other';

/** Passed and failed tests by column title; a column without a test is absent, a suite that did not run is a failure. */
export function countByColumn(report: JestReport): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  const add = (title: string, { passed, failed }: Counts) => {
    const before = counts.get(title) ?? { passed: 0, failed: 0 };
    counts.set(title, { passed: before.passed + passed, failed: before.failed + failed });
  };
  for (const { assertionResults, message } of report.testResults) {
    if (assertionResults.length === 0 && message !== '') add(other, { passed: 0, failed: 1 });
    for (const { ancestorTitles, status } of assertionResults) {
      const path = ancestorTitles.join(' › ').toLowerCase();
      const title = columns.find(({ pattern }) => pattern.test(path))?.title ?? other;
      if (status === 'passed') add(title, { passed: 1, failed: 0 });
      if (status === 'failed') add(title, { passed: 0, failed: 1 });
    }
  }
  return counts;
}

/** The columns that should have had a test on this Node, and had none. */
export function findEmptyColumns(nodeVersion: string, counts: ReadonlyMap<string, Counts>): string[] {
  return columns
    .filter(({ title, isMissingOn }) => !counts.has(title) && !isMissingOn?.(nodeVersion))
    .map(({ title }) => title);
}

/** Draws the table: a row for each Node version, `passed` or `passed/failed` in each cell, `–` where nothing ran. */
export function drawTable(
  rows: readonly { readonly node: string; readonly counts: ReadonlyMap<string, Counts> }[],
): string {
  const titles = columns.map(({ title }) => title);
  if (rows.some(({ counts }) => counts.has(other))) titles.push(other);
  const cells = [
    ['Node', ...titles],
    ...rows.map(({ node, counts }) => [node, ...titles.map((title) => describeCounts(counts.get(title)))]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}

function describeCounts(counts: Counts | undefined): string {
  if (counts === undefined) return '–';
  return counts.failed === 0 ? `${counts.passed} ✓` : `${counts.passed} ✓ ${counts.failed} ✗`;
}

function isOlder(version: string, major: number, minor: number): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number);
  return hasMajor < major || (hasMajor === major && hasMinor < minor);
}
