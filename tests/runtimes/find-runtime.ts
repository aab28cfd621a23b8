// Bun and Deno, from the npm packages that contain their binaries.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Runtime = 'bun' | 'deno';

const packages: Readonly<Record<Runtime, string>> = { bun: '1.4.5', deno: '2.9.6' };

/** Where npm puts the binaries of this platform, in the package itself or in one for the platform. */
const places: Readonly<Record<Runtime, readonly string[]>> = {
  bun: [`@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`],
  deno: [`@deno/${process.platform}-${process.arch}-glibc/deno`, `@deno/${process.platform}-${process.arch}/deno`],
};

const folder = join(__dirname, '../../node_modules/.cache/runtimes');

/** The command that runs a script, installed into the cache when it is missing. */
export function findRuntime(runtime: Runtime): readonly [command: string, ...args: string[]] {
  const version = packages[runtime];
  const cache = join(folder, `${runtime}-${version}`);
  const find = () => places[runtime].map((path) => join(cache, 'node_modules', path)).find((path) => existsSync(path));
  if (find() === undefined) {
    mkdirSync(cache, { recursive: true });
    // Otherwise npm would install into the workspace above.
    writeFileSync(join(cache, 'package.json'), '{ "private": true }');
    // Their install scripts only move the binary.
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...options, `${runtime}@${version}`], {
      cwd: cache,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32', // npm is a script there, which only a shell can start
    });
  }
  const binary = find();
  if (binary === undefined) throw new Error(`npm has no ${runtime} for ${process.platform} on ${process.arch}`);
  return runtime === 'deno' ? [binary, 'run', '--allow-all', '--no-prompt'] : [binary];
}
