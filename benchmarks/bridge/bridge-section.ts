// Spans that are made through OpenTelemetry's API: with Waymark behind it, and with OpenTelemetry's SDK.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ratio, spread, table } from '../markdown.ts';
import { installPeers } from '../peers/install-peers.ts';
import type { BenchSettings, Section } from '../section.ts';
import { measured, median } from '../statistics.ts';

const sides = ['waymark', 'bridge', 'opentelemetry'] as const;
type Side = (typeof sides)[number];

const titles: Readonly<Record<string, string>> = {
  active: '`withSpan` / `startActiveSpan`, five attributes',
  started: '`startSpan`, four attributes',
  carried: 'the same, and active in a callback: `withContext` / `context.with`',
};

export async function measureBridgeSection({ node, rounds, isQuick }: BenchSettings): Promise<Section> {
  installPeers(['opentelemetry']);
  const operations = isQuick ? 20_000 : 100_000;
  const processes = await Promise.all(sides.map((side) => start(node, side)));
  const times: Record<string, Record<Side, number[]>> = {};
  for (const name of Object.keys(titles)) times[name] = { waymark: [], bridge: [], opentelemetry: [] };
  try {
    // The first round is for the compiler.
    for (let round = 0; round <= rounds; round++) {
      for (const [name, bySide] of Object.entries(times)) {
        for (const turn of sides.keys()) {
          const at = (turn + round) % sides.length;
          const [side, child] = [sides[at] as Side, processes[at] as ChildProcess];
          const nanoseconds = await ask(child, name, operations);
          if (round > 0) bySide[side].push(nanoseconds);
        }
      }
    }
  } finally {
    for (const child of processes) child.kill();
  }

  const figures: Record<string, number> = {};
  const rows = Object.entries(times).map(([name, bySide]) => {
    const over = (side: Side, other: Side) =>
      median(bySide[side].map((time, at) => time / (bySide[other][at] ?? Number.NaN)));
    figures[`bridge-${name}/waymark`] = over('bridge', 'waymark');
    figures[`bridge-${name}/opentelemetry`] = over('bridge', 'opentelemetry');
    return [
      titles[name] ?? name,
      ...sides.map((side) => spread(measured(bySide[side]))),
      ratio(over('bridge', 'waymark'), 1),
      ratio(over('opentelemetry', 'bridge'), 1),
    ];
  });
  const head = [
    'nanoseconds',
    'Waymark',
    'the bridge',
    "OpenTelemetry's SDK",
    'bridge, by Waymark’s own',
    'SDK, by the bridge',
  ];
  return {
    title: 'Through OpenTelemetry’s API',
    markdown:
      'Each side is a process of its own, and they take turns. A span is started below another one, ended and encoded in batches of ' +
      `512.\n\n${table(head, rows)}`,
    figures,
  };
}

async function start(node: string, side: Side): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'side.cjs'), [side], { execPath: node, execArgv: ['--max-semi-space-size=64'] });
  await answerOf(child);
  return child;
}

async function ask(child: ChildProcess, name: string, operations: number): Promise<number> {
  const answer = answerOf(child);
  child.send({ name, operations });
  return ((await answer) as { nanoseconds: number }).nanoseconds; // side.cjs says what it is
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const controller = new AbortController();
  const { signal } = controller;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`A side of the bridge ended with ${code}.`);
  });
  ended.catch(() => {}); // it is aborted below
  const [answer] = await Promise.race([once(child, 'message', { signal }), ended]);
  controller.abort();
  return answer;
}
