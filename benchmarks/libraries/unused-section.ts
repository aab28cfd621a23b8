// What the tracing of libraries costs a service that uses none: CPU and memory of a plain Express service, and the time to load the adapter.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPackages, run } from '../../tests/packed/fresh-project.ts';
import { figure, spread, table } from '../markdown.ts';
import { addedUs, measureServices, type ServiceResult } from '../service/measure-services.ts';
import { routes, type Variant } from '../service/variants.ts';
import { type Measured, measured, median } from '../statistics.ts';
import type { LibrariesSettings } from './libraries.ts';

export interface Unused {
  /** What Waymark adds to the untraced service. */
  readonly services: readonly { readonly title: string; readonly addedUs: Measured; readonly rssBytes: number }[];
  /** Milliseconds to load the packed adapter, process by process. `before` is the other checkout. */
  readonly load: { readonly now: readonly number[]; readonly before?: readonly number[] };
}

const variants: readonly Variant[] = [
  { id: 'bare', title: 'untraced', sampled: 0 },
  { id: 'waymark:no-libraries', title: '`libraries: false`', sampled: 1 },
  { id: 'waymark', title: 'as it is', sampled: 1 },
];

export async function measureUnused(settings: LibrariesSettings): Promise<Unused> {
  const { node, rounds, isQuick } = settings;
  const [route] = routes as [(typeof routes)[number], ...typeof routes]; // the plain one is first
  const cases = variants.map((variant) => ({ variant, connections: 16 }));
  const results = await measureServices('express', route, cases, {
    node,
    rounds,
    processes: isQuick ? 1 : 2,
    requests: route.requests,
    warmUpRequests: isQuick ? 5000 : route.warmUpRequests / 2,
    roundWarmUpRequests: 500,
    rate: 0,
    rateSeconds: 0,
  });
  const [bare] = results as [ServiceResult, ...ServiceResult[]]; // the first variant
  const services = results.slice(1).map((result) => ({
    title: result.variant.title,
    addedUs: addedUs(result, bare),
    rssBytes: result.rssBytes - bare.rssBytes,
  }));
  return { services, load: await measureLoad(settings) };
}

async function measureLoad({ node, isQuick, against }: LibrariesSettings): Promise<Unused['load']> {
  const parent = await mkdtemp(join(tmpdir(), 'waymark-load-'));
  try {
    const now = await installAdapter(join(parent, 'now'));
    const before = against === undefined ? undefined : await installAdapter(join(parent, 'before'), against);
    const load = { now: [] as number[], before: [] as number[] };
    for (let round = 0; round < (isQuick ? 10 : 60); round++) {
      load.now.push(loadOnce(node, now));
      if (before !== undefined) load.before.push(loadOnce(node, before));
    }
    return before === undefined ? { now: load.now } : load;
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** Installs the tarballs of a checkout, as users do. */
async function installAdapter(folder: string, checkout?: string): Promise<string> {
  const project = join(folder, 'project');
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', private: true }));
  const tarballs = await packPackages(folder, checkout);
  const ours = [tarballs['@waymark/core'], tarballs['@waymark/express']] as string[]; // both are published
  await run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...ours);
  return project;
}

function loadOnce(node: string, folder: string): number {
  const script = join(__dirname, '../start/load-once.cjs');
  const output = execFileSync(node, [script, folder, '@waymark/express'], { encoding: 'utf8' });
  return (JSON.parse(output) as { milliseconds: number }).milliseconds; // load-once.cjs says so
}

export function drawUnused({ services, load: { now, before } }: Unused): string {
  const loads = [['now', spread(measured(now)), ''], ...(before === undefined ? [] : [beforeRow(now, before)])];
  return [
    'A plain route of an Express service, which loads no library that is traced: what Waymark adds to the untraced service. In brackets ' +
      'is where the middle half of the rounds lies.',
    table(
      ['tracing of libraries', 'CPU added, µs/request', 'RSS added, MB'],
      services.map(({ title, addedUs: us, rssBytes }) => [title, spread(us), figure(rssBytes / 1e6)]),
    ),
    'The time to load the packed `@waymark/express`, each time in a new process, in turns:',
    table(['', 'ms to load', 'now, by this'], loads),
  ].join('\n\n');
}

function beforeRow(now: readonly number[], before: readonly number[]): string[] {
  const ratios = now.map((milliseconds, round) => milliseconds / (before[round] ?? Number.NaN));
  return ['before libraries were traced', spread(measured(before)), `${figure(median(ratios))} ×`];
}
