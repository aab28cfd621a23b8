// @ts-check
// Virtual environments of Python in the user's cache.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cache } from './cache.mjs';

const run = promisify(execFile);

/**
 * @param {string} name
 * @param {string[]} packages As pip takes them.
 * @returns {Promise<string>} The folder of a virtual environment that has them.
 */
export async function makeVenv(name, ...packages) {
  const folder = join(cache, `venv-${name}`);
  // A venv cannot be moved once it is made, so a file says that it is whole.
  const stamp = join(folder, 'complete');
  if (existsSync(stamp)) return folder;
  mkdirSync(cache, { recursive: true });
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
