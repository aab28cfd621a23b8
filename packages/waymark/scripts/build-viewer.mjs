// Bundles the viewer into dist/viewer, which the collector serves unchanged: no inline scripts, no files from other hosts.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(folder, 'viewer/src');

/** The limit for all files that the page can load, with gzip. */
export const maxGzipBytes = 110_000;

/**
 * Writes only changed files, and deletes files that are no longer built: a collector may be serving the folder.
 *
 * @returns {Promise<{ files: { name: string, gzipBytes: number }[], gzipBytes: number, inputs: string[] }>} `inputs` are the files
 *   that the bundles consist of, as paths from the package.
 */
export async function buildViewer({ outdir = join(folder, 'dist/viewer'), write = true } = {}) {
  const { outputs, inputs } = await bundle(outdir);
  const contents = new Map([
    ...outputs,
    ...['index.html', 'favicon.svg'].map((name) => [name, readFileSync(join(source, '..', name))]),
  ]);
  if (write) writeAll(outdir, contents);
  const files = [...contents].map(([name, content]) => ({ name, gzipBytes: gzipSync(content, { level: 9 }).length }));
  // The files of the shared page repeat code of the viewer's page. No page loads both.
  const loaded = files.filter(({ name }) => !name.startsWith('share.'));
  return {
    files: files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    gzipBytes: loaded.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
    inputs,
  };
}

/** @param {string} outdir @returns {Promise<{ outputs: [string, Uint8Array][], inputs: string[] }>} */
async function bundle(outdir) {
  const options = {
    absWorkingDir: folder,
    bundle: true,
    metafile: true,
    minify: true,
    outdir,
    write: false,
    target: ['chrome123', 'firefox121', 'safari17.5'], // the oldest versions with light-dark()
    jsx: 'automatic',
    jsxImportSource: 'preact',
    conditions: ['@waymark/source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'warning',
  };
  const results = await Promise.all([
    build({
      ...options,
      entryPoints: { app: join(source, 'main.tsx') },
      format: 'esm',
      splitting: true,
      chunkNames: 'part-[name]-[hash]',
    }),
    build({ ...options, entryPoints: { app: join(source, 'styles/app.css') } }),
    // Each of these is a separate bundle: workers, the script before the first paint, and the page that opens from disk.
    ...standalone().map((file) =>
      build({ ...options, entryPoints: [join(source, file)], entryNames: '[name]', format: 'iife' }),
    ),
  ]);
  return {
    outputs: results.flatMap(({ outputFiles }) => outputFiles.map(({ path, contents }) => [basename(path), contents])),
    inputs: results.flatMap(({ metafile }) => Object.keys(metafile.inputs)),
  };
}

/** @param {string} outdir @param {ReadonlyMap<string, Uint8Array>} contents By file name. */
function writeAll(outdir, contents) {
  mkdirSync(outdir, { recursive: true });
  for (const [name, content] of contents) writeIfChanged(join(outdir, name), content);
  for (const name of readdirSync(outdir)) if (!contents.has(name)) rmSync(join(outdir, name), { recursive: true });
}

/** @param {string} file @param {Uint8Array} content */
function writeIfChanged(file, content) {
  if (!existsSync(file) || !readFileSync(file).equals(content)) writeFileSync(file, content);
}

function standalone() {
  const workers = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('-worker.ts'),
  );
  const others = ['shell/theme-at-start.ts', 'share/share.tsx', 'share/share.css'];
  return [...workers, ...others.filter((file) => existsSync(join(source, file)))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, gzipBytes } = await buildViewer();
  for (const file of files) console.log(`${(file.gzipBytes / 1000).toFixed(1).padStart(6)} kB  ${file.name}`);
  console.log(`${(gzipBytes / 1000).toFixed(1).padStart(6)} kB  gzip, of at most ${maxGzipBytes / 1000}`);
  if (gzipBytes > maxGzipBytes) process.exitCode = 1;
}
