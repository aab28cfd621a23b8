// `npm run matrix [-- --reports=folder]`: the contract suites on every supported Node version, as one table.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findNode } from './node-binaries.ts';
import {
  type Counts,
  countBySubject,
  drawTable,
  findUntested,
  isBetween,
  type JestReport,
  testsOfOlderReleases,
} from './table.ts';

const majors = [20, 22, 24, 26];
const root = join(__dirname, '../..');

const { values } = parseArgs({ options: { reports: { type: 'string' } } });
const reports = values.reports === undefined ? mkdtempSync(join(tmpdir(), 'waymark-matrix-')) : resolve(values.reports);
mkdirSync(reports, { recursive: true });

const rows: { node: string; counts: Map<string, Counts> }[] = [];
const complaints: string[] = [];
for (const major of majors) runOn(major);
if (values.reports === undefined) rmSync(reports, { recursive: true });

console.log(`\n${drawTable(rows)}`);
if (complaints.length > 0) {
  console.log(`\n${complaints.join('\n')}`);
  process.exitCode = 1;
}

function runOn(major: number): void {
  const binary = findNode(major);
  const node = spawnSync(binary, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
  const outputFile = join(reports, `matrix-node-${major}.json`);
  const startedMs = Date.now();
  const env = isBetween(node)
    ? { ...process.env, WAYMARK_TESTS_LEFT_OUT: testsOfOlderReleases.join(',') }
    : process.env;
  const jest = spawnSync(
    binary,
    [
      'node_modules/jest/bin/jest.js',
      '--ci',
      '--json',
      `--outputFile=${outputFile}`,
      '(tests/contract/|\\.contract\\.test)',
    ],
    { cwd: root, env, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  console.log(`Node ${node}: ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  if (jest.status !== 0) {
    console.log(jest.stderr);
    complaints.push(`Node ${node}: the contract does not hold.`);
  }
  const counts = countBySubject(JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport);
  rows.push({ node, counts });
  const untested = findUntested(node, counts);
  if (untested.length > 0) complaints.push(`Node ${node}: no test ran for ${untested.join(', ')}.`);
}
