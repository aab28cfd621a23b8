/** `waymark doctor`: why is there no trace? Checks each part of a span's way, and says what to do. */
import { setTimeout as wait } from 'node:timers/promises';
import { toPrintable } from '@waymark/core/printable-text';
import type { CollectorStatus, EngineStatus } from '../api/types.ts';
import { countOf } from '../terminal/count-of.ts';
import { terminalAbilities } from '../terminal/terminal-abilities.ts';
import { version } from '../version.ts';
import { CliError } from './cli-error.ts';
import type { CollectorClient } from './collector-client.ts';
import type { Command } from './command.ts';
import type { Diagnosis } from './diagnosis.ts';
import { explainListener } from './explain-listener.ts';
import { explainVariables } from './explain-variables.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { makeTestSpans, type TestSpan } from './test-spans.ts';

export const doctor: Command = {
  usage: 'waymark doctor [options]',
  summary: 'find out why there is no trace',
  details: `Checks the collector and the environment variables, and sends a test span in
each format. Run it where your application runs, with the same variables.
Exits with 1 if something is wrong.`,
  options: connectOptions,
  maxPositionals: 0,
  async run(args, io) {
    const { colors } = terminalAbilities(io.stdout, io.env);
    let isBad = false;
    function print({ state, text, remedy }: Diagnosis): void {
      isBad ||= state === 'bad';
      const [mark, color] = { good: ['✓', '32'], note: ['·', '33'], bad: ['✗', '31'] }[state] as [string, string];
      io.stdout.write(`${colors ? `\u001b[${color}m${mark}\u001b[0m` : mark} ${toPrintable(text)}\n`);
      if (remedy !== undefined) io.stdout.write(`    ${toPrintable(remedy)}\n`);
    }

    print(explainNode(process.versions.node));
    const client = findCollector(args, io.env, io.signal);
    const status = await client.status().catch((error: unknown) => error as Error);
    const zipkinUrl = (status instanceof Error ? undefined : status.urls.zipkin) ?? `${client.url}/api/v2/spans`;
    for await (const diagnosis of explainVariables(io.env, { url: client.url, zipkinUrl })) print(diagnosis);
    if (status instanceof Error) {
      print({ state: 'bad', text: status.message });
      const listener = await explainListener(new URL(client.url));
      if (listener !== undefined) print(listener);
      return 1;
    }
    for (const diagnosis of [...explainStatus(client, status), ...explainRefusals(status)]) print(diagnosis);
    for (const span of makeTestSpans()) print(await sendAndFind(client, span));
    return isBad ? 1 : 0;
  },
};

function explainNode(node: string): Diagnosis {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const text = `Node ${node}, Waymark ${version}`;
  if (major > 20 || (major === 20 && minor >= 19)) return { state: 'good', text };
  return { state: 'bad', text, remedy: 'Waymark needs Node 20.19 or later.' };
}

function* explainStatus({ url }: CollectorClient, status: CollectorStatus): Generator<Diagnosis> {
  const { received, store, urls } = status;
  yield { state: 'good', text: `A collector (${status.version}) answers at ${url}. It accepts OTLP at ${urls.otlp}` };
  if (urls.zipkin !== undefined) yield { state: 'good', text: `It accepts Zipkin at ${urls.zipkin}` };
  if (status.version !== version) {
    yield { state: 'note', text: `Its version differs from this command, which is ${version}.` };
  }
  const place = store.path ?? 'memory';
  const limits = `of at most ${inMegabytes(store.limits.maxBytes)}, ${countOf(store.limits.maxSpans, 'span')}`;
  yield {
    state: 'good',
    text: `It has ${countOf(store.spanCount, 'span')} of ${countOf(store.traceCount, 'trace')} in ${place}, ${inMegabytes(store.byteCount)} ${limits}`,
  };
  const evicted = Object.values(store.evicted).reduce((sum, count) => sum + count, 0);
  if (evicted > 0) {
    yield {
      state: 'note',
      text: `It has deleted ${countOf(evicted, 'older span')} since it started, to make room for newer ones.`,
      remedy: 'For more room: waymark --max-size 2gb --max-spans 5000000',
    };
  }
  const engine = status.engine as EngineStatus | undefined; // absent in older collectors
  if (engine !== undefined && engine.failures > 0) {
    const often = `The store has failed ${countOf(engine.failures, 'time')} since the collector started.`;
    const { message } = engine.lastFailure ?? { message: '' };
    yield { state: engine.state === 'running' ? 'note' : 'bad', text: `${often} ${message}` };
  }
  if (received.spans === 0) {
    yield {
      state: 'note',
      text: 'It has not received a span since it started.',
      remedy: `Send your spans here: set OTEL_EXPORTER_OTLP_ENDPOINT=${url}, or run: waymark -- node server.js`,
    };
  } else {
    const ago = received.lastMs === undefined ? '' : `, the last ${agoOf(received.lastMs)}`;
    yield {
      state: 'good',
      text: `It has received ${countOf(received.spans, 'span')} in ${countOf(received.requests, 'request')}${ago}`,
    };
  }
  if (received.cutSpans > 0) {
    yield {
      state: 'note',
      text: `It has shortened ${countOf(received.cutSpans, 'span')} to the size limit of a span.`,
    };
  }
}

// Older refusals say nothing about the current senders.
const recentMs = 5 * 60_000;

/**
 * A refusal is a fault if it is recent, and either no spans have arrived since or it repeats. After a repair it stays as a note.
 */
function* explainRefusals({ received, refusals }: CollectorStatus): Generator<Diagnosis> {
  const recent = refusals.filter(({ timeMs }) => Date.now() - timeMs < recentMs);
  const isSettled = (received.lastMs ?? 0) > (recent[0]?.timeMs ?? 0);
  const isFault = recent.length > 0 && (!isSettled || isRepeated(recent));
  const counts = [
    ...(received.rejectedSpans > 0 ? [`It has rejected ${countOf(received.rejectedSpans, 'span')}.`] : []),
    ...(received.refusedRequests > 0 ? [`It has refused ${countOf(received.refusedRequests, 'request')}.`] : []),
  ];
  const since = isSettled ? 'Spans have arrived since.' : `The last was ${agoOf(refusals[0]?.timeMs ?? 0)}.`;
  for (const text of counts) yield isFault ? { state: 'bad', text } : { state: 'note', text: `${text} ${since}` };
  for (const { timeMs, path, status: code, message } of refusals.slice(0, 5)) {
    yield { state: 'note', text: `${agoOf(timeMs)}, ${path}: ${code} ${message}` };
  }
}

/** Whether a refusal occurs twice, from a sender next to others that succeed. The doctor's own requests do not count. */
function isRepeated(recent: CollectorStatus['refusals']): boolean {
  const seen = new Set<string>();
  for (const { path, status, message } of recent) {
    if (path === 'a connection' || status === 404) continue;
    const what = `${path} ${status} ${message}`;
    if (seen.has(what)) return true;
    seen.add(what);
  }
  return false;
}

function agoOf(ms: number): string {
  const seconds = secondsSince(ms);
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

function secondsSince(ms: number): number {
  return Math.max(Math.round((Date.now() - ms) / 1000), 0);
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MB`;
}

const findTimeoutMs = 5000;

async function sendAndFind(client: CollectorClient, span: TestSpan): Promise<Diagnosis> {
  const way = `${span.format} at ${span.path}`;
  try {
    const response = await client.send(span.path, span.contentType, span.body);
    if (!response.ok) {
      const reason = (await response.text()).slice(0, 300);
      return { state: 'bad', text: `A test span as ${way} was refused: ${response.status} ${reason}` };
    }
    const deadlineMs = Date.now() + findTimeoutMs;
    for (;;) {
      const found = await client.trace(span.traceId).catch((error: unknown) => {
        if (error instanceof CliError && error.code === 'WAYMARK_NO_TRACE') return undefined;
        throw error;
      });
      if (found !== undefined) return { state: 'good', text: `A test span as ${way} arrived and was found` };
      if (Date.now() > deadlineMs) break;
      await wait(50);
    }
    return { state: 'bad', text: `A test span as ${way} was accepted, but was not found.` };
  } catch (error) {
    return { state: 'bad', text: `A test span as ${way} failed: ${error instanceof Error ? error.message : error}` };
  }
}
