// The arrows between the packages, as ARCHITECTURE.md draws them.
import { posix } from 'node:path';
import type { Import } from './read-imports.ts';

/** Core's parts that stand on its root files. The root files must not know them. */
const subpathFolders = ['http', 'outbound', 'otlp', 'zipkin', 'testing', 'console'];

/** Core's root files that put the parts together. */
const assemblyFiles = ['packages/core/src/create-tracer.ts', 'packages/core/src/index.ts'];

/** Core's folders that stand on the root files and no more than what is named here. */
const foundationsOf: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  propagation: ['settings'],
};

/** What an adapter may import besides core and Node. */
const adapterLibraries: Readonly<Record<string, readonly string[]>> = {
  express: ['express'],
  fastify: ['fastify', 'fastify-plugin'],
};

/** Says what is wrong with an import, or `undefined` if the arrow points the right way. */
export function explainViolation({ file, specifier }: Import): string | undefined {
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
  const [top, name = ''] = file.split('/');
  if (top !== 'packages') return explainPrivate(specifier, target);
  if (target !== undefined && !target.startsWith(`packages/${name}/`)) return 'a package reaches others by name only';
  if (file.endsWith('.test.ts')) return explainPackageTest(name, specifier);
  if (name === 'core') return explainCore(file, specifier, target);
  return name in adapterLibraries ? explainAdapter(name, specifier, target) : undefined;
}

function explainPrivate(specifier: string, target: string | undefined): string | undefined {
  if (target?.startsWith('packages/') || /^(@waymark\/[^/]+|waymark)\/(src|dist)\b/.test(specifier)) {
    return 'examples, tests and benchmarks use published names only';
  }
  return undefined;
}

function explainPackageTest(name: string, specifier: string): string | undefined {
  const own = `@waymark/${name}`;
  const isForeign =
    /^@waymark\//.test(specifier) && !isPackage(specifier, own) && !isPackage(specifier, '@waymark/core');
  return isForeign ? "what needs several adapters is tested in tests/, not in one adapter's folder" : undefined;
}

function explainCore(file: string, specifier: string, target: string | undefined): string | undefined {
  if (target === undefined) return specifier.startsWith('node:') ? undefined : 'core has no dependency';
  const from = folderInCore(file);
  const to = folderInCore(target);
  if (from === '' && subpathFolders.includes(to) && !assemblyFiles.includes(file)) {
    return `core's root files do not know ${to}/`;
  }
  const foundations = foundationsOf[from];
  if (foundations === undefined || to === from || to === '' || foundations.includes(to)) return undefined;
  return [`${from}/ stands on the root files`, ...foundations.map((folder) => `${folder}/`)].join(' and ');
}

function folderInCore(path: string): string {
  const inside = posix.relative('packages/core/src', path);
  return inside.includes('/') ? inside.slice(0, inside.indexOf('/')) : '';
}

function explainAdapter(name: string, specifier: string, target: string | undefined): string | undefined {
  if (target !== undefined || specifier.startsWith('node:') || isPackage(specifier, '@waymark/core')) return undefined;
  if (adapterLibraries[name]?.some((library) => isPackage(specifier, library))) return undefined;
  return specifier.startsWith('@waymark/')
    ? 'adapters do not know each other'
    : 'an adapter knows core, Node and its framework';
}

function isPackage(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`);
}
