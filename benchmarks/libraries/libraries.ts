// `npm run bench:libraries`: compares what tracers make of databases, caches and jobs, and writes ../libraries.md, which is not edited
// by hand. It starts real servers on 127.0.0.1: see tests/services.
//
//   --node 24             Node to measure on, 22 or later
//   --requests 500        requests to each service
//   --rounds 10           rounds of the cost
//   --quick               a few rounds and calls, for figures that are not kept
//   --only right-parents  some parts: right-parents, first-service, cost, unused
//   --against ../x        another checkout, installed and built: the time to load the adapter is compared with it
//   --programs pg,redis   only these libraries; nothing is kept
//   --tracers waymark     only these tracers; nothing is kept
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ProgramName, programs, type Servers } from '../../tests/libraries/right-parents/send-requests.ts';
import { startServers } from '../../tests/libraries/right-parents/start-servers.ts';
import { findNode } from '../../tests/matrix/node-binaries.ts';
import { versionsOf } from '../peers/install-peers.ts';
import { type Call, type Cost, callNames, drawCost, measureCost } from './cost-section.ts';
import { drawFirstService, type FirstService, measureFirstService } from './first-service-section.ts';
import { installLibraries } from './install-libraries.ts';
import { drawRightParents, measureRightParents, type RightParents } from './right-parents-section.ts';
import { tracers } from './tracers.ts';
import { drawUnused, measureUnused, type Unused } from './unused-section.ts';

export interface LibrariesSettings {
  /** The Node binary that runs the measured code. */
  readonly node: string;
  /** Where the libraries are loaded from. */
  readonly folder: string;
  readonly servers: Servers;
  readonly requests: number;
  readonly rounds: number;
  readonly isQuick: boolean;
  /** Another checkout of Waymark, built. */
  readonly against: string | undefined;
  readonly chosenPrograms: readonly (ProgramName | Call)[];
  readonly chosenTracers: readonly string[];
}

interface Results {
  node?: string;
  'right-parents'?: RightParents;
  'first-service'?: FirstService;
  cost?: Cost;
  unused?: Unused;
}

const resultsFile = join(__dirname, 'results.json');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', default: '24' },
      requests: { type: 'string', default: '500' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      against: { type: 'string' },
      programs: { type: 'string' },
      tracers: { type: 'string' },
    },
  });
  const node = findNode(Number(values.node));
  const folder = installLibraries();
  const started = await startServers(['postgres', 'mariadb', 'redis', 'mongo', 'kafka', 'rabbitmq']);
  try {
    const settings: LibrariesSettings = {
      node,
      folder,
      servers: started.servers,
      requests: Number(values.requests),
      rounds: Number(values.rounds ?? (values.quick ? 3 : 10)),
      isQuick: values.quick,
      against: values.against && resolve(values.against),
      chosenPrograms: choose<ProgramName | Call>(values.programs, [
        ...new Set([...(Object.keys(programs) as ProgramName[]), ...callNames]),
      ]),
      chosenTracers: choose(
        values.tracers,
        tracers.map(({ id }) => id),
      ),
    };
    const results: Results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : {};
    results.node = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
    const parts = choose(values.only, ['right-parents', 'first-service', 'cost', 'unused']);
    if (parts.includes('right-parents')) results['right-parents'] = await measureRightParents(settings);
    if (parts.includes('first-service')) results['first-service'] = await measureFirstService(settings);
    if (parts.includes('cost')) results.cost = await measureCost(settings);
    if (parts.includes('unused')) results.unused = await measureUnused(settings);
    console.log(drawPage(results));
    if (values.quick || values.programs !== undefined || values.tracers !== undefined) return;
    writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync(join(__dirname, '../libraries.md'), drawPage(results));
  } finally {
    await started.stop();
  }
}

function choose<Name extends string>(list: string | undefined, names: readonly Name[]): readonly Name[] {
  const chosen = list?.split(',') ?? names;
  const unknown = chosen.find((name) => !names.includes(name as Name));
  if (unknown !== undefined) throw new Error(`There is no ${unknown}. There are ${names.join(', ')}.`);
  return chosen as readonly Name[]; // all are among the names
}

function drawPage(results: Results): string {
  const { 'right-parents': rightParents, 'first-service': firstService, cost, unused, node } = results;
  const peers = ['opentelemetry-libraries', 'dd-trace', 'sentry'].map(versionsOf).join('; ');
  const sections = [
    rightParents && `## The right parent\n\n${drawRightParents(rightParents)}`,
    firstService && `## A service to begin with\n\n${drawFirstService(firstService)}`,
    cost && `## What a call costs\n\n${drawCost(cost)}`,
    unused && `## Where no library is used\n\n${drawUnused(unused)}`,
  ];
  return [
    '# Databases, caches and jobs, by tracer',
    'Made by `npm run bench:libraries`, which writes this page, in one run with real servers: PostgreSQL, MariaDB, Redis, Kafka, RabbitMQ, and FerretDB for ' +
      'MongoDB’s protocol.',
    `Node ${node}. Libraries: ${versionsOf('libraries')}. Tracers: ${peers}.`,
    ...sections.filter((section) => section !== undefined),
    '',
  ].join('\n\n');
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
