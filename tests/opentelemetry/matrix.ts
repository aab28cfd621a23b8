// `npm run opentelemetry [-- --generation=sdk-2 --node=20 --reports=folder]`: the scenarios on every supported Node and with every generation of
// OpenTelemetry, with its SDK and with the bridge as it is built, as one table. Both must give the same trees.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { findNode } from '../matrix/node-binaries.ts';
import { findPrograms } from '../services/programs.ts';
import type { Service, ServiceName } from '../services/service.ts';
import { startService } from '../services/start-service.ts';
import { comparableSpans } from './comparable-spans.ts';
import { drawTrees, type PrintedSpan, treesOf } from './printed-span.ts';
import type { Generation } from './scenario.ts';
import { runScenarios } from './start-scenarios.ts';

const { values } = parseArgs({
  options: { reports: { type: 'string' }, generation: { type: 'string' }, node: { type: 'string' } },
});

const brokers = ['amqplib', 'aws-sdk', 'kafkajs', 'pg-boss'];

// Each list runs in one process, as an application has many instrumentations at once, but each of them only once.
const batches: Readonly<Record<Generation, readonly (readonly string[])[]>> = {
  'sdk-3': [...listsOfNewer(), ['anthropic', 'ai', 'bullmq-otel', 'clickhouse', 'prisma', ...brokers], ['utilities']],
  'sdk-2': [...listsOfNewer(), ['elasticsearch', 'prisma', 'temporal', ...brokers]],
  'sdk-1': [['pg', 'ioredis', 'own-spans', 'own-context', 'own-baggage'], ['express']],
};

function listsOfNewer(): readonly (readonly string[])[] {
  const own = ['own-spans', 'own-context', 'own-baggage'];
  return [
    ['pg', 'mysql2', 'ioredis', 'redis', 'mongoose', 'graphql', 'grpc', ...own],
    ['express', 'mongodb', 'ioredis-offline', 'graphql-options'],
    ['knex'],
    ['nestjs-core'],
  ];
}

const majors = values.node === undefined ? [20, 22, 24, 26] : [Number(values.node)];
const generations = (Object.keys(batches) as Generation[]).filter((name) => name === (values.generation ?? name));

/** `undefined` is a scenario that is as it must be. */
const cells = new Map<string, string | undefined>();

async function runAll(): Promise<void> {
  // Two at a time, each with its own servers.
  const queues = [generations.filter((name) => name === 'sdk-3'), generations.filter((name) => name !== 'sdk-3')];
  await Promise.all(queues.map((queue) => runQueue(queue)));
  report();
}

async function runQueue(queue: readonly Generation[]): Promise<void> {
  if (queue.length === 0) return;
  const servers: Record<string, Service> = {};
  try {
    for (const [name, start] of Object.entries(startService) as [ServiceName, () => Promise<Service>][]) {
      if (isThere(name)) servers[name] = await start();
    }
    for (const generation of queue) {
      for (const major of majors) {
        for (const batch of batches[generation]) await runTwiceIfWrong(batch, generation, major, servers);
      }
    }
  } finally {
    await Promise.all(Object.values(servers).map((service) => service.stop()));
  }
}

/** @throws Error that says what to install, in CI. */
function isThere(name: ServiceName): boolean {
  const found = findPrograms(name);
  if (!('missing' in found)) return true;
  const isOutsideCi = process.env.CI === undefined || process.env.CI === 'false';
  if (process.env.WAYMARK_WITHOUT_SERVICES !== '1' && !isOutsideCi) throw new Error(found.missing);
  console.log(`${found.missing}\nLeft out.`);
  return false;
}

/** In CI a batch that is wrong runs once more: .ci/second-try.cjs says why. */
async function runTwiceIfWrong(...run: Parameters<typeof runBatch>): Promise<void> {
  await runBatch(...run);
  const [batch, generation, major] = run;
  const wrong = batch.filter((name) => cells.get(keyOf(name, generation, major)) !== undefined);
  if (wrong.length === 0 || process.env.WAYMARK_SECOND_TRY !== '1') return;
  console.log(
    `Node ${major}, ${generation}: ${batch.join(', ')} run again, since these were wrong: ${wrong.join(', ')}`,
  );
  await runBatch(...run);
}

function keyOf(name: string, generation: Generation, major: number): string {
  return `${name} ${generation} ${major}`;
}

async function runBatch(
  batch: readonly string[],
  generation: Generation,
  major: number,
  servers: Readonly<Record<string, Service>>,
): Promise<void> {
  const scenarios = batch.filter((name) => needsOf(name).every((service) => service in servers));
  if (scenarios.length === 0) return;
  const options = { scenarios, generation, servers, node: findNode(major), built: true };
  try {
    const sdk = await runScenarios({ ...options, setUp: 'sdk' });
    const waymark = await runScenarios({ ...options, setUp: 'waymark' });
    for (const name of scenarios) {
      const [expected, actual] = [sdk, waymark].map((outcome) => comparableSpans(name, outcome[name] ?? [])) as [
        readonly PrintedSpan[],
        readonly PrintedSpan[],
      ];
      const isRight = actual.length > 0 && isDeepStrictEqual(treesOf(actual), treesOf(expected));
      const drawn = () =>
        `with the SDK:\n${drawTrees(expected).join('\n')}\nwith the bridge:\n${drawTrees(actual).join('\n')}`;
      cells.set(keyOf(name, generation, major), isRight ? undefined : drawn());
    }
  } catch (error) {
    for (const name of scenarios) cells.set(keyOf(name, generation, major), (error as Error).message);
  }
}

function needsOf(name: string): readonly string[] {
  return require(`./scenarios/${name}.ts`).scenario.services ?? [];
}

function report(): void {
  const rows = [...new Set([...cells.keys()].map((key) => key.slice(0, key.lastIndexOf(' '))))];
  const width = Math.max(...rows.map(({ length }) => length), 0);
  console.log(`\n${''.padEnd(width)}${majors.map((major) => `Node ${major}`.padStart(10)).join('')}`);
  for (const row of rows) console.log(row.padEnd(width) + majors.map((major) => draw(`${row} ${major}`)).join(''));
  const wrong = [...cells].filter(([, complaint]) => complaint !== undefined);
  for (const [key, complaint] of wrong) console.log(`\n${key}, ${complaint}`);
  if (values.reports !== undefined) writeReport(resolve(values.reports), cells.size - wrong.length, wrong.length);
  if (wrong.length > 0 || cells.size === 0) process.exitCode = 1;
}

function draw(key: string): string {
  return (cells.has(key) ? (cells.get(key) === undefined ? '✓' : '✗') : '–').padStart(10);
}

/** The parts of a Jest report that .ci/total.mjs adds up. */
function writeReport(folder: string, passed: number, failed: number): void {
  mkdirSync(folder, { recursive: true });
  const counts = {
    numTotalTestSuites: 1,
    numFailedTestSuites: failed > 0 ? 1 : 0,
    numTotalTests: passed + failed,
    numPassedTests: passed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };
  writeFileSync(join(folder, 'opentelemetry-matrix.json'), JSON.stringify(counts));
}

void runAll();
