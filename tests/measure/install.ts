// `npm run measure:install`: what adding Waymark to an Express service costs before the first request: packages and bytes
// on disk, and the time and memory to load. Loading is measured in pairs of fresh processes, one after the other, and shown as
// a difference and a ratio. Then the same of `npx waymark`.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages, run } from '../packed/fresh-project.ts';
import { measureWaymark } from './waymark-start.ts';

const rounds = 25;
const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

interface Load {
  readonly milliseconds: number;
  readonly kilobytes: number;
}

async function main(): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'waymark-install-'));
  try {
    const folder = join(parent, 'service');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'service', version: '1.0.0', private: true }));
    await run(folder, 'npm', 'install', ...quiet, 'express@5');
    const before = await listPackages(folder);
    const tarballs = await packPackages(parent);
    const ours = [tarballs['@waymark/core'], tarballs['@waymark/express']] as string[]; // both are published
    await run(folder, 'npm', 'install', ...quiet, ...ours);
    const added = (await listPackages(folder)).filter((name) => !before.includes(name));
    const sizes = await Promise.all(added.map((name) => folderSize(join(folder, 'node_modules', name))));

    console.log('Installed beside express:');
    added.forEach((name, index) => {
      console.log(`  ${name.padEnd(20)} ${inKilobytes(sizes[index] ?? 0)}`);
    });
    console.log(
      `  ${`${added.length} packages`.padEnd(20)} ${inKilobytes(sizes.reduce((sum, size) => sum + size, 0))}`,
    );

    const bare: Load[] = [];
    const traced: Load[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(load(folder, ['express']));
      traced.push(load(folder, ['express', '@waymark/express']));
    }
    const bareMs = median(bare.map(({ milliseconds }) => milliseconds));
    const tracedMs = median(traced.map(({ milliseconds }) => milliseconds));
    const bareKb = median(bare.map(({ kilobytes }) => kilobytes));
    const tracedKb = median(traced.map(({ kilobytes }) => kilobytes));
    console.log(`\nLoading, medians of ${rounds} interleaved pairs of processes:`);
    console.log(`  express                     ${bareMs.toFixed(1)} ms`);
    console.log(`  express + @waymark/express  ${tracedMs.toFixed(1)} ms`);
    console.log(
      `  added                       ${(tracedMs - bareMs).toFixed(1)} ms, ratio ${(tracedMs / bareMs).toFixed(2)}`,
    );
    console.log(
      `  memory added                ${Math.round(tracedKb - bareKb)} kB, ratio ${(tracedKb / bareKb).toFixed(2)}`,
    );

    console.log();
    await measureWaymark(parent, tarballs.waymark as string); // it is published
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

function load(cwd: string, modules: readonly string[]): Load {
  const script = `
    const start = process.hrtime.bigint();
    for (const name of ${JSON.stringify(modules)}) require(name);
    const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
    console.log(JSON.stringify({ milliseconds, kilobytes: process.memoryUsage().heapUsed / 1000 }));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd, encoding: 'utf8' }));
}

async function listPackages(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(folder, 'node_modules'))) {
    if (entry.startsWith('.')) continue;
    if (!entry.startsWith('@')) names.push(entry);
    else for (const name of await readdir(join(folder, 'node_modules', entry))) names.push(`${entry}/${name}`);
  }
  return names;
}

async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}

function inKilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0).padStart(5)} kB`;
}

void main();
