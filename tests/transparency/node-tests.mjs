// @ts-check
// `node node-tests.mjs <results file> <test file> …`: runs tests of `node:test` and writes the result of each. A reporter
// for `node --test` could not pass on flags such as --expose-gc on Node 20; the processes of run() inherit them.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from 'node:test';

const [resultsFile = '', ...files] = process.argv.slice(2);
/** @type {import('./suites.mjs').TestResult[]} */
const results = [];
/** The tests that have begun, by depth. @type {string[]} */
const names = [];

// undici's limit for a file. It is long enough for the others.
const events = run({ files, concurrency: 2, timeout: 180_000 });
events.on('test:start', ({ name, nesting }) => names.splice(nesting, Infinity, name));
events.on('test:pass', (test) => note(test, false));
events.on('test:fail', (test) => note(test, true));
for await (const _event of events) {
  // Waits until the last file has ended.
}
writeFileSync(resultsFile, JSON.stringify(results));

/** @param {any} test Node's event; its types lack the fields of failures @param {boolean} hasFailed */
function note({ name, nesting, file, details, todo }, hasFailed) {
  // A test that failed only because an inner test failed.
  if (details.error?.failureType === 'subtestsFailed' || details.type === 'suite') return;
  // Some versions of Node report a file as a test that holds the others.
  const isFile = file === undefined || name === file;
  if (isFile && !hasFailed) return;
  const path = isFile ? ['(the file)'] : [...names.slice(0, nesting), name];
  results.push({ file: relative('', file ?? name), name: path.join(' > '), hasFailed: hasFailed && !todo });
}
