// Counts the tests of Jest reports by subject, and prints the counts of all Node versions as a table.

/** The parts of `jest --json` that the table needs. */
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

/** A subject of tests, and a row of the table: the tests inside the outermost `describe` of that title. */
interface Subject {
  readonly title: string;
  readonly isMissingOn?: (nodeVersion: string) => boolean;
}

const subjects: readonly Subject[] = [
  { title: 'server express 4.21', isMissingOn: isBetween },
  { title: 'server express 4' },
  { title: 'server express 5.0', isMissingOn: isBetween },
  { title: 'server express 5.2', isMissingOn: isBetween },
  { title: 'server express 5.3' },
  { title: 'server fastify 4.0', isMissingOn: isBetween },
  { title: 'server fastify 4' },
  { title: 'server fastify 5.0', isMissingOn: isBetween },
  { title: 'server fastify 5' },
  { title: 'server node:http' },
  { title: 'outbound fetch' },
  { title: 'outbound undici 6' },
  { title: 'outbound undici 7' },
  // undici 8 says so itself: engines.node >=22.19.0
  { title: 'outbound undici 8', isMissingOn: (version) => isOlder(version, 22, 19) },
  { title: 'outbound node:http' },
  { title: 'store memory' },
  { title: 'store node:sqlite', isMissingOn: (version) => isOlder(version, 22, 13) },
  { title: 'store node-sqlite3-wasm' },
];

const other = 'other';

/** Passed and failed tests by subject; one without a test is absent, a suite that did not run is a failure. */
export function countBySubject(report: JestReport): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  const add = (title: string, { passed, failed }: Counts) => {
    const before = counts.get(title) ?? { passed: 0, failed: 0 };
    counts.set(title, { passed: before.passed + passed, failed: before.failed + failed });
  };
  for (const { assertionResults, message } of report.testResults) {
    if (assertionResults.length === 0 && message !== '') add(other, { passed: 0, failed: 1 });
    for (const { ancestorTitles, status } of assertionResults) {
      const title = subjects.find((subject) => subject.title === ancestorTitles[0])?.title ?? other;
      if (status === 'passed') add(title, { passed: 1, failed: 0 });
      if (status === 'failed') add(title, { passed: 0, failed: 1 });
    }
  }
  return counts;
}

/** The subjects without a test that should have one on this Node. */
export function findUntested(nodeVersion: string, counts: ReadonlyMap<string, Counts>): string[] {
  return subjects
    .filter(({ title, isMissingOn }) => !counts.has(title) && !isMissingOn?.(nodeVersion))
    .map(({ title }) => title);
}

/** Draws the table: a row for each subject, a column for each Node, `–` where nothing ran. */
export function drawTable(
  runs: readonly { readonly node: string; readonly counts: ReadonlyMap<string, Counts> }[],
): string {
  const titles = subjects.map(({ title }) => title);
  if (runs.some(({ counts }) => counts.has(other))) titles.push(other);
  const cells = [
    ['', ...runs.map(({ node }) => `Node ${node}`)],
    ...titles.map((title) => [title, ...runs.map(({ counts }) => describeCounts(counts.get(title)))]),
  ];
  const firstWidth = Math.max(...titles.map((title) => title.length));
  return cells
    .map(([title = '', ...counts]) => title.padEnd(firstWidth) + counts.map((cell) => cell.padStart(18)).join(''))
    .join('\n');
}

function describeCounts(counts: Counts | undefined): string {
  if (counts === undefined) return '–';
  return counts.failed === 0 ? `${counts.passed} ✓` : `${counts.passed} ✓ ${counts.failed} ✗`;
}

/** The tests of releases that are not the newest of their major version. They run on the oldest and the newest Node only. */
export const testsOfOlderReleases: readonly string[] = ['server', 'trust'].flatMap((folder) =>
  ['express421', 'express50', 'express52', 'fastify40', 'fastify50'].map((name) => `tests/contract/${folder}/${name}`),
);

/** Whether a Node is neither the oldest nor the newest. */
export function isBetween(nodeVersion: string): boolean {
  return ['22', '24'].includes(nodeVersion.split('.', 1)[0] ?? '');
}

function isOlder(version: string, major: number, minor: number): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number);
  return hasMajor < major || (hasMajor === major && hasMinor < minor);
}
