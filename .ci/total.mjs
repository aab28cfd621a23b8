// @ts-check
// Adds up the Jest reports of a folder and prints them the way Jest ends a run, then as one plain line. Before that it names what
// has become too slow for `npm test`, and the tests that failed at first and passed when they were run again.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const slowMs = 12_000;

const [folder = '.'] = process.argv.slice(2);
const sum = { suites: 0, suitesFailed: 0, tests: 0, passed: 0, failed: 0, skipped: 0 };
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  sum.suites += report.numTotalTestSuites;
  sum.suitesFailed += report.numFailedTestSuites;
  sum.tests += report.numTotalTests;
  sum.passed += report.numPassedTests;
  // A suite that cannot be loaded reports no failed test, so it counts as one.
  sum.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  sum.skipped += report.numPendingTests + report.numTodoTests;
  if (name === 'tests.json') nameSlowOnes(report.testResults);
  nameUnsteadyOnes(report.testResults);
}

/** @param {{ name: string, startTime: number, endTime: number }[]} files */
function nameSlowOnes(files) {
  for (const { name: file, startTime, endTime } of files) {
    if (endTime - startTime < slowMs) continue;
    const seconds = Math.round((endTime - startTime) / 1000);
    console.log(
      `${relative('.', file)} takes ${seconds} s of npm test: make it quicker, or name it in scripts/test-lanes.mjs.`,
    );
  }
}

/** @param {{ name: string, assertionResults: { fullName: string, status: string, invocations?: number }[] }[]} files */
function nameUnsteadyOnes(files) {
  for (const { name: file, assertionResults } of files) {
    for (const { fullName, status, invocations = 1 } of assertionResults ?? []) {
      if (status === 'passed' && invocations > 1) {
        console.log(
          `${relative('.', file)}: "${fullName}" passed only when it ran again. Mend it: it is not reliable.`,
        );
      }
    }
  }
}

const describe = (/** @type {[number, string][]} */ ...parts) =>
  parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(', ');
const suitesPassed = sum.suites - sum.suitesFailed;
console.log(`Test Suites: ${describe([sum.suitesFailed, 'failed'], [suitesPassed, 'passed'])}, ${sum.suites} total`);
console.log(
  `Tests:       ${describe([sum.failed, 'failed'], [sum.skipped, 'skipped'], [sum.passed, 'passed'])}, ${sum.tests} total`,
);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
