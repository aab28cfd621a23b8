// @ts-check
// A reporter for mocha: writes the result of each test. Mocha's JSON reporter lacks file names in some versions.
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

/** @typedef {{ file?: string, fullTitle(): string }} Test */

/** @param {import('node:events').EventEmitter} runner @param {{ reporterOptions: { output: string } }} options */
module.exports = function MochaResults(runner, { reporterOptions: { output } }) {
  /** @type {import('./suites.mjs').TestResult[]} */
  const results = [];
  /** @param {boolean} hasFailed */
  const note = (hasFailed) => (/** @type {Test} */ test) => {
    results.push({ file: relative('', test.file ?? ''), name: test.fullTitle(), hasFailed });
  };
  runner.on('pass', note(false));
  runner.on('fail', note(true));
  runner.on('end', () => writeFileSync(output, JSON.stringify(results)));
};
