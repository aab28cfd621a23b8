// The arrows between the packages, as ARCHITECTURE.md draws them.
import { posix } from 'node:path';
import type { Import } from './read-imports.ts';

/** Core's parts that stand on its root files. The root files must not know them. */
const subpathFolders = [
  'http',
  'libraries',
  'outbound',
  'urls',
  'sending',
  'otlp',
  'zipkin',
  'testing',
  'console',
  'opentelemetry',
];

/** Core's root files that put the parts together, and the one that ends the process: it has a thread ready for the last requests. */
const assemblyFiles = [
  'packages/core/src/create-tracer.ts',
  'packages/core/src/default-tracer.ts',
  'packages/core/src/index.ts',
  'packages/core/src/exit.ts',
];

/** Core's folders that stand on the root files and no more than what is named here. */
const foundationsOf: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  propagation: ['settings'],
  urls: ['settings'],
  outbound: ['settings', 'propagation', 'urls'],
  'library-options': [],
  // The metadata of gRPC carries a context by the rules for the headers of HTTP calls.
  libraries: ['settings', 'propagation', 'urls', 'outbound', 'library-options'],
  // `tracing()` turns outbound tracing on, so `http/` knows `outbound/`, and never the other way round.
  http: ['settings', 'propagation', 'urls', 'outbound', 'libraries'],
  sending: ['settings'],
  otlp: ['settings', 'sending'],
  zipkin: ['settings', 'sending'],
  console: [],
  opentelemetry: ['settings', 'propagation'],
  testing: ['otlp', 'zipkin', 'console'],
};

/** What an adapter may import besides core and Node. */
const adapterLibraries: Readonly<Record<string, readonly string[]>> = {
  express: ['express'],
  fastify: ['fastify', 'fastify-plugin'],
};

/** What core shares with the collector, which bundles it. These names are not in core's `publishConfig`: users cannot import them. */
const sharedWithCollector = ['@waymark/core/printable-text', '@waymark/core/text-width'];

/**
 * The collector's folders, and what each may import besides itself, Node and libraries. Its root files put the folders together; a
 * folder that needs one of them names it.
 */
const collectorFolders: Readonly<Record<string, readonly string[]>> = {
  model: [],
  analysis: ['model'],
  query: ['model'],
  api: ['model'],
  share: ['model'],
  terminal: ['model', 'analysis'],
  ingest: ['model'],
  export: ['model'],
  store: ['model', 'analysis', 'query', 'api'],
  engine: ['model', 'analysis', 'query', 'api', 'ingest', 'export', 'share', 'store'],
  server: ['model', 'query', 'api', 'ingest', 'export', 'share', 'engine', 'version.ts'],
  cli: ['model', 'analysis', 'query', 'api', 'export', 'share', 'terminal', 'server', 'collector.ts', 'version.ts'],
};

/** The one file outside of a package that its tests may import: it marks those that need a certain system. */
const platformMarks = 'tests/on-platform.ts';

/** What the viewer uses as well: it runs in browsers, and in a page on disk. */
const browserFolders = ['model', 'analysis', 'query', 'api', 'share'];

/** In one of these, but for Node: what writes that page. */
const notForBrowsers = 'packages/waymark/src/share/render-share-html.ts';

/** Says what is wrong with an import, or `undefined` if the arrow points the right way. */
export function explainViolation({ file, specifier }: Import): string | undefined {
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
  const [top, name = ''] = file.split('/');
  if (sharedWithCollector.includes(specifier) && name !== 'waymark') return `${specifier} is not published`;
  if (top !== 'packages') return explainPrivate(file, specifier, target);
  // How packages are built and packed is the workspace's, not the package's.
  if (file.startsWith(`packages/${name}/scripts/`) && target?.startsWith('scripts/')) return undefined;
  if (target === platformMarks && file.endsWith('.test.ts')) return undefined;
  if (target !== undefined && !target.startsWith(`packages/${name}/`)) return 'a package reaches others by name only';
  if (file.endsWith('.test.ts') || isForTests(file)) return explainPackageTest(name, specifier);
  if (target !== undefined && isForTests(target)) return 'test/ is for tests';
  if (name === 'core') return explainCore(file, specifier, target);
  if (name === 'waymark') return explainCollector(file, specifier, target);
  return name in adapterLibraries ? explainAdapter(name, specifier, target) : undefined;
}

function explainPrivate(file: string, specifier: string, target: string | undefined): string | undefined {
  // So that one path selects the tests that need a browser.
  if (specifier === 'playwright-core' && !file.startsWith('tests/viewer/')) {
    return 'tests that open a browser are below tests/viewer/';
  }
  if (target?.startsWith('packages/') || /^(@waymark\/[^/]+|waymark)\/(src|dist)\b/.test(specifier)) {
    return 'examples, tests and benchmarks use published names only';
  }
  return undefined;
}

/** `packages/<name>/test/` is what the tests next to the sources share; the viewer's tests have `viewer/tests/`. */
function isForTests(path: string): boolean {
  return /^packages\/[^/]+\/(?:test|viewer\/tests)\//.test(path);
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
  const allowed = ['the root files', ...foundations.map((folder) => `${folder}/`)];
  return `${from}/ stands on ${new Intl.ListFormat('en').format(allowed)}`;
}

function folderInCore(path: string): string {
  return folderIn('packages/core/src', path);
}

/** The first folder of a path below another; none for files that lie there. */
function folderIn(root: string, path: string): string {
  const inside = posix.relative(root, path);
  return inside.includes('/') ? inside.slice(0, inside.indexOf('/')) : '';
}

function explainCollector(file: string, specifier: string, target: string | undefined): string | undefined {
  const source = 'packages/waymark/src';
  const to = target?.startsWith(`${source}/`) ? folderIn(source, target) : undefined;
  if (file.startsWith('packages/waymark/viewer/')) {
    const isForBrowsers = to === undefined || (browserFolders.includes(to) && target !== notForBrowsers);
    return isForBrowsers ? undefined : `the viewer knows ${listOf(browserFolders)}, and nothing else of the package`;
  }
  if (!file.startsWith(`${source}/`)) return undefined;
  const from = folderIn(source, file);
  if (isPackage(specifier, '@waymark/core')) {
    return sharedWithCollector.includes(specifier)
      ? undefined
      : `the collector knows ${sharedWithCollector.join(', ')}`;
  }
  if (target === undefined) {
    return browserFolders.includes(from) && file !== notForBrowsers
      ? `${from}/ runs in browsers too: it knows neither Node nor libraries`
      : undefined;
  }
  const foundations = collectorFolders[from];
  if (foundations === undefined || to === undefined || to === from) return undefined;
  if (foundations.includes(to === '' ? posix.basename(target) : to)) return undefined;
  return foundations.length === 0 ? `${from}/ stands on nothing` : `${from}/ stands on ${listOf(foundations)}`;
}

function listOf(folders: readonly string[]): string {
  return folders.map((folder) => (folder.endsWith('.ts') ? folder : `${folder}/`)).join(', ');
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
