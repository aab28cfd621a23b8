// @ts-check
// Before the package is packed: bundles each entry with the libraries that it uses, so that `npx waymark` fetches two packages and
// not eighty. The licences of these libraries have to be distributed with the bundles.
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { pruneDeclarations } from '../../../scripts/prune-declarations.mjs';
import { removeModules } from '../../../scripts/published-files.mjs';
import { buildViewer } from './build-viewer.mjs';
import { bundleCollector } from './bundle-collector.mjs';
import { bundledPackages } from './bundled-packages.mjs';

const viewer = resolve('dist/viewer') + sep;

removeModules((file) => file.startsWith(viewer));
const collectorInputs = await bundleCollector();
writeFileSync('dist/bin.js', '#!/usr/bin/env node\n"use strict";\nrequire("./cli.js");\n');
chmodSync('dist/bin.js', 0o755);
const { inputs: viewerInputs } = await buildViewer();
writeLicences(bundledPackages([...collectorInputs, ...viewerInputs]));
pruneDeclarations(['dist/index.d.ts', 'dist/analysis/index.d.ts']);
// What was removed is made again by the next build: tests are type-checked against it.
rmSync('dist/.tsbuildinfo', { force: true });

/** @param {readonly import('./bundled-packages.mjs').BundledPackage[]} packages */
function writeLicences(packages) {
  const head = 'The files in this folder contain code of the packages below, under the licences that follow.\n';
  const parts = packages.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`);
  writeFileSync('dist/THIRD-PARTY-LICENSES.txt', [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`));
}
