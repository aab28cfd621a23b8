// Runs the service with one tracer and one library, and judges what the tracer exported.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { type ExportedSpan, type ReadSpans, startReceiver } from './exported-spans.ts';
import { judge, type OperationsOf, type Verdict } from './judge.ts';

/** The programs, and the server that each of them needs. */
export const programs = {
  pg: 'postgres',
  postgres: 'postgres',
  mysql2: 'mariadb',
  ioredis: 'redis',
  redis: 'redis',
  'redis-pool': 'redis',
  mongodb: 'mongo',
  bullmq: 'redis',
  prisma: 'postgres',
} as const;

export type ProgramName = keyof typeof programs;

export type Servers = Readonly<Record<(typeof programs)[ProgramName], Readonly<Record<string, unknown>>>>;

export interface Trial {
  readonly node: string;
  readonly program: ProgramName | 'first-service';
  /** The file that sets up the tracer. */
  readonly tracer: string;
  readonly readSpans: ReadSpans;
  /** The folder that the library is loaded from. */
  readonly libraries: string;
  /** What the library's client needs to find its server. */
  readonly server: Readonly<Record<string, unknown>>;
  readonly requests: number;
  /** Options of Node. */
  readonly execArgv?: readonly string[];
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly spans: readonly ExportedSpan[];
}

export async function tryTracer(trial: Trial): Promise<Outcome> {
  const { node, program, tracer, readSpans, libraries, server, execArgv = [] } = trial;
  const receiver = await startReceiver(readSpans);
  const options = { library: program, tracer, libraries, server, receiver: receiver.url };
  const child = fork(join(__dirname, 'service.cjs'), [JSON.stringify(options)], {
    execPath: node,
    execArgv: [...execArgv],
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  const ended = once(child, 'exit');
  try {
    const [{ port }] = (await Promise.race([
      once(child, 'message'),
      ended.then(([code]) => Promise.reject(new Error(`The service with ${program} ended with ${code}.`))),
    ])) as [{ port: number }]; // service.cjs says so
    const requests = Array.from({ length: trial.requests }, (_, index) => 1_000_000 + index);
    await sendRequests(port, requests);
    child.send('finish');
    const [code] = await ended;
    if (code !== 0) throw new Error(`The service with ${program} ended with ${code}.`);
    const { operationsOf } = require(`./programs/${program}.cjs`) as { operationsOf: OperationsOf };
    const { spans, bodies } = receiver;
    return { verdict: judge({ spans, bodies, requests, operationsOf }), spans };
  } finally {
    child.kill('SIGKILL');
    receiver.close();
  }
}

/** A hundred at a time. */
async function sendRequests(port: number, requests: readonly number[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  try {
    await Promise.all(requests.map((n) => sendRequest(port, n, agent)));
  } finally {
    agent.destroy();
  }
}

function sendRequest(port: number, n: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: `/requests/${n}`, agent }, (response) => {
      const { statusCode } = response;
      response.resume().on('end', () => {
        if (statusCode === 200) resolve();
        else reject(new Error(`Request ${n} was answered with ${statusCode}.`));
      });
    }).on('error', reject);
  });
}
