// Runs one cell of the table: a collector that may be faulty, and a service that is started, called and ended.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from '../../../benchmarks/statistics.ts';
import { type FaultyCollector, startFaultyCollector } from '../faulty-collector.ts';

export type TracerName = 'waymark' | 'zipkin' | 'spool' | 'opentelemetry';

/** The result for the spans of one service under one fault. */
export interface CellResult {
  readonly made: number;
  readonly delivered: number;
  /** Arrivals of a span beyond its first. */
  readonly duplicated: number;
  readonly lost: number;
  /** How many spans the tracer reports as lost, summed over the processes that could still report it. */
  readonly reported: number;
  /** The cost of requests during the fault divided by their cost without it, one for each round. */
  readonly ratios: readonly CostRatios[];
  /** The same ratio for two rounds without the fault: the noise of the machine. */
  readonly idleRatios: readonly CostRatios[];
  /** How the processes ended, and how long it took. */
  readonly endings: readonly string[];
}

export interface CostRatios {
  readonly medianLatency: number;
  readonly p99Latency: number;
  /** Processor time for each request. */
  readonly cpu: number;
}

interface Round {
  readonly latenciesMs: readonly number[];
  readonly cpuUs: number;
}

export interface Stage {
  readonly collector: FaultyCollector;
  startService(): Promise<void>;
  tell(task: string, details?: object): void;
  /** Makes the service create that many spans in one loop. */
  makeSpans(count: number): Promise<void>;
  /** Measures the cost of requests with and without the fault, in turns; `begin` and `end` switch the fault. */
  compareCost(begin: () => Promise<void>, end: () => Promise<void>): Promise<void>;
  /** Waits for the service to end, by itself or by the signal. */
  endService(signal?: NodeJS.Signals): Promise<void>;
  /** Restarts the service, as a supervisor would, gives it time for remaining spans, and ends it. */
  restartToDrain(): Promise<void>;
}

export interface StageOptions {
  readonly tracer: TracerName;
  readonly isSecure: boolean;
  readonly handlesSigterm: boolean;
}

// Short rounds, and many: other work of the machine lasts for seconds.
const rounds = 6;
const roundSeconds = 1.5;
const warmUpSeconds = 3;
const drainSeconds = 8;

// OpenTelemetry's shutdown takes as long as its last request: 10 s.
const endSeconds = 40;

export const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

export async function playCell(options: StageOptions, play: (stage: Stage) => Promise<void>): Promise<CellResult> {
  const { tracer, isSecure, handlesSigterm } = options;
  const folder = await mkdtemp(join(tmpdir(), 'waymark-faults-'));
  await using collector = await startFaultyCollector(isSecure);
  const ratios: CostRatios[] = [];
  const idleRatios: CostRatios[] = [];
  const endings: string[] = [];
  let reported = 0;
  let service: ChildProcess | undefined;
  let said = '';

  const tell = (task: string, details: object = {}): void => {
    if (!service?.connected) throw new Error(`The service ended with ${service?.exitCode ?? service?.signalCode}.`);
    service.send({ task, ...details });
  };

  async function startService(): Promise<void> {
    const origin = `${isSecure ? 'https' : 'http'}://localhost:${collector.port}`;
    service = fork(join(__dirname, 'service.cjs'), [JSON.stringify({ tracer, origin, folder, handlesSigterm })], {
      execArgv: [],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        NODE_EXTRA_CA_CERTS: join(__dirname, '../tls/certificate.pem'),
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    service.stderr?.on('data', (part) => {
      if (process.env.FAULTS_STDERR !== undefined) process.stderr.write(part);
      said = `${said}${part}`.slice(-1000);
    });
    await nextMessage(service);
  }

  async function endRound(): Promise<Round> {
    tell('endRound');
    return (await nextMessage(service as ChildProcess)) as Round; // service.cjs sends it
  }

  async function compareCost(begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
    await seconds(warmUpSeconds);
    let before: Round | undefined;
    for (let round = 0; round < rounds; round++) {
      await endRound();
      await seconds(roundSeconds);
      const without = await endRound();
      await begin();
      await seconds(roundSeconds);
      const during = await endRound();
      await end();
      ratios.push(compare(during, without));
      if (before !== undefined) idleRatios.push(compare(without, before));
      before = without;
    }
  }

  async function endService(signal?: NodeJS.Signals): Promise<void> {
    const child = service;
    if (child === undefined) return;
    const startMs = Date.now();
    const tooLong = setTimeout(() => child.kill('SIGKILL'), endSeconds * 1000);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      if (signal !== undefined) child.kill(signal);
      await ended;
    }
    clearTimeout(tooLong);
    endings.push(`${child.signalCode ?? child.exitCode} after ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
    const lostFile = join(folder, 'lost');
    // A process that dies of a signal has no 'exit' event to report in: there is only Waymark's last line.
    if (existsSync(lostFile)) reported += Number(readFileSync(lostFile, 'utf8'));
    else reported += Number(/(\d+) spans? w\w+ not sent before/.exec(said)?.[1] ?? 0);
    await rm(lostFile, { force: true });
    said = '';
  }

  function madeIds(): string[] {
    return readFileSync(join(folder, 'made'), 'latin1').match(/.{16}/g) ?? [];
  }

  async function restartToDrain(): Promise<void> {
    await startService();
    const endMs = Date.now() + drainSeconds * 1000;
    const wanted = madeIds();
    while (Date.now() < endMs && wanted.some((id) => !collector.arrivals.has(id))) await seconds(0.2);
    await endService('SIGTERM');
  }

  async function makeSpans(count: number): Promise<void> {
    if (service === undefined) return;
    tell('makeSpans', { count });
    await nextMessage(service);
  }

  try {
    await play({ collector, startService, tell, makeSpans, compareCost, endService, restartToDrain });
    const ids = madeIds();
    const delivered = ids.filter((id) => collector.arrivals.has(id)).length;
    const duplicated = [...collector.arrivals.values()].reduce((sum, count) => sum + count - 1, 0);
    return {
      made: ids.length,
      delivered,
      duplicated,
      lost: ids.length - delivered,
      reported,
      ratios,
      idleRatios,
      endings,
    };
  } catch (error) {
    throw new Error(`${tracer}: ${(error as Error).message} It said last: ${said}`); // from here: an error
  } finally {
    service?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

function compare(one: Round, other: Round): CostRatios {
  const latency = (share: number): number => quantile(one.latenciesMs, share) / quantile(other.latenciesMs, share);
  const cpuOf = ({ cpuUs, latenciesMs }: Round): number => cpuUs / latenciesMs.length;
  return { medianLatency: latency(0.5), p99Latency: latency(0.99), cpu: cpuOf(one) / cpuOf(other) };
}

async function nextMessage(service: ChildProcess): Promise<unknown> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    const ended = once(service, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`The service ended with ${code ?? by}.`);
    });
    return (await Promise.race([once(service, 'message', { signal }), ended]))[0];
  } finally {
    controller.abort();
  }
}
