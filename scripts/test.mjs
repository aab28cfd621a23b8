// @ts-check
// `npm test [-- jest arguments]`: the tests that take little time, from a fresh clone on. Where a path is given, all tests there.
// `npm run test:<lane>`: those of test-lanes.mjs. `npm run test:all`: both.
import { spawnSync } from 'node:child_process';
import { runToEnd } from './run-to-end.mjs';
import { buildPackages, installDependencies, root } from './setup.mjs';
import { checkLanes, lanes } from './test-lanes.mjs';

const [first, ...others] = process.argv.slice(2);
const lane = first?.startsWith('--lane=') ? first.slice('--lane='.length) : undefined;
const jestArguments = lane === undefined ? process.argv.slice(2) : others;

checkLanes();
installDependencies();
if (lane !== undefined && lane !== 'all') jestArguments.push('--testPathPatterns', ...inLane(lane));
if (lane === undefined && !namesPath(jestArguments)) {
  process.env.WAYMARK_TESTS_LEFT_OUT = Object.values(lanes).flat().join(',');
}
if (['libraries', 'opentelemetry', 'all'].includes(lane ?? '')) prepareServers();
// Some of its tests start plain Node, which resolves the packages to what is built.
if (['opentelemetry', 'all'].includes(lane ?? '')) buildPackages();
await runToEnd([`${root}/node_modules/jest/bin/jest.js`, ...jestArguments]);

/** Builds the server that cannot be installed. Where that fails, its tests say that it is missing. */
function prepareServers() {
  spawnSync(process.execPath, [`${root}/tests/services/prepare.mjs`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** @param {string} name */
function inLane(name) {
  const paths = Object.entries(lanes).find(([key]) => key === name)?.[1];
  if (paths === undefined)
    throw new Error(`There is no lane "${name}". There are all, ${Object.keys(lanes).join(', ')}.`);
  return paths;
}

/**
 * Whether Jest's arguments say which files to run.
 *
 * @param {readonly string[]} given
 */
function namesPath(given) {
  const withValue = ['-t', '--testNamePattern', '-w', '--maxWorkers', '--outputFile', '--reporters', '--shard'];
  return given.some((value, index) => {
    if (/^--(?:testPathPatterns|runTestsByPath|findRelatedTests|onlyChanged|changedSince)\b|^-o$/.test(value))
      return true;
    return !value.startsWith('-') && !withValue.includes(given[index - 1] ?? '');
  });
}
