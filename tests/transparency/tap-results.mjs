// @ts-check
/**
 * Reads the output of a test file of tap 16: a line for each assertion and one for each test that has ended. Lines of an inner test are
 * indented by four more spaces.
 *
 * @param {string} file @param {string} output @param {boolean} hasSucceeded Whether its process did.
 * @returns {import('./suites.mjs').TestResult[]}
 */
export function readTap(file, output, hasSucceeded) {
  /** @type {import('./suites.mjs').TestResult[]} */
  const results = [];
  // The file, a test of it, a test of that …
  const open = [newTest('(the file)')];

  for (const line of output.split('\n')) {
    const depth = (/^ */.exec(line)?.[0].length ?? 0) / 4;
    const [, name] = /^ *# Subtest: (.*)$/.exec(line) ?? [];
    if (name !== undefined) open.splice(depth + 1, Infinity, newTest(name));
    const [result, not] = /^ *(not )?ok \d+/.exec(line) ?? [];
    if (result === undefined) continue;

    const hasFailed = not !== undefined && !/# (TODO|SKIP)/i.test(line);
    const around = open[depth] ?? newTest('');
    const ended = open[depth + 1];
    if (ended === undefined) {
      around.hasFailed ||= hasFailed; // by an assertion
      continue;
    }
    const path = open.slice(1, depth + 2).map(({ name }) => name);
    // A test that failed only because an inner test failed is not counted.
    const failedByItself = hasFailed && (ended.hasFailed || !ended.holdsFailure);
    if (failedByItself || !ended.holdsTests) results.push({ file, name: path.join(' > '), hasFailed });
    around.holdsTests = true;
    around.holdsFailure ||= hasFailed;
    open.length = depth + 1;
  }
  // The process died or was too slow, or an assertion outside any test failed.
  if (!hasSucceeded && !results.some(({ hasFailed }) => hasFailed)) {
    results.push({ file, name: '(the file)', hasFailed: true });
  }
  return results;
}

/** @param {string} name */
function newTest(name) {
  return { name, hasFailed: false, holdsTests: false, holdsFailure: false };
}
