// Node binaries in the versions of the matrix, from the npm packages that contain them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(__dirname, '../../node_modules/.cache/node-versions');

/** Returns the path of a Node with that major version: the running one if it matches, otherwise one that npm installs into the cache. */
export function findNode(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(cache, String(major));
  const name = packageOfBinary();
  const binary = join(folder, 'node_modules', name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    // Otherwise npm would install into the workspace above.
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...options, `${name}@${major}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32', // npm is a script there, which only a shell can start
    });
  }
  return binary;
}

// The package `node` fetches this one in an install script, which npm may be set to refuse.
function packageOfBinary(): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return [prefix, platform, process.arch].join('-');
}
