// `npm run measure:store [-- spans …]`: what storing spans costs, and how long queries take, with 100 thousand and a million of
// them, for each SQLite driver. Writes docs/collector-figures.md.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';
import { readSection } from '../write-section.ts';
import { thousands, triple } from './format-figures.ts';
import type { FullStoreFigures } from './full-store.ts';
import type { LargeTraceFigures } from './large-trace.ts';
import type { Stage, StoreFigures } from './one-store.ts';
import { writeFullStores } from './write-full-stores.ts';

const root = join(__dirname, '../../..');
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100_000, 1_000_000];
const subjects = [
  { major: 24, driver: 'node:sqlite' },
  { major: 20, driver: 'node-sqlite3-wasm' },
] as const;

const all = subjects.map(({ major, driver }) => measure(major, driver));
const large = subjects.map(({ major, driver }) => ({ driver, ...measureLargeTrace(major, driver) }));
// More than fits, and a million names.
const full = subjects.map(({ major, driver }) => measureFullStores(major, driver));
const file = join(root, 'docs/collector-figures.md');
const reading = readSection(file, 'Sending while others search'); // what `npm run measure:reading` writes
writeFileSync(file, `${page(all).trim()}\n${reading === '' ? '' : `\n${reading.trim()}\n`}`);
writeFullStores(file, full);

function measure(major: number, driver: string): StoreFigures {
  return run(major, 'one-store.ts', driver, ...sizes.map(String)) as StoreFigures;
}

function measureLargeTrace(major: number, driver: string): LargeTraceFigures {
  return run(major, 'large-trace.ts', driver) as LargeTraceFigures;
}

function measureFullStores(major: number, driver: string): FullStoreFigures {
  return run(major, 'full-store.ts', driver, '150000', '1000000') as FullStoreFigures;
}

/** @returns What the script writes. */
function run(major: number, script: string, driver: string, ...values: readonly string[]): unknown {
  console.log(`${script}, ${driver} on Node ${major} …`);
  const args = ['-r', 'esbuild-register', '--conditions=@waymark/source', '--disable-warning=ExperimentalWarning'];
  const child = spawnSync(findNode(major), [...args, join(__dirname, script), driver, ...values], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`Measuring ${driver} ended with ${child.status}.`);
  return JSON.parse(child.stdout);
}

function page(figures: readonly StoreFigures[]): string {
  return `# Collector figures

Written by \`npm run measure:store\`, ${new Date().toISOString().slice(0, 10)}; ${figures.map(({ driver, node }) => `${driver} on Node ${node}`).join(', ')}. Spans of seeded
traces, about thirteen in a trace of up to twelve services, with eight attributes each, 2 % failed, a million in six hours. They are
sent as OTLP protobuf over HTTP, 512 in a request, one request after the other. Queries go over HTTP too. Of three values, the
middle one is the median, the others are quartiles. Ratios compare measurements that were taken in turns in the same minute.
Times depend on the machine and its other work: **compare the ratios**.

## Ingest

"Discarding" is a collector that decodes requests and keeps nothing.

${ingestTable(figures)}

## One trace of 200,000 spans

Batches of 500 of its spans are sent, each followed by a batch of other traces, 13 spans in each. The spans that are stored
already do not make a batch more expensive: **compare the last column**.

${largeTraceTable()}

${figures.map(queryTable).join('\n\n')}

The goal is 10 ms with a million spans for the newest traces, indexed attributes, opening a trace and percentiles. A full text search
reads all spans, newest first, for 200 ms in each call. It reports how far it got, and the next call continues there. A
query with two conditions on one span reads the traces that have both in any span.
`;
}

function ingestTable(figures: readonly StoreFigures[]): string {
  const rows = figures.flatMap(({ driver, stages }) =>
    stages.map(
      (stage) =>
        `| ${driver} | ${thousands(stage.spanCount)} | ${thousands(stage.spansPerSecond)} | ${triple(stage.ratio)} | ${stage.worstBatchMs.toFixed(0)} ms | ${(stage.fileBytes / 1e6).toFixed(0)} MB |`,
    ),
  );
  return [
    '| driver | spans in the store | spans a second | time, discarding = 1 | longest request | file |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function largeTraceTable(): string {
  const rows = large.flatMap(({ driver, stages }) =>
    stages.map(({ spanCount, ms, ratio }) => {
      const first = stages[0]?.ratio[1] ?? Number.NaN;
      return `| ${driver} | ${thousands(spanCount)} | ${triple(ms)} | ${triple(ratio)} | ${(ratio[1] / first).toFixed(2)} |`;
    }),
  );
  return [
    '| driver | spans in the trace | a batch, ms | time, discarding = 1 | the same, first row = 1 |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function queryTable({ driver, node, stages }: StoreFigures): string {
  const [first] = stages;
  const last = stages.at(-1);
  const rows = (last?.queries ?? []).map(({ name, ms }, index) => {
    const ratio = ms[1] / (first?.queries[index]?.ms[1] ?? Number.NaN);
    return `| ${name} | ${stages.map(({ queries }) => triple(queries[index]?.ms ?? [0, 0, 0])).join(' | ')} | ${ratio.toFixed(1)} |`;
  });
  const heads = stages.map(({ spanCount }: Stage) => `${thousands(spanCount)} spans, ms`);
  return [
    `## Queries, ${driver} on Node ${node}`,
    '',
    `| query | ${heads.join(' | ')} | ratio |`,
    `|---|${'---|'.repeat(stages.length + 1)}`,
    ...rows,
  ].join('\n');
}
