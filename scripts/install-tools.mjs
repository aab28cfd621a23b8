// @ts-check
// Installs the tools of one command into that command's folder, so that `npm start` and `npm test` need not wait for them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pnpm, root, step } from './setup.mjs';

/**
 * Installs what the lock file of `folder` names, unless that is done already.
 *
 * @param {string} folder Path from the root. The folder is a separate pnpm workspace.
 */
export function installTools(folder) {
  const stampFile = `${root}/${folder}/node_modules/.waymark-install`;
  const hash = createHash('sha256');
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(`${root}/${folder}/${file}`));
  }
  const digest = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;

  step(`Installing the tools of ${folder}`, 'npx', ['--yes', pnpm(), '--dir', folder, 'install', '--frozen-lockfile'], {
    CI: 'true',
  });
  writeFileSync(stampFile, digest);
}
