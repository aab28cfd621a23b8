// @ts-check
// What a package's dist/ loses before it is packed: modules that have gone into bundles.
import { readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

/** @param {(file: string) => boolean} isKept Of absolute paths. */
export function removeModules(isKept) {
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const file = resolve('dist', name);
    if (file.endsWith('.js') && !isKept(file)) rmSync(file);
  }
}
