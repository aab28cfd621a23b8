// The cost of tracing before the first request: time and memory to load it, and the size of the installed packages.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { figure, spread, table } from '../markdown.ts';
import { folderOf, installPeers } from '../peers/install-peers.ts';
import type { BenchSettings, Section } from '../section.ts';
import { type Measured, measured } from '../statistics.ts';

interface Candidate {
  readonly title: string;
  /** The folder that its modules are resolved from. */
  readonly folder: string;
  readonly modules: readonly string[];
  readonly installed: () => Installed;
}

interface Installed {
  readonly packages: number;
  readonly bytes: number;
}

const here = join(__dirname, '..');

const candidates: readonly Candidate[] = [
  {
    title: '**Waymark**, with Fastify’s plugin',
    folder: here,
    modules: ['@waymark/fastify', '@waymark/core/otlp'],
    installed: ours,
  },
  {
    title: 'OpenTelemetry JS',
    folder: folderOf('opentelemetry'),
    modules: [
      '@opentelemetry/api',
      '@opentelemetry/sdk-trace',
      '@opentelemetry/context-async-hooks',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/instrumentation-http',
      '@opentelemetry/instrumentation-undici',
      '@fastify/otel',
    ],
    installed: () => sizeOf(join(folderOf('opentelemetry'), 'node_modules')),
  },
  {
    title: 'dd-trace',
    folder: folderOf('dd-trace'),
    modules: ['dd-trace'],
    installed: () => sizeOf(join(folderOf('dd-trace'), 'node_modules')),
  },
  {
    title: 'Sentry',
    folder: folderOf('sentry'),
    modules: ['@sentry/node'],
    installed: () => sizeOf(join(folderOf('sentry'), 'node_modules')),
  },
];

export async function measureStartSection({ node, rounds }: BenchSettings): Promise<Section> {
  installPeers(['opentelemetry', 'dd-trace', 'sentry']);
  const loads = candidates.map(() => ({ milliseconds: [] as number[], megabytes: [] as number[] }));
  const script = join(__dirname, 'load-once.cjs');
  for (let round = 0; round < rounds; round++) {
    const empty = load(node, script, here, []);
    candidates.forEach(({ folder, modules }, index) => {
      const { milliseconds, heapBytes } = load(node, script, folder, modules);
      loads[index]?.milliseconds.push(milliseconds);
      loads[index]?.megabytes.push((heapBytes - empty.heapBytes) / 1e6);
    });
  }
  const rows = candidates.map(({ title, installed }, index) => {
    const { packages, bytes } = installed();
    const { milliseconds = [], megabytes = [] } = loads[index] ?? {};
    const shown: Measured[] = [measured(milliseconds), measured(megabytes)];
    return [title, ...shown.map(spread), String(packages), figure(bytes / 1e6)];
  });
  const head = ['', 'ms to load', 'heap MB', 'packages', 'MB on disk'];
  return { title: 'Before the first request', markdown: table(head, rows), figures: {} };
}

function load(node: string, script: string, folder: string, modules: readonly string[]) {
  const output = execFileSync(node, [script, folder, ...modules], { encoding: 'utf8' });
  return JSON.parse(output) as { milliseconds: number; heapBytes: number }; // load-once.cjs says so
}

/** Core, the adapter and what that needs, as far as it is published: without source, tests and records of the build. */
function ours(): Installed {
  const core = join(here, 'node_modules/@waymark/core/dist');
  const fastify = join(here, 'node_modules/@waymark/fastify');
  const plugin = dirname(join(fastify, 'node_modules/fastify-plugin/package.json'));
  const folders = [core, join(fastify, 'dist'), plugin];
  return { packages: folders.length, bytes: folders.reduce((sum, folder) => sum + bytesIn(folder), 0) };
}

function sizeOf(nodeModules: string): Installed {
  const lock = join(nodeModules, '.package-lock.json');
  if (!existsSync(lock)) throw new Error(`npm left no ${lock}.`);
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as { packages: Record<string, unknown> };
  return { packages: Object.keys(packages).length, bytes: bytesIn(nodeModules) };
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.|\.tsbuildinfo$/.test(entry.name))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
