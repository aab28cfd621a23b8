// @ts-check
// `npm run publish:dry-run`: everything that publishing does but the upload, for each package, and what would be uploaded.
import { spawnSync } from 'node:child_process';
import { buildPackages, installDependencies, pnpm, root } from './setup.mjs';

installDependencies();
buildPackages();
const { status, stdout } = spawnSync(
  'npx',
  ['--yes', pnpm(), 'publish', '--recursive', '--dry-run', '--force', '--no-git-checks', '--json'],
  {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  },
);
if (status !== 0) {
  console.error(stdout);
  process.exit(1);
}
for (const { id, entryCount, size, unpackedSize } of JSON.parse(stdout)) {
  console.log(`${id}: ${entryCount} files, ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}`);
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
