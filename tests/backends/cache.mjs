// @ts-check
// The folder of the user's cache that keeps what tests download and build.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'waymark-backends');

/** @param {...string} files */
export function digestOf(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** @template Result @param {string} complaint @param {Promise<Result>} work @returns {Promise<Result>} */
export function must(complaint, work) {
  return work.catch((error) => {
    const words = String(error.stderr || error.message).trim();
    throw new Error(`${complaint}.\n${words.split('\n').slice(-5).join('\n')}`);
  });
}
