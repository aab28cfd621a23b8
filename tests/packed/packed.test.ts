import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { devDependencies } from '../../package.json';
import { createFreshProject, type FreshProject, run } from './fresh-project.ts';
import { measureInstalled, serveWaymark } from './packed-waymark.ts';
import { traceOneRequest } from './traced-request.ts';

const trace = ['GET /users/:id', '  loadUser'];
const tests = join(__dirname, '..');
const frameworks = ['express', 'fastify'];

let project: FreshProject;

beforeAll(async () => {
  project = await createFreshProject([
    'express@5',
    'fastify@5',
    '@types/express@5',
    '@types/node@20',
    `esbuild@${devDependencies.esbuild}`,
    `jest@${devDependencies.jest}`,
    `typescript@${devDependencies.typescript}`,
    'typescript5@npm:typescript@5',
  ]);
}, 300_000);

afterAll(() => project?.remove());

describe.each(frameworks)('%s from the tarballs', (framework) => {
  test.each(['mjs', 'cjs'])('traces a request when loaded from .%s', async (extension) => {
    expect(await traceOneRequest(`${framework}.${extension}`, project.folder)).toEqual(trace);
  });

  test('traces a request when bundled by esbuild into one file, with nothing installed beside it', async () => {
    const folder = join(project.folder, '..', `bundle-${framework}`);
    await run(
      project.folder,
      'esbuild',
      `${framework}.ts`,
      '--bundle',
      '--platform=node',
      `--outfile=${folder}/bundle.js`,
    );
    expect(await readdir(folder)).toEqual(['bundle.js']);
    expect(await traceOneRequest('bundle.js', folder)).toEqual(trace);
  });
});

describe.each(['typescript', 'typescript5'])('with %s', (typescript) => {
  describe.each(['node16', 'nodenext'])('and its module setting %s', (module) => {
    let folder: string;
    beforeAll(async () => {
      folder = await compile(typescript, { module }, ['mts', 'cts']);
    });

    test.each(frameworks.flatMap((framework) => [`${framework}.mjs`, `${framework}.cjs`]))(
      '%s compiles and traces a request',
      async (script) => {
        expect(await traceOneRequest(script, folder)).toEqual(trace);
      },
    );
  });

  test('both adapters type-check under bundler resolution', async () => {
    await compile(typescript, { module: 'esnext', moduleResolution: 'bundler' }, ['ts']);
  });
});

// A helper of bundlers takes names from the prototype of all objects, too.
test('all entries load where something has put a string on Object.prototype', async () => {
  const entries = [
    'core',
    'core/http',
    'core/outbound',
    'core/otlp',
    'core/zipkin',
    'core/opentelemetry',
    'core/testing',
    'express',
    'fastify',
  ];
  const names = JSON.stringify(entries.map((entry) => `@waymark/${entry}`));
  const script = `Object.prototype.polluted = 'text'; console.log(${names}.map(require).length);`;
  expect(await run(project.folder, 'node', '--eval', script)).toBe(`${entries.length}\n`);
});

test('both adapters trace a request under Jest without configuration', async () => {
  const printed = await run(project.folder, 'jest', '--json');
  expect(JSON.parse(printed)).toMatchObject({ numPassedTests: 2, numTotalTests: 2 });
});

describe('the tarball', () => {
  describe.each(['@waymark/core', '@waymark/express', '@waymark/fastify', 'waymark'])('of %s', (name) => {
    test('holds the build and its types, and nothing of the workspace', async () => {
      const folder = join(project.folder, 'node_modules', name);
      const files = await listFiles(folder);
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts']));
      const isExpected =
        /^(dist\/.*(?<!\.test)\.(js|d\.ts)|dist\/viewer\/[^/]+|dist\/THIRD-PARTY-LICENSES\.txt|LICENSE|README\.md|package\.json)$/;
      expect(files.filter((file) => !isExpected.test(file))).toEqual([]);
      expect(await readFile(join(folder, 'package.json'), 'utf8')).not.toMatch(/@waymark\/source|workspace:/);
    });

    // As the sources are: a write to a frozen object throws, and `this` of a mere function is undefined.
    test('is strict throughout', async () => {
      const folder = join(project.folder, 'node_modules', name);
      const isModule = /^dist\/viewer\/(app|part-[^/]+)\.js$/; // strict without saying so
      const scripts = (await listFiles(folder)).filter((file) => file.endsWith('.js') && !isModule.test(file));
      const texts = await Promise.all(scripts.map((file) => readFile(join(folder, file), 'utf8')));
      const isStrict = (text: string | undefined) => /^(#!.*\n)?"use strict";/.test(text ?? '');
      expect(scripts.filter((_file, index) => !isStrict(texts[index]))).toEqual([]);
      expect(scripts).toContain('dist/index.js');
    });

    test('passes publint', async () => {
      expect(await run(tests, 'publint', 'run', '--strict', tarballOf(name))).toContain('All good!');
    });

    // Without `exports` support there are no subpaths: the old "node10" resolution is left out.
    test('resolves to the right types everywhere', async () => {
      await run(tests, 'attw', '--profile=node16', tarballOf(name));
    });
  });

  test('of an adapter wants the core that it was released with', async () => {
    const folder = join(project.folder, 'node_modules/@waymark/express');
    const { version, peerDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(peerDependencies['@waymark/core']).toBe(`^${version}`);
  });

  test('of core and one of Express together stay below 620 kB unpacked without the code for libraries and OpenTelemetry, and bring no other package', async () => {
    let bytes = 0;
    let forOpenTelemetry = 0;
    const forLibraries = new Map<string, number>();
    for (const name of ['@waymark/core', '@waymark/express']) {
      const folder = join(project.folder, 'node_modules', name);
      for (const file of await listFiles(folder)) {
        const { size } = await stat(join(folder, file));
        const [, group] = /\b([a-z-]+)-bundle\.js$/.exec(file) ?? [];
        if (group === undefined) bytes += size;
        else if (group === 'opentelemetry') forOpenTelemetry += size;
        else forLibraries.set(group, size);
      }
      expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).dependencies).toBeUndefined();
    }
    expect(bytes).toBeLessThan(620_000);
    // A service loads what its libraries need: what all groups share, and the group of each.
    expect([...forLibraries.keys()]).toEqual(
      expect.arrayContaining(['libraries', 'databases', 'messaging', 'by-hand']),
    );
    expect(Math.max(...forLibraries.values())).toBeLessThan(140_000);
    expect(forOpenTelemetry).toBeGreaterThan(5_000);
    expect(forOpenTelemetry).toBeLessThan(75_000);
  });
});

