// @ts-check
// `npm run release:version`: raises the versions by the changesets. `npm run release:publish`: publishes what npm does not have yet.
// Both want Node 22.11 or later, as changesets does.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { buildPackages, installDependencies, packageFolders, pnpm, root } from './setup.mjs';

installDependencies();
const [step] = process.argv.slice(2);
if (step === 'version') {
  run(process.execPath, 'node_modules/@changesets/cli/bin.js', 'version');
  writeVersionsInSources();
  run('npx', '--yes', pnpm(), 'install', '--no-frozen-lockfile');
} else if (step === 'publish') {
  buildPackages();
  // Provenance is a statement of the CI that publishes, which a maintainer's machine cannot make.
  const provenance = process.env.ACTIONS_ID_TOKEN_REQUEST_URL === undefined ? [] : ['--provenance'];
  run('npx', '--yes', pnpm(), 'publish', '--recursive', '--no-git-checks', ...provenance);
  // Its lines "New tag: …" say to changesets/action which tags and releases to make.
  run(process.execPath, 'node_modules/@changesets/cli/bin.js', 'git-tag');
} else {
  console.error(`Expected "version" or "publish", got ${JSON.stringify(step)}.`);
  process.exitCode = 1;
}

/** The versions that the sources contain: what exporters and `waymark --version` report. */
function writeVersionsInSources() {
  for (const folder of packageFolders()) {
    const file = `${root}/${folder}/src/version.ts`;
    if (!existsSync(file)) continue;
    const { version } = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
    writeFileSync(file, readFileSync(file, 'utf8').replace(/'\d[^']*'/, `'${version}'`));
  }
}

/** @param {string} command @param {string[]} args */
function run(command, ...args) {
  const shell = process.platform === 'win32' && command === 'npx';
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}
