// Installs the tracers that Waymark is compared with, in a separate folder: the tests do not need them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the versions in peers/<name>/package.json, unless they are installed. */
export function installPeers(names: Iterable<string>): void {
  for (const name of new Set(names)) {
    const folder = folderOf(name);
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    const stamp = join(folder, 'node_modules/.installed');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) continue;
    // Without their install scripts, of which Prisma's would download engines.
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...options], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32', // npm is a script there, which only a shell can start
    });
    writeFileSync(stamp, manifest);
  }
}

/** `dd-trace 6.21.0`, for the page. */
export function versionsOf(name: string): string {
  const { dependencies } = JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.entries(dependencies)
    .map(([dependency, version]) => `\`${dependency}\` ${version}`)
    .join(', ');
}

export function folderOf(name: string): string {
  return join(__dirname, name);
}
