// @ts-check
// `npm run transparency -- --express <checkout> --fastify <checkout> --undici <checkout>`: the tests of Express, Fastify and
// undici: alone, with a no-op middleware (plugin, subscriber) in every app that they make, and with tracing in every app.
import { parseArgs } from 'node:util';
import { buildPackages, installDependencies } from '../../scripts/setup.mjs';
import { suiteOf } from './suites.mjs';

/**
 * How often a test that fails only with tracing is run again both ways. Tracing is the cause, unless the test now fails
 * without tracing too, or no longer fails: some tests fail now and then.
 */
const attempts = 3;

const option = /** @type {const} */ ({ type: 'string', multiple: true, default: [] });
const { values } = parseArgs({ options: { express: option, fastify: option, undici: option } });
const suites = /** @type {const} */ (['express', 'fastify', 'undici']).flatMap((project) =>
  (values[project] ?? []).map((folder) => {
    const suite = suiteOf(project, folder);
    return typeof suite === 'string' ? quit(suite) : suite;
  }),
);
if (suites.length === 0) quit('No checkout given.');

installDependencies();
buildPackages();

/** @type {Record<string, Record<string, string | number>>} */
const table = {};
/** @type {string[]} */
const notes = [];
for (const suite of suites) {
  const started = performance.now();
  const bare = await suite.run('bare');
  const noOp = await suite.run('no-op');
  const traced = await suite.run('tracing');
  const suspects = failuresOf(traced).filter((name) => !failuresOf(noOp).includes(name));
  const verdicts = await tryAgain(suite, suspects, traced);
  const caused = verdicts.filter(({ isCausedByTracing }) => isCausedByTracing);

  table[suite.title] = {
    tests: bare.results.length,
    bare: failuresOf(bare).length,
    'no-op': failuresOf(noOp).length,
    tracing: failuresOf(traced).length,
    'by tracing alone': caused.length,
    requests: noOp.requests,
    spans: traced.requests,
    faults: Object.entries(traced.faults)
      .map(([reason, times]) => `${reason}: ${times}`)
      .join(', '),
    seconds: Math.round((performance.now() - started) / 1000),
  };
  console.table({ [suite.title]: table[suite.title] });
  notes.push(...verdicts.map(({ text }) => `${suite.title}: ${text}`));
  // A run that traced no request proves nothing.
  if (caused.length > 0 || traced.requests === 0) process.exitCode = 1;
}
console.table(table);
for (const note of notes) console.log(note);

/** Names with their files. @param {import('./suites.mjs').SuiteRun} run */
function failuresOf({ results }) {
  return [...new Set(results.filter(({ hasFailed }) => hasFailed).map(nameOf))];
}

/** @param {import('./suites.mjs').TestResult} result */
function nameOf({ file, name }) {
  return `${file}: ${name}`;
}

/**
 * @param {import('./suites.mjs').Suite} suite @param {readonly string[]} suspects @param {import('./suites.mjs').SuiteRun} traced
 */
async function tryAgain(suite, suspects, traced) {
  if (suspects.length === 0) return [];
  const files = new Set(traced.results.filter((result) => suspects.includes(nameOf(result))).map(({ file }) => file));
  /** @type {string[]} */
  const withNoOp = [];
  /** @type {string[]} */
  const withTracing = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    withNoOp.push(...failuresOf(await suite.run('no-op', [...files])));
    withTracing.push(...failuresOf(await suite.run('tracing', [...files])));
  }
  return suspects.map((suspect) => {
    const [noOp, tracing] = [withNoOp, withTracing].map((names) => names.filter((name) => name === suspect).length);
    const isCausedByTracing = noOp === 0 && tracing !== 0;
    const outcome = `then failed ${tracing} of ${attempts} times with tracing, ${noOp} without`;
    return { isCausedByTracing, text: `${isCausedByTracing ? 'TRACING' : 'unsteady'}: ${suspect} (${outcome})` };
  });
}

/** @param {string} problem @returns {never} */
function quit(problem) {
  console.error(`${problem} To get the supported versions and run their tests:

  git clone --depth 1 --branch v5.2.1 https://github.com/expressjs/express && npm --prefix express install
  git clone --depth 1 --branch v5.12.1 https://github.com/fastify/fastify && npm --prefix fastify install
  git clone --depth 1 --branch v7.29.0 https://github.com/nodejs/undici && npm --prefix undici install
  npm run transparency -- --express express --fastify fastify --undici undici

An option may be given several times. A checkout is tested with the version of its router in node_modules.`);
  process.exit(1);
}
