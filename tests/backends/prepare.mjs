// @ts-check
// `node tests/backends/prepare.mjs`: brings Jaeger, Zipkin and OpenTelemetry's SDK for Python into the user's cache, where they
// stay. It needs Node alone, not even this repository's dependencies, so that CI can begin with it: to build Jaeger takes longest.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cache, digestOf, must } from './cache.mjs';
import { buildGo } from './go.mjs';
import { makeVenv } from './venv.mjs';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

// Zipkin 3 runs on Java 17 and later.
const zipkinArtifact = 'io.zipkin:zipkin-server:3.4.4:jar:exec';
const zipkinJar = join(cache, 'zipkin-server-3.4.4-exec.jar');

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
function prepareJaeger() {
  const folder = join(here, 'jaeger');
  const binary = join(cache, `jaeger-${process.platform}-${process.arch}-${digestOf(join(folder, 'go.sum'))}`);
  return buildGo('Jaeger', binary, folder, ['github.com/jaegertracing/jaeger/cmd/jaeger']);
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedMs = Date.now();
  const { jaeger, zipkin, python, missing } = await prepareBackends();
  for (const path of [jaeger, zipkin, python]) if (path) console.log(path);
  for (const complaint of missing) console.error(complaint);
  console.log(`${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
