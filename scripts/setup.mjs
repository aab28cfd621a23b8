// @ts-check
// Prepares a fresh clone, which needs only Node and npm: npx provides pnpm.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(import.meta.url), '../..');

const stampFile = `${root}/node_modules/.waymark-install`;

/** Installs what the lock file names, unless neither it nor a package.json has changed since the last time. */
export function installDependencies() {
  requireNode(20, 19);
  const manifests = findManifests();
  const digest = digestOf(['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;

  // CI=true: pnpm replaces a node_modules of another layout without asking.
  step(`Installing dependencies with ${pnpm()}`, 'npx', ['--yes', pnpm(), 'install', '--frozen-lockfile'], {
    CI: 'true',
  });
  writeFileSync(stampFile, digest);
}

/** Builds the published packages and the viewer. What has not changed is not built again. */
export function buildPackages() {
  step('Building the packages', process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json']);
  step('Building the viewer', process.execPath, ['packages/waymark/scripts/build-viewer.mjs']);
}

/** @param {number} major @param {number} minor */
function requireNode(major, minor) {
  const [hasMajor = 0, hasMinor = 0] = process.versions.node.split('.').map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return;
  console.error(`Waymark needs Node ${major}.${minor} or later, this is ${process.versions.node}.`);
  process.exit(1);
}

/** The version of pnpm that the repository is pinned to, as npx takes it: `pnpm@12.21.0`. */
export function pnpm() {
  return JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).packageManager;
}

/** The folders of the packages, as paths from the root. */
export function packageFolders() {
  return foldersIn('packages');
}

function findManifests() {
  return [
    '.',
    'tests',
    'tests/libraries',
    'tests/libraries/sqlite',
    'tests/opentelemetry',
    'tests/opentelemetry/sdk-1',
    'tests/opentelemetry/sdk-2',
    'benchmarks',
    ...packageFolders(),
    ...foldersIn('examples'),
    ...foldersIn('tests/nestjs'),
  ]
    .map((folder) => `${folder}/package.json`)
    .filter((file) => existsSync(`${root}/${file}`));
}

/** @param {string} parent */
function foldersIn(parent) {
  if (!existsSync(`${root}/${parent}`)) return [];
  return readdirSync(`${root}/${parent}`)
    .sort()
    .map((name) => `${parent}/${name}`);
}

/** @param {string[]} files */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(`${root}/${file}`))
      .update('\0');
  return hash.digest('hex');
}

/**
 * Runs a command; a success is one line, a failure is everything that the command printed.
 *
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export function step(title, command, args, env) {
  const startedMs = Date.now();
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    // npx is a .cmd file on Windows, which only a shell can start.
    shell: process.platform === 'win32' && command === 'npx',
  });
  if (result.status !== 0) {
    console.error(`${title}: failed\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
    process.exit(1);
  }
  console.error(`${title}: ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}
