// @ts-check
// Before a package is packed: leaves out the declarations that no entry of it leads to. They describe modules that users
// cannot import, and weigh as much as an eighth of the code.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const { publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
/** @type {Set<string>} */
const reached = new Set();
for (const entry of Object.values(publishConfig.exports)) if (entry.types) reach(resolve(entry.types));

for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const file = resolve(join('dist', name));
  if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}
// What was removed is made again by the next build: tests are type-checked against it.
rmSync('dist/.tsbuildinfo', { force: true });

/** @param {string} file */
function reach(file) {
  if (reached.has(file)) return;
  reached.add(file);
  // Relative imports, import types and re-exports, as tsc writes them.
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
    /(?:from |import\(|import )["'](\.[^"']+)["']/g,
  )) {
    reach(resolve(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')));
  }
}
