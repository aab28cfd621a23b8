// `npm run libraries [-- --library=pg --node=20 --reports=folder]`: the contract of the libraries, as they find themselves traced in a
// service, on every supported Node and in the oldest and newest versions, as one table.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findNode } from '../../matrix/node-binaries.ts';
import { findPrograms } from '../../services/programs.ts';
import type { Service, ServiceName } from '../../services/service.ts';
import { startService } from '../../services/start-service.ts';
import type { Outcome, Task } from './program.ts';
import { subjects } from './subjects.ts';

const { values } = parseArgs({
  options: { reports: { type: 'string' }, library: { type: 'string' }, node: { type: 'string' } },
});
const majors = values.node === undefined ? [20, 22, 24, 26] : [Number(values.node)];
const wanted = subjects.filter(({ name }) => values.library === undefined || name === values.library);

// A call that hangs would otherwise hold CI.
const programTimeoutMs = 120_000;

interface Counts {
  passed: number;
  failed: number;
}

async function runAll(): Promise<void> {
  const services = await startServices();
  const cells = new Map<string, Counts>();
  const complaints: string[] = [];
  try {
    const tasks = wanted.flatMap((subject) => {
      const service = services.get(subject.service);
      if (service === undefined) return [];
      const runs = subject.modules.flatMap((module) => majors.map((major) => ({ subject, module, major, service })));
      return runs.filter(({ module, major }) => subject.isMissingOn?.(module, major) !== true);
    });
    // Two programs at a time, each with a service that the other does not use: some calls empty their database.
    const queues = new Map<ServiceName, typeof tasks>();
    for (const task of tasks) queues.set(task.subject.service, [...(queues.get(task.subject.service) ?? []), task]);
    await Promise.all(
      [...queues.values()].map(async (queue) => {
        for (const { subject, module, major, service } of queue) {
          const counts: Counts = { passed: 0, failed: 0 };
          cells.set(`${module} ${major}`, counts);
          for (const loaded of orders(major)) {
            const task: Task = { subject: subject.name, module, service: plain(service), loaded };
            for (const { title, wrong } of await runTwiceIfWrong(major, task)) {
              if (wrong === undefined) counts.passed++;
              else {
                counts.failed++;
                complaints.push(`Node ${major}, ${module}, loaded ${loaded}, ${title}:\n${compare(wrong)}`);
              }
            }
          }
        }
      }),
    );
  } finally {
    await Promise.all([...services.values()].map((service) => service.stop()));
  }
  report(cells, complaints);
}

/**
 * Whether the library is loaded before Waymark or later. What is loaded before is found in the same way on every Node, so that is tried on the
 * oldest and the newest only.
 */
function orders(major: number): readonly Task['loaded'][] {
  return major === 20 || major === 26 ? ['before', 'later'] : ['later'];
}

function plain({ host, port, user, password, database, url }: Service): Task['service'] {
  return { host, port, user, password, database, url };
}

async function startServices(): Promise<Map<ServiceName, Service>> {
  const services = new Map<ServiceName, Service>();
  for (const name of new Set(wanted.map(({ service }) => service))) {
    const found = findPrograms(name);
    if (!('missing' in found)) services.set(name, await startService[name]());
    else if (process.env.WAYMARK_WITHOUT_SERVICES === '1' || isOutsideCi()) console.log(`${found.missing}\nLeft out.`);
    else throw new Error(found.missing);
  }
  return services;
}

function isOutsideCi(): boolean {
  return process.env.CI === undefined || process.env.CI === 'false';
}

/** In CI a program with a wrong outcome runs once more: .ci/second-try.cjs says why. */
async function runTwiceIfWrong(major: number, task: Task): Promise<readonly Outcome[]> {
  const outcomes = await runProgram(major, task);
  const wrong = outcomes.filter((outcome) => outcome.wrong !== undefined);
  if (wrong.length === 0 || process.env.WAYMARK_SECOND_TRY !== '1') return outcomes;
  console.log(`Node ${major}, ${task.module}, loaded ${task.loaded}, runs again after: ${JSON.stringify(wrong)}`);
  return runProgram(major, task);
}

/** The outcomes of a program. One that does not end well has a wrong one more. */
async function runProgram(major: number, task: Task): Promise<readonly Outcome[]> {
  const args = ['--require=esbuild-register', join(__dirname, 'program.ts'), JSON.stringify(task)];
  const child = spawn(findNode(major), args, { cwd: __dirname, stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
  const timer = setTimeout(() => child.kill('SIGKILL'), programTimeoutMs);
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      printed[name] += part;
    });
  }
  const [code, signal] = await new Promise<unknown[]>((resolve) => child.on('close', (...how) => resolve(how)));
  clearTimeout(timer);
  const lines = printed.stdout.split('\n').filter((line) => line.startsWith('{'));
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
  if (code === 0 && outcomes.length > 0) return outcomes;
  const last = outcomes.at(-1)?.title ?? 'the start';
  const actual = [`ended with ${code ?? signal} after ${last}`, ...printed.stderr.split('\n').slice(0, 20)];
  return [...outcomes, { title: 'the program', wrong: { expected: [], actual } }];
}

/** Without what this process runs with, and without settings of Waymark. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|WAYMARK_|NODE_OPTIONS)/.test(name)),
  );
}

function compare({ expected, actual }: NonNullable<Outcome['wrong']>): string {
  return `  expected: ${expected.join(' | ')}\n  actual:   ${actual.join(' | ')}`;
}

function report(cells: ReadonlyMap<string, Counts>, complaints: readonly string[]): void {
  const modules = wanted.flatMap(({ modules: names }) => names);
  const width = Math.max(...modules.map(({ length }) => length), 0);
  console.log(`\n${''.padEnd(width)}${majors.map((major) => `Node ${major}`.padStart(14)).join('')}`);
  for (const module of modules) console.log(module.padEnd(width) + majors.map((major) => draw(module, major)).join(''));
  for (const complaint of complaints) console.log(`\n${complaint}`);

  function draw(module: string, major: number): string {
    const counts = cells.get(`${module} ${major}`);
    if (counts === undefined) return '–'.padStart(14);
    return `${counts.passed} ✓${counts.failed === 0 ? '' : ` ${counts.failed} ✗`}`.padStart(14);
  }

  const sum = (key: keyof Counts) => [...cells.values()].reduce((total, counts) => total + counts[key], 0);
  if (values.reports !== undefined) writeReport(resolve(values.reports), sum('passed'), sum('failed'));
  if (sum('failed') > 0 || sum('passed') === 0) process.exitCode = 1;
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
  writeFileSync(join(folder, 'libraries-matrix.json'), JSON.stringify(counts));
}

void runAll();
