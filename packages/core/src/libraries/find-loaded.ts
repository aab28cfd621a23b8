/** Finds libraries among the CommonJS modules that the process has loaded. What ES modules import of such a library is there, too. */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { readProperty } from '../read-property.ts';
import { libraryTable, type TableRow } from './library-table.ts';

/** A module of a library that has been loaded. */
export interface LoadedModule {
  readonly row: TableRow;
  /** The folder of the package. */
  readonly root: string;
  /** Unique: the file of the module, or the folder for a library without files in the table. */
  readonly key: string;
  readonly exports: unknown;
}

interface CachedModule {
  readonly loaded?: boolean;
  readonly exports?: unknown;
}

/** The last folder of a package in a path: the package that a file belongs to. */
const packageFolder = /^(.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

const builtinRows = libraryTable.filter(({ isBuiltin }) => isBuiltin === true);

const rowsByPackage = new Map<string, readonly TableRow[]>();
for (const row of libraryTable) {
  rowsByPackage.set(row.packageName, [...(rowsByPackage.get(row.packageName) ?? []), row]);
}

/** The package in a specifier, such as `@smithy/core` in `@smithy/core/client`. */
const packageInSpecifier = /^(?:@[^/]+\/)?[^/]+/;

/** Whether a path or specifier names a package of the table. */
export function namesLibrary(specifier: string): boolean {
  const inside = packageFolder.exec(`${specifier}/`)?.[2]?.replace('\\', '/');
  return rowsByPackage.has(inside ?? packageInSpecifier.exec(specifier)?.[0] ?? specifier);
}

/** The modules that are loaded now. A module that is being loaded is left out. Never throws. */
export function findLoaded(): readonly LoadedModule[] {
  const cache = readProperty(Module, '_cache'); // Node's, keyed by file; other runtimes may have none
  if (typeof cache !== 'object' || cache === null) return builtins();
  const modules = cache as Readonly<Record<string, CachedModule | undefined>>;
  const roots = new Map<string, readonly TableRow[]>();
  for (const path of Object.keys(modules)) {
    const [, before = '', name = ''] = packageFolder.exec(path) ?? [];
    const rows = name === '' ? undefined : rowsByPackage.get(name.replace('\\', '/'));
    if (rows !== undefined) roots.set(before + name, rows);
  }
  return [...builtins(), ...[...roots].flatMap(([root, rows]) => rows.flatMap((row) => loadedOf(row, root, modules)))];
}

/** Modules of Node that have been loaded. Loading one here could print a warning, which Node 22 does for node:sqlite. */
function builtins(): readonly LoadedModule[] {
  const { moduleLoadList, getBuiltinModule } = process as {
    moduleLoadList?: readonly string[];
    getBuiltinModule?(name: string): unknown;
  };
  if (typeof getBuiltinModule !== 'function' || !Array.isArray(moduleLoadList)) return [];
  return builtinRows.flatMap((row) =>
    moduleLoadList.includes(`NativeModule ${row.packageName.slice('node:'.length)}`)
      ? [{ row, root: row.packageName, key: row.packageName, exports: getBuiltinModule(row.packageName) }]
      : [],
  );
}

function loadedOf(
  row: TableRow,
  root: string,
  modules: Readonly<Record<string, CachedModule | undefined>>,
): readonly LoadedModule[] {
  if (row.files === undefined) return [{ row, root, key: root, exports: undefined }];
  return row.files.flatMap((file) => {
    const key = join(root, file);
    const module = modules[key];
    return module?.loaded === true ? [{ row, root, key, exports: module.exports }] : [];
  });
}

/** The version in the `package.json` of a folder; that of Node for a module of Node. Never throws. */
export function versionOf(root: string): string | undefined {
  if (root.startsWith('node:')) return process.versions.node;
  try {
    const version = readProperty(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), 'version');
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined; // a virtual file system
  }
}
