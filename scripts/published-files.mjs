// @ts-check
// What a package's dist/ loses before it is packed: modules that have gone into bundles, and declarations that no entry leads to.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** @param {(file: string) => boolean} isKept Of absolute paths. */
export function removeModules(isKept) {
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const file = resolve('dist', name);
    if (file.endsWith('.js') && !isKept(file)) rmSync(file);
  }
}

/**
 * Leaves out the declarations that no entry leads to: they describe modules that users cannot import.
 *
 * @param {readonly string[]} entries
 */
export function pruneTypes(entries) {
  /** @type {Set<string>} */
  const reached = new Set();
  for (const types of entries) reach(resolve(types), reached);
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const file = resolve(join('dist', name));
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
}

/** @param {string} file @param {Set<string>} reached */
function reach(file, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  // Relative imports, import types and re-exports, as tsc writes them.
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
    /(?:from |import\(|import )["'](\.[^"']+)["']/g,
  )) {
    reach(resolve(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')), reached);
  }
}
