// @ts-check
/** Runs the tests of a checkout as its scripts do, with results that can be compared by test name. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTap } from './tap-results.mjs';

/** @typedef {{ file: string, name: string, hasFailed: boolean }} TestResult */
/** @typedef {'express' | 'fastify' | 'undici'} Project */
/** @typedef {'bare' | 'no-op' | 'tracing'} Way */
/** @typedef {{ results: TestResult[], requests: number, faults: Record<string, number> }} SuiteRun */

/**
 * @typedef {object} Suite
 * @property {string} title Such as `express 5.2.1, router 2.2.0`.
 * @property {(way: Way, only?: readonly string[]) => Promise<SuiteRun>} run All test files, or these. Mocha runs all of them in one
 *   process, where one file may affect another, so it always runs all.
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const preload = join(here, 'in-every-app.cjs');

/** The folders in undici's scripts, except those that need a network, a build of Node or Jest. */
const undiciFolders =
  'busboy cache cache-interceptor cookie eventsource fetch infra interceptors node-fetch node-test subresource-integrity webidl websocket';

/**
 * @param {Project} project @param {string} folder A checkout with its dependencies.
 * @returns {Suite | string} What is missing, if it cannot be run.
 */
export function suiteOf(project, folder) {
  const checkout = resolve(folder);
  if (!existsSync(`${checkout}/package.json`)) return `There is no package.json in ${checkout}.`;
  const manifest = JSON.parse(readFileSync(`${checkout}/package.json`, 'utf8'));
  if (manifest.name !== project) return `${checkout} is a checkout of ${manifest.name}, not of ${project}.`;
  if (!existsSync(`${checkout}/node_modules`)) return `${checkout} has no node_modules: run npm install there.`;
  const router = `${checkout}/node_modules/router/package.json`;
  const hasRouter = project === 'express' && existsSync(router);
  const title = `${project} ${manifest.version}${hasRouter ? `, router ${JSON.parse(readFileSync(router, 'utf8')).version}` : ''}`;
  const usesTap = manifest.devDependencies?.tap !== undefined;
  const runFiles = project === 'express' ? runMocha : usesTap ? runTap : runNodeTests;
  const files = testFiles(project, checkout);

  return {
    title,
    async run(way, only = files) {
      const scratch = mkdtempSync(join(tmpdir(), 'transparency-'));
      try {
        const report = join(scratch, 'report');
        const env =
          way === 'bare'
            ? process.env
            : {
                ...process.env,
                NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${JSON.stringify(preload)}`,
                WAYMARK_TRANSPARENCY: JSON.stringify({ project, checkout, way, report }),
              };
        const results = await runFiles(
          checkout,
          project === 'express' ? files : only,
          env,
          join(scratch, 'results.json'),
        );
        return { results, ...readReport(report) };
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    },
  };
}

/** @param {Project} project @param {string} checkout */
function testFiles(project, checkout) {
  const isTest = { express: /\.js$/, fastify: /\.test\.m?js$/, undici: /\.js$/ }[project];
  const folders = {
    express: ['test', 'test/acceptance'],
    fastify: ['test', ...foldersIn(checkout, 'test')],
    undici: ['test', ...undiciFolders.split(' ').map((name) => `test/${name}`)],
  }[project];
  return folders
    .filter((folder) => existsSync(join(checkout, folder)))
    .flatMap((folder) =>
      readdirSync(join(checkout, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile() && isTest.test(entry.name))
        .map(({ name }) => `${folder}/${name}`),
    );
}

/** @param {string} checkout @param {string} folder @returns {string[]} */
function foldersIn(checkout, folder) {
  return readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(checkout, join(entry.path, entry.name)));
}

/** @typedef {(checkout: string, files: readonly string[], env: NodeJS.ProcessEnv, resultsFile: string) => Promise<TestResult[]>} RunFiles */

/** @type {RunFiles} */
async function runMocha(checkout, files, env, resultsFile) {
  const reporter = [`--reporter=${join(here, 'mocha-results.cjs')}`, `--reporter-option=output=${resultsFile}`];
  const flags = ['--require=test/support/env', '--check-leaks', ...reporter];
  const { bin } = JSON.parse(readFileSync(`${checkout}/node_modules/mocha/package.json`, 'utf8'));
  const { output } = await runNode(checkout, [`node_modules/mocha/${bin.mocha}`, ...flags, ...files], env);
  return readResults(resultsFile, output);
}

/** @type {RunFiles} */
async function runNodeTests(checkout, files, env, resultsFile) {
  const flags = ['--expose-gc', '--no-warnings', join(here, 'node-tests.mjs'), resultsFile];
  const { output } = await runNode(checkout, [...flags, ...files.map((file) => join(checkout, file))], env);
  return readResults(resultsFile, output);
}

/** @type {RunFiles} */
async function runTap(checkout, files, env) {
  const waiting = [...files];
  /** @type {TestResult[]} */
  const results = [];
  async function runNext() {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      // Fastify's .taprc has this flag.
      const { output, code } = await runNode(checkout, ['--allow-natives-syntax', file], env);
      results.push(...readTap(file, output, code === 0));
    }
  }
  await Promise.all([runNext(), runNext()]);
  return results;
}

/** @param {string} cwd @param {string[]} args @param {NodeJS.ProcessEnv} env */
async function runNode(cwd, args, env) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise((settle) => child.on('close', settle));
  return { output, code };
}

/** @param {string} file @param {string} output */
function readResults(file, output) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  throw new Error(`The tests did not run to their end:\n${output.slice(-4000)}`);
}

/** Adds up the reports of the processes. @param {string} report */
function readReport(report) {
  const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
  /** @type {Record<string, number>} */
  const faults = {};
  let requests = 0;
  for (const seen of lines.map((line) => JSON.parse(line))) {
    requests += seen.requests;
    for (const [reason, times] of Object.entries(seen.faults)) faults[reason] = (faults[reason] ?? 0) + Number(times);
  }
  return { requests, faults };
}
