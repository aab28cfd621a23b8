// The parts of a tracer by themselves.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Counts } from '../../tests/allocation/limits.ts';
import { runCount } from '../../tests/allocation/run-count.ts';
import { figure, ratio, spread, table } from '../markdown.ts';
import { installPeers } from '../peers/install-peers.ts';
import type { BenchSettings, Section } from '../section.ts';
import { startSink } from '../service/sink.ts';
import { measured, median } from '../statistics.ts';

interface Micro {
  readonly times: Readonly<Record<string, number[]>>;
  readonly bytes: Readonly<Record<string, number>>;
}

interface Ends {
  readonly lost: number;
  readonly ends: Shape;
  /** The same percentiles of a calculation that takes about as long, measured in turns. */
  readonly calculations: Shape;
}

/** In microseconds. */
interface Shape {
  readonly median: number;
  readonly p99: number;
  readonly p9999: number;
  readonly worst: number;
}

const titles: Readonly<Record<string, string>> = {
  span: 'span with 12 attributes: start, end, encode',
  'dropped-span': 'span that is not sampled, below one that is not',
  'with-span': '`withSpan` / `startActiveSpan`, encoded',
  'read-traceparent': 'read `traceparent`',
  'read-tracestate': 'read `traceparent` and `tracestate`',
  'write-traceparent': 'write `traceparent` of a new span, as bytes',
  'read-baggage': 'read `baggage` of three entries',
  'write-baggage': 'write `baggage` of three entries, as bytes',
  'read-b3': 'read B3, single header',
  'write-b3': 'write B3, single header',
  'read-b3multi': 'read B3, three headers',
  'write-b3multi': 'write B3, three headers',
  'read-jaeger': "read Jaeger's header",
  'write-jaeger': "write Jaeger's header",
  'read-xray': "read X-Ray's header",
  'write-xray': "write X-Ray's header",
  encode: 'encode a span, in batches of 512',
};

export async function measureMicroSection({ node, rounds, isQuick }: BenchSettings): Promise<Section> {
  installPeers(['opentelemetry']);
  const args = [String(rounds), isQuick ? '20000' : '100000'];
  const { times: mainTimes, bytes } = await ask<Micro>(node, 'micro.cjs', args);
  const { times: formatTimes } = await ask<Micro>(node, 'micro.cjs', [...args, 'formats']);
  const times = { ...mainTimes, ...formatTimes };
  // The ratio is taken in each round, since a shared machine may be half as fast in the next one.
  const ratioOf = (name: string): number =>
    median(
      (times[`${name}/otel`] ?? []).map((theirs, round) => theirs / (times[`${name}/ours`]?.[round] ?? Number.NaN)),
    );
  const bytesOf = (name: string): number => bytes[name] ?? Number.NaN;
  const figures: Record<string, number> = {
    'dropped-span-bytes': Math.max(0, bytesOf('dropped-span/ours')),
    encode: ratioOf('encode'),
    'encode-bytes': bytesOf('encode/ours') / bytesOf('encode/otel'),
  };
  const rows = Object.entries(titles).map(([name, title]) => {
    const theirs = times[`${name}/otel`];
    figures[name] ??= 1 / ratioOf(name);
    return [
      title,
      spread(measured(times[`${name}/ours`] ?? [])),
      theirs === undefined ? '–' : spread(measured(theirs)),
      theirs === undefined ? '–' : ratio(ratioOf(name), 1),
    ];
  });
  const byteRow = (name: string, title: string): string[] => [
    title,
    figure(bytesOf(`${name}/ours`)),
    figure(bytesOf(`${name}/otel`)),
    '',
  ];
  rows.push(
    byteRow('span', 'bytes allocated on the heap: span with 12 attributes'),
    byteRow('dropped-span', 'bytes allocated on the heap: span that is not sampled'),
    byteRow('encode', 'bytes on the wire for a span'),
  );

  const sink = await startSink();
  const count = isQuick ? 100_000 : 1_000_000;
  const { lost, ends, calculations } = await ask<Ends>(node, 'worst-end.cjs', [`${sink.url}/v1/traces`, String(count)]);
  sink.close();
  if (lost > 0 || sink.spanCount !== count) throw new Error(`${sink.spanCount} of ${count} spans arrived.`);
  figures['end-9999'] = ends.p9999 / ends.median;
  const endTable = table(
    [`µs, of ${count.toLocaleString('en')}`, 'median', '99 %', '99.99 %', 'worst'],
    [
      ['`end()`, sending all the while', ...drawShape(ends)],
      ['a calculation after each', ...drawShape(calculations)],
    ],
  );
  const countTable = drawCounts(await runCount('fastify', node), await runCount('express', node));
  return {
    title: 'The parts',
    markdown: [table(['nanoseconds', 'Waymark', 'OpenTelemetry JS', 'its, by ours'], rows), endTable, countTable].join(
      '\n\n',
    ),
    figures,
  };
}

function drawShape({ median, p99, p9999, worst }: Shape): string[] {
  return [median, p99, p9999, worst].map(figure);
}

/** The figures that CI checks against limits, since they do not depend on time: tests/allocation. */
function drawCounts(fastify: Counts, express: Counts): string {
  const titles: readonly (readonly [name: keyof Counts, title: string])[] = [
    ['bytesPerRequest', 'bytes on the heap for a sampled request'],
    ['bytesPerUnsampledRequest', 'bytes on the heap for one that is not sampled'],
    ['listenersPerRequest', 'listeners for a request'],
    ['contextRunsPerRequest', '`AsyncLocalStorage.run` for a request'],
    ['contexts', '`AsyncLocalStorage` in the process'],
  ];
  const rows = titles.map(([name, title]) => [title, figure(fastify[name]), figure(express[name])]);
  return table(['counted, over the bare service', 'Fastify', 'Express'], rows);
}

async function ask<Answer>(node: string, script: string, args: readonly string[]): Promise<Answer> {
  const child = fork(join(__dirname, script), args, {
    execPath: node,
    execArgv: ['--expose-gc', '--max-semi-space-size=64'],
  });
  const controller = new AbortController();
  const { signal } = controller;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${script} ended with ${code}.`);
  });
  const [answer] = await Promise.race([once(child, 'message', { signal }), ended]);
  controller.abort();
  child.kill();
  return answer as Answer; // the script says what it is
}
