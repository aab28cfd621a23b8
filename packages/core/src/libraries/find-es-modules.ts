/**
 * Libraries that the process has loaded as ES modules before, which Node does not list. Some load a CommonJS package that nothing else
 * loads: that one is listed.
 */
import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readProperty } from '../read-property.ts';
import { libraryTable, type TableRow } from './library-table.ts';

const rowsWithCompanion = libraryTable.filter(({ companion }) => companion !== undefined);

/** URLs of the modules of the table that have been loaded: importing one returns what the application has. Never throws. */
export function findEsModules(): readonly string[] {
  const cache = readProperty(Module, '_cache');
  if (rowsWithCompanion.length === 0 || typeof cache !== 'object' || cache === null) return [];
  const paths = Object.keys(cache).map((path) => path.replaceAll('\\', '/'));
  return rowsWithCompanion.flatMap((row) => urlsOf(row, paths));
}

function urlsOf({ packageName, modules = [], companion = '' }: TableRow, paths: readonly string[]): readonly string[] {
  const found = paths.find((path) => path.includes(`/node_modules/${companion}/`));
  const isCommonJs = paths.some((path) => path.includes(`/node_modules/${packageName}/`));
  if (found === undefined || isCommonJs) return [];
  for (const from of [process.argv[1], join(process.cwd(), 'index.js'), found]) {
    const root = from === undefined ? undefined : rootOf(packageName, from);
    if (root !== undefined) {
      return modules
        .map((file) => join(root, file))
        .filter((file) => existsSync(file))
        .map((file) => pathToFileURL(file).href);
    }
  }
  return [];
}

/** The folder of a package, as a module would find it. */
function rootOf(packageName: string, from: string): string | undefined {
  try {
    const main = createRequire(from).resolve(packageName);
    let folder = dirname(main);
    while (!folder.replaceAll('\\', '/').endsWith(`/node_modules/${packageName}`)) {
      if (dirname(folder) === folder) return undefined;
      folder = dirname(folder);
    }
    return folder;
  } catch {
    return undefined; // it cannot be found from there
  }
}
