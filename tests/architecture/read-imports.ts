// Which modules a source file names: import, export … from, import(), require() and import types alike.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseSync } from '@swc/core';

export interface Import {
  /** The importing file, relative to the repository, with forward slashes. */
  readonly file: string;
  readonly specifier: string;
}

const root = join(__dirname, '../..');
const sourceFile = /(?<!\.d)\.[cm]?[jt]sx?$/;

/** Reads all sources below the given folders of the repository. */
export function readImportsBelow(folders: readonly string[]): Import[] {
  return folders.flatMap(findSources).flatMap((file) => {
    const path = relative(root, file).split(sep).join('/');
    return readImports(path, readFileSync(file, 'utf8'));
  });
}

/** Reads one file's text. Comments and strings that only look like imports do not count. */
export function readImports(file: string, source: string): Import[] {
  const syntax = /\.[cm]?tsx?$/.test(file) ? 'typescript' : 'ecmascript';
  const specifiers = new Set<string>();
  collect(parseSync(source, { syntax, tsx: file.endsWith('x'), decorators: true, target: 'es2022' }), specifiers);
  return [...specifiers].map((specifier) => ({ file, specifier }));
}

function findSources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findSources(path);
    return sourceFile.test(entry.name) ? [join(root, path)] : [];
  });
}

function collect(node: unknown, specifiers: Set<string>): void {
  if (Array.isArray(node)) {
    for (const child of node) collect(child, specifiers);
    return;
  }
  if (!isRecord(node)) return;
  const named = namedModule(node);
  if (named !== undefined) specifiers.add(named);
  for (const child of Object.values(node)) collect(child, specifiers);
}

function namedModule(node: Record<string, unknown>): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return stringOf(node.source);
    case 'TsImportType':
      return stringOf(node.argument);
    case 'TsExternalModuleReference':
      return stringOf(node.expression);
    case 'CallExpression':
      return isLoad(node.callee) && Array.isArray(node.arguments) ? stringOf(node.arguments[0]?.expression) : undefined;
    default:
      return undefined;
  }
}

// import('…'), require('…'), require.resolve('…')
function isLoad(callee: unknown): boolean {
  if (!isRecord(callee)) return false;
  if (callee.type === 'MemberExpression') return isLoad(callee.object);
  return callee.type === 'Import' || (callee.type === 'Identifier' && callee.value === 'require');
}

function stringOf(node: unknown): string | undefined {
  return isRecord(node) && node.type === 'StringLiteral' ? String(node.value) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