describe('npx waymark from the tarball', () => {
  test('is two packages of at most 5 MB, with the licence of each bundled library', async () => {
    const folder = join(project.folder, '..', 'waymark-alone');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'alone', version: '1.0.0', private: true }));
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run(folder, 'npm', 'install', ...quiet, tarballOf('waymark'));
    const { packages, bytes } = await measureInstalled(folder);
    expect(packages).toEqual(['node-sqlite3-wasm', 'waymark']);
    expect(bytes).toBeLessThan(5_000_000);
    const licences = await readFile(join(folder, 'node_modules/waymark/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    const libraries = await bundledLibraries();
    for (const { name, version, license, text } of libraries) {
      expect(text).toMatch(/permission|redistribution|apache license/i);
      expect(licences).toContain(`${name} ${version} (${license})\n\n${text}\n`);
    }
    // Fastify in the collector, preact in the viewer; graphlib is part of the file that dagre publishes.
    const names = libraries.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['fastify', 'preact', '@dagrejs/dagre', '@dagrejs/graphlib']));
  });

  test('has no library inside a library that its licences do not name', async () => {
    const libraries = await bundledLibraries();
    const named = new Set(libraries.map(({ name }) => name));
    const absent = libraries.flatMap(({ name, dependencies }) =>
      dependencies.filter((dependency) => !named.has(dependency)).map((dependency) => `${name}: ${dependency}`),
    );
    // Loaded by threads of pino and by ajv's generated modules, neither of which the collector uses. A new line here is a library that
    // is left out of the bundle, as these are, or one that came in a file of another: then bundled-packages.mjs must find it.
    expect(absent).toEqual([
      'ajv: require-from-string',
      'pino: pino-abstract-transport',
      'pino: real-require',
      'thread-stream: real-require',
    ]);
  });

  test('serves, takes spans in each format, and shows its page', async () => {
    expect(await run(project.folder, 'npx', 'waymark', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    const waymark = await serveWaymark(project.folder, join(project.folder, '..', 'data'));
    try {
      const diagnosis = await run(project.folder, 'npx', 'waymark', 'doctor', '--url', waymark.url);
      expect(diagnosis.match(/arrived and was found/g)).toHaveLength(3);
      const page = await (await fetch(waymark.url)).text();
      const [, script = ''] = /src="([^"]+app[^"]*\.js)"/.exec(page) ?? [];
      expect((await fetch(new URL(script, waymark.url))).status).toBe(200);
    } finally {
      expect(await waymark.stop()).toBe(0);
    }
  });

  test.each(['mts', 'cts'])('is a module with types for .%s', async (extension) => {
    const folder = join(project.folder, `waymark-${extension}`);
    await mkdir(folder);
    await copyFile(join(project.folder, 'waymark.ts'), join(folder, `waymark.${extension}`));
    const compilerOptions = { target: 'es2022', strict: true, types: ['node'], module: 'nodenext' };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await run(project.folder, 'node', 'node_modules/typescript/bin/tsc', '-p', folder);
    expect(await run(folder, 'node', `waymark.${extension.replace('t', 'j')}`)).toBe('true 0\n');
  });
});

/** Compiles each framework's fixture under each of the extensions, in a folder of its own. */
async function compile(
  typescript: string,
  options: Readonly<Record<string, string>>,
  extensions: readonly string[],
): Promise<string> {
  const folder = join(project.folder, [typescript, ...Object.values(options)].join('-'));
  await mkdir(folder);
  for (const framework of frameworks) {
    for (const extension of extensions) {
      await copyFile(join(project.folder, `${framework}.ts`), join(folder, `${framework}.${extension}`));
    }
  }
  const compilerOptions = { target: 'es2022', strict: true, types: ['node'], ...options };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await run(project.folder, 'node', `node_modules/${typescript}/bin/tsc`, '-p', folder);
  return folder;
}

function tarballOf(name: string): string {
  return project.tarballs[name] ?? `no tarball of ${name}`;
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !file.startsWith('node_modules/'))
    .sort();
}

interface BundledLibrary {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
  readonly dependencies: readonly string[];
}

/** What the sources of the collector and the viewer bundle, as esbuild finds it. */
async function bundledLibraries(): Promise<readonly BundledLibrary[]> {
  const root = join(__dirname, '../..');
  return JSON.parse(await run(root, 'node', 'packages/waymark/scripts/bundled-packages.mjs'));
}
