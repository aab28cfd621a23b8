// What a traced call of a library costs, in turns with the same call untraced.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { figure, spread, table } from '../markdown.ts';
import { type Sink, startSink } from '../service/sink.ts';
import { measured, median } from '../statistics.ts';
import type { LibrariesSettings } from './libraries.ts';
import { tracers } from './tracers.ts';

interface MeasuredCall {
  readonly title: string;
  /** The spans of one call. */
  readonly spans: number;
  /** Waymark may add so many times less than OpenTelemetry. */
  readonly bar: number;
}

const calls = {
  pg: { title: '`pg`: `pool.query()` with a parameter', spans: 1, bar: 6 },
  ioredis: { title: '`ioredis`: `get()`', spans: 1, bar: 6 },
  redis: { title: '`redis`: `get()`', spans: 1, bar: 6 },
  amqplib: { title: '`amqplib`: `sendToQueue()` of a message, and its consumer up to `ack()`', spans: 2, bar: 5 },
  kafkajs: { title: '`kafkajs`: `send()` of a message, and its `eachMessage`', spans: 2, bar: 5 },
} as const satisfies Readonly<Record<string, MeasuredCall>>;

export type Call = keyof typeof calls;

export const callNames: readonly Call[] = Object.keys(calls) as Call[]; // its own keys

/** CPU time for a call in µs, round by round, by tracer. `bare` is untraced. */
export type Cost = Readonly<Partial<Record<Call, CostOfCall>>>;

interface Running {
  readonly id: string;
  readonly child: ChildProcess;
  readonly sink: Sink;
}

export async function measureCost(settings: LibrariesSettings): Promise<Cost> {
  const { rounds, isQuick, chosenTracers, chosenPrograms } = settings;
  const chosen = tracers.filter(({ id }) => chosenTracers.includes(id));
  const bare = { id: 'bare', file: join(__dirname, 'tracers/bare.cjs') };
  const count = isQuick ? 500 : 2000;
  const cost: Partial<Record<Call, Record<string, number[]>>> = {};
  const running: Running[] = [];
  try {
    for (const { id, file } of [bare, ...chosen]) running.push(await start(id, file, settings));
    for (const call of callNames.filter((name) => chosenPrograms.includes(name))) {
      const ofCall: Record<string, number[]> = {};
      cost[call] = ofCall;
      for (const one of running) await make(one, call, count * 3);
      for (let round = 0; round < rounds; round++) {
        for (const one of running) {
          await make(one, call, count / 5);
          const us = await make(one, call, count);
          ofCall[one.id] ??= [];
          ofCall[one.id]?.push(us);
        }
      }
    }
  } finally {
    for (const { child, sink } of running) {
      child.kill('SIGKILL');
      sink.close();
    }
  }
  return cost;
}

async function start(id: string, tracer: string, { node, folder, servers }: LibrariesSettings): Promise<Running> {
  const sink = await startSink();
  const options = { tracer, receiver: sink.url, libraries: folder, servers };
  const child = fork(join(__dirname, 'cost.cjs'), [JSON.stringify(options)], {
    execPath: node,
    execArgv: [],
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  await answerOf(child, id);
  return { id, child, sink };
}

/** Makes calls, and waits until their spans have arrived, since exporting is part of the cost. Returns µs of CPU for each call. */
async function make(one: Running, call: Call, count: number): Promise<number> {
  const before = await ask(one, {});
  const spanCount = one.sink.spanCount;
  await ask(one, { call, count });
  if (one.id !== 'bare') await one.sink.waitFor(spanCount + count * calls[call].spans, 60_000);
  const after = await ask(one, {});
  return (after - before) / count;
}

async function ask({ child, id }: Running, question: { call?: Call; count?: number }): Promise<number> {
  child.send(question);
  return answerOf(child, id);
}

async function answerOf(child: ChildProcess, id: string): Promise<number> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`The process with ${id} ended with ${code}.`);
    });
    const [{ cpuUs }] = (await Promise.race([once(child, 'message', { signal }), ended])) as [{ cpuUs: number }];
    return cpuUs;
  } finally {
    controller.abort();
  }
}

export function drawCost(cost: Cost): string {
  const intro =
    'CPU of the process for one call, sending of its spans included, below a span of the application. Each tracer is in a process of ' +
    'its own, and they take turns with the untraced one. In brackets is where the middle half of the rounds lies. Microseconds ' +
    'are this machine’s; ratios travel. Demanded is at most 1/6 of what OpenTelemetry adds, and 1/5 for the two spans of a message. Where the brackets are wide, the machine ' +
    'was too busy for the ratios to mean much: measure again.';
  const head = ['', 'CPU µs/call', 'added µs', 'Waymark’s, by its'];
  const parts = Object.entries(cost).map(([call, ofCall]) => {
    const rows = Object.entries(ofCall).map(([id, us]) => [
      tracers.find((tracer) => tracer.id === id)?.title ?? 'untraced',
      figure(median(us)),
      id === 'bare' ? '' : spread(measured(addedUs(ofCall, id))),
      id === 'bare' || id === 'waymark' ? '' : ratioOf(ofCall, id, calls[call as Call].bar),
    ]);
    return `### ${calls[call as Call].title}\n\n${table(head, rows)}`;
  });
  return [intro, ...parts].join('\n\n');
}

type CostOfCall = Readonly<Record<string, readonly number[]>>;

/** What a tracer adds to the untraced call of the same round. */
function addedUs({ bare = [], ...others }: CostOfCall, id: string): number[] {
  return (others[id] ?? []).map((us, round) => us - (bare[round] ?? Number.NaN));
}

/** What Waymark adds, by what another tracer adds, each by the untraced call of the same round: the machine's speed changes. */
function ratioOf({ bare = [], ...others }: CostOfCall, id: string, bar: number): string {
  const share = (wanted: string): number =>
    median((others[wanted] ?? []).map((us, round) => us / (bare[round] ?? Number.NaN) - 1));
  const times = share(id) / share('waymark');
  const verdict = id !== 'opentelemetry' ? '' : times >= bar ? ', met' : ', **missed**';
  return `1/${figure(times)}${verdict}`;
}
