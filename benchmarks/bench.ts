// `npm run bench`: measures Waymark and its peers, and writes README.md, which is not edited by hand.
//
//   --node 24        Node to measure on, 20 or later
//   --rounds 10      rounds of each comparison, for each of its processes
//   --quick          a tenth of the time, for figures that are not kept
//   --only services  some parts: services, layers, load, micro, bridge, start, soak
//   --soak           also the memory after a million requests
//   --against ../x   another checkout, built, to compare with this one
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findNode } from '../tests/matrix/node-binaries.ts';
import { drawBar } from './bar.ts';
import { measureBridgeSection } from './bridge/bridge-section.ts';
import { measureMicroSection } from './micro/micro-section.ts';
import { versionsOf } from './peers/install-peers.ts';
import type { BenchSettings, Section } from './section.ts';
import { measureLayersSection } from './service/layers-section.ts';
import { measureLoadSection } from './service/load-section.ts';
import { measureServiceSection } from './service/services-section.ts';
import { measureSoakSection } from './service/soak-section.ts';
import { measureStartSection } from './start/start-section.ts';

const sections: Readonly<Record<string, (settings: BenchSettings) => Promise<Section>>> = {
  services: measureServiceSection,
  layers: measureLayersSection,
  load: measureLoadSection,
  micro: measureMicroSection,
  bridge: measureBridgeSection,
  start: measureStartSection,
  soak: measureSoakSection,
};

/** A section as results.json keeps it, with the machine and Node version. */
interface Result extends Section {
  readonly node: string;
  readonly seconds: number;
}

const resultsFile = join(__dirname, 'results.json');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', default: '24' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      soak: { type: 'boolean', default: false },
      against: { type: 'string' },
    },
  });
  const node = findNode(Number(values.node));
  const settings: BenchSettings = {
    node,
    rounds: Number(values.rounds ?? (values.quick ? 3 : 10)),
    isQuick: values.quick,
    against: values.against && resolve(values.against),
  };
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
  const names = values.only?.split(',') ?? Object.keys(sections).filter((name) => name !== 'soak' || values.soak);
  const results: Record<string, Result> = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : {};
  for (const name of names) {
    const measure = sections[name];
    if (measure === undefined)
      throw new Error(`There is no part ${name}. There are ${Object.keys(sections).join(', ')}.`);
    const startMs = Date.now();
    const section = await measure(settings);
    const seconds = Math.round((Date.now() - startMs) / 1000);
    console.log(`\n## ${section.title}\n\n${section.markdown}\n\n${seconds} s`);
    results[name] = { ...section, node: version, seconds };
  }
  // Quick runs, and comparisons with something that only this machine has, do not go to the page.
  if (values.quick || values.against) return;
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(__dirname, 'README.md'), drawPage(results));
}

function drawPage(results: Readonly<Record<string, Result>>): string {
  const present = Object.keys(sections).flatMap((name) => results[name] ?? []);
  const figures = Object.assign({}, ...present.map((section) => section.figures)) as Record<string, number>; // as they are
  const seconds = present.reduce((sum, section) => sum + section.seconds, 0);
  return [
    '# What tracing costs',
    'Made by `npm run bench`, which writes this page. Every variant runs in a separate process and exports to a sink that ' +
      'counts the spans. A variant whose spans do not arrive is an error, not a result. Measurements take turns in rounds, and ' +
      'medians are shown.',
    `Measured on ${cpus().length} cores in ${Math.ceil(seconds / 60)} minutes. Peers: ` +
      `${['opentelemetry', 'dd-trace', 'sentry'].map(versionsOf).join('; ')}.`,
    '## The bar',
    drawBar(figures),
    'A row is decided by medians alone. Where the brackets in the table below are wide, or a variant that does less costs ' +
      'more, the machine was too busy for its verdict, "met" or "missed", to mean anything: measure again.',
    ...present.flatMap(({ title, markdown, node }) => [`## ${title}`, `Node ${node}.`, markdown]),
    readFileSync(join(__dirname, 'what-is-left.md'), 'utf8'),
  ].join('\n\n');
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
