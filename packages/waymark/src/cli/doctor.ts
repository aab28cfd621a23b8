/** `waymark doctor`: why is there no trace? Looks at each part of the way that a span goes, and says what to do. */
import { setTimeout as wait } from 'node:timers/promises';
import { toPrintable } from '@waymark/core/printable-text';
import type { CollectorStatus, EngineStatus } from '../api/types.ts';
import { terminalAbilities } from '../terminal/terminal-abilities.ts';
import { version } from '../version.ts';
import { CliError } from './cli-error.ts';
import type { CollectorClient } from './collector-client.ts';
import type { Command } from './command.ts';
import { countOf } from './count-of.ts';
import type { Diagnosis } from './diagnosis.ts';
import { explainVariables } from './explain-variables.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { makeTestSpans, type TestSpan } from './test-spans.ts';
import { whoListens } from './who-listens.ts';

export const doctor: Command = {
  usage: 'waymark doctor [options]',
  summary: 'why is there no trace?',
  details: `Looks whether a collector runs, which variables are set, and sends a test span each way.
Run it where your application runs, with the same variables. Exits with 1 if something is wrong.`,
  options: connectOptions,
  maxPositionals: 0,
  async run(args, io) {
    const { colors } = terminalAbilities(io.stdout, io.env);
    let isBad = false;
    function tell({ state, text, remedy }: Diagnosis): void {
      isBad ||= state === 'bad';
      const [mark, color] = { good: ['✓', '32'], note: ['·', '33'], bad: ['✗', '31'] }[state] as [string, string];
      io.stdout.write(`${colors ? `\u001b[${color}m${mark}\u001b[0m` : mark} ${toPrintable(text)}\n`);
      if (remedy !== undefined) io.stdout.write(`    ${toPrintable(remedy)}\n`);
    }

    tell(explainNode(process.versions.node));
    const client = findCollector(args, io.env, io.signal);
    const status = await client.status().catch((error: unknown) => error as Error);
    const zipkinUrl = (status instanceof Error ? undefined : status.urls.zipkin) ?? `${client.url}/api/v2/spans`;
    for await (const diagnosis of explainVariables(io.env, { url: client.url, zipkinUrl })) tell(diagnosis);
    if (status instanceof Error) {
      tell({ state: 'bad', text: status.message });
      const listener = await whoListens(new URL(client.url));
      if (listener !== undefined) tell(listener);
      return 1;
    }
    for (const diagnosis of [...explainStatus(client, status), ...explainRefusals(status)]) tell(diagnosis);
    for (const span of makeTestSpans()) tell(await sendAndFind(client, span));
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
  yield { state: 'good', text: `A collector (${status.version}) answers at ${url}; senders use ${urls.otlp}` };
  if (urls.zipkin !== undefined) yield { state: 'good', text: `Zipkin's senders use ${urls.zipkin}` };
  if (status.version !== version) {
    yield { state: 'note', text: `It is another version than this command, which is ${version}.` };
  }
  const place = store.path ?? 'memory';
  const limits = `of at most ${inMegabytes(store.limits.maxBytes)}, ${countOf(store.limits.maxSpans, 'span')}`;
  yield {
    state: 'good',
    text: `It keeps ${countOf(store.spanCount, 'span')} of ${countOf(store.traceCount, 'trace')} in ${place}, ${inMegabytes(store.byteCount)} ${limits}`,
  };
  const evicted = Object.values(store.evicted).reduce((sum, count) => sum + count, 0);
  if (evicted > 0) {
    yield {
      state: 'note',
      text: `${countOf(evicted, 'older span')} made room for newer ones since it started.`,
      remedy: 'For more room: waymark --max-size 2gb --max-spans 5000000',
    };
  }
  const engine = status.engine as EngineStatus | undefined; // older collectors have none
  if (engine !== undefined && engine.failures > 0) {
    const often = `The store has failed ${countOf(engine.failures, 'time')} since the collector was started.`;
    const { message } = engine.lastFailure ?? { message: '' };
    yield { state: engine.state === 'running' ? 'note' : 'bad', text: `${often} ${message}` };
  }
  if (received.spans === 0) {
    yield {
      state: 'note',
      text: 'It has received no span since it started.',
      remedy: `Does your application send here? OTEL_EXPORTER_OTLP_ENDPOINT=${url}, or start it by: waymark -- node server.js`,
    };
  } else {
    const ago = received.lastMs === undefined ? '' : `, the last ${agoOf(received.lastMs)}`;
    yield {
      state: 'good',
      text: `It has received ${countOf(received.spans, 'span')} in ${countOf(received.requests, 'request')}${ago}`,
    };
  }
  if (received.cutSpans > 0) {
    const are = received.cutSpans === 1 ? 'is' : 'are';
    yield {
      state: 'note',
      text: `It has cut ${countOf(received.cutSpans, 'span')} that ${are} larger than is kept of one.`,
    };
  }
}

// What was refused longer ago says nothing about the senders of today.
const recentMs = 5 * 60_000;

/**
 * A refusal is a fault while it is recent, and not settled: nothing has come since, or it goes on. One that was mended stays as a
 * note.
 */
function* explainRefusals({ received, refusals }: CollectorStatus): Generator<Diagnosis> {
  const recent = refusals.filter(({ timeMs }) => Date.now() - timeMs < recentMs);
  const isSettled = (received.lastMs ?? 0) > (recent[0]?.timeMs ?? 0);
  const isFault = recent.length > 0 && (!isSettled || goesOn(recent));
  const counts = [
    ...(received.rejectedSpans > 0 ? [`It has rejected ${countOf(received.rejectedSpans, 'span')}.`] : []),
    ...(received.refusedRequests > 0 ? [`It has refused ${countOf(received.refusedRequests, 'request')}.`] : []),
  ];
  const since = isSettled ? 'Spans have come since.' : `The last was ${agoOf(refusals[0]?.timeMs ?? 0)}.`;
  for (const text of counts) yield isFault ? { state: 'bad', text } : { state: 'note', text: `${text} ${since}` };
  for (const { timeMs, path, status: code, message } of refusals.slice(0, 5)) {
    yield { state: 'note', text: `${agoOf(timeMs)}, ${path}: ${code} ${message}` };
  }
}

/** The same twice, by a sender beside those that succeed. What the doctor itself has tried at a wrong address does not count. */
function goesOn(recent: CollectorStatus['refusals']): boolean {
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
      if (found !== undefined) return { state: 'good', text: `A test span as ${way} arrived, and is found` };
      if (Date.now() > deadlineMs) break;
      await wait(50);
    }
    return { state: 'bad', text: `A test span as ${way} was accepted, but cannot be found.` };
  } catch (error) {
    return { state: 'bad', text: `A test span as ${way} failed: ${error instanceof Error ? error.message : error}` };
  }
}
