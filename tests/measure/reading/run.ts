// `npm run measure:reading [-- --before <folder of another checkout>]`: how long senders wait while 24 clients search strings, for
// each SQLite driver, compared with senders alone. With another checkout both are measured in turns. Writes its part of
// docs/collector-figures.md.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findNode } from '../../matrix/node-binaries.ts';
import { createSeededTraces } from '../store/seeded-traces.ts';
import { writeSection } from '../write-section.ts';

const root = join(__dirname, '../../..');
const storedSpans = 100_000;
const searchers = 24;
const batchSpans = 128;
const everyMs = (batchSpans / 5000) * 1000;
const roundMs = 5000;
const rounds = 3;

interface Subject {
  readonly version: 'before' | 'now';
  readonly node: number;
  readonly driver: string;
  readonly url: string;
  readonly child: ChildProcess;
  readonly folder: string;
  /** Of each batch, from when it was due until its answer. */
  readonly alone: number[];
  readonly searched: number[];
  searches: number;
}

const keepAlive = new Agent({ keepAlive: true });

void measure();

async function measure(): Promise<void> {
  const { values } = parseArgs({ options: { before: { type: 'string' } } });
  const folders = [
    ...(values.before === undefined ? [] : ([['before', resolve(values.before)]] as const)),
    ['now', root],
  ] as const;
  const subjects: Subject[] = [];
  try {
    for (const [node, driver] of [
      [24, 'node:sqlite'],
      [20, 'node-sqlite3-wasm'],
    ] as const) {
      for (const [version, folder] of folders) subjects.push(await start(version, folder, node, driver));
    }
    for (let round = 0; round < rounds; round++) {
      for (const subject of subjects) {
        subject.alone.push(...(await sendFor(subject.url, roundMs)));
        const search = startSearching(subject.url);
        subject.searched.push(...(await sendFor(subject.url, roundMs)));
        subject.searches += await search.stop();
        console.log(`round ${round + 1}: ${line(subject)}`);
      }
    }
  } finally {
    for (const { child, folder } of subjects) {
      child.stdin?.end();
      await new Promise((ended) => (child.exitCode === null ? child.once('exit', ended) : ended(undefined)));
      rmSync(folder, { recursive: true, force: true });
    }
    keepAlive.destroy();
  }
  writeSection(join(root, 'docs/collector-figures.md'), 'Sending while others search', section(subjects));
}

async function start(version: Subject['version'], checkout: string, node: number, driver: string): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-measure-'));
  const args = ['-r', 'esbuild-register', '--conditions=@waymark/source', '--disable-warning=ExperimentalWarning'];
  const index = join(checkout, 'packages/waymark/src/index.ts');
  const child = spawn(
    findNode(node),
    [...args, join(__dirname, 'collector.ts'), index, join(folder, 'traces.db'), driver],
    { cwd: checkout, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [url] = (await new Promise<string[]>((found, reject) => {
    createInterface({ input: child.stdout }).once('line', (text) => found([text]));
    child.once('exit', (code) => reject(new Error(`The collector ended with ${code}.`)));
  })) as [string];
  const traces = createSeededTraces({ startMs: Date.now() - 3_600_000, everyMs: 30 });
  for (let sent = 0; sent < storedSpans; sent += 512) await send(url, traces.nextBody(512));
  console.log(`${driver} on Node ${node}, ${version}: ${storedSpans} spans are there`);
  return { version, node, driver, url, child, folder, alone: [], searched: [], searches: 0 };
}

let seed = 1;

/** When they are due, whether or not the ones before have been answered. @returns How long each took. */
async function sendFor(url: string, durationMs: number): Promise<number[]> {
  const traces = createSeededTraces({ seed: ++seed, startMs: Date.now(), everyMs: 3 });
  const bodies = Array.from({ length: Math.ceil(durationMs / everyMs) }, () => traces.nextBody(batchSpans));
  const startMs = performance.now();
  const sent: Promise<number>[] = [];
  for (const [index, body] of bodies.entries()) {
    const dueMs = startMs + index * everyMs;
    await wait(Math.max(dueMs - performance.now(), 0));
    sent.push(send(url, body).then(() => performance.now() - dueMs));
  }
  return Promise.all(sent);
}

function send(url: string, body: Buffer): Promise<void> {
  return exchange(`${url}/v1/traces`, { method: 'POST', body });
}

/** Each asks again as soon as it is answered. */
function startSearching(url: string): { stop(): Promise<number> } {
  let isOver = false;
  let count = 0;
  const searching = Array.from({ length: searchers }, async () => {
    while (!isOver) {
      await exchange(`${url}/waymark/traces?query=${encodeURIComponent('"nowhere to be found"')}`);
      count++;
    }
  });
  return {
    async stop() {
      isOver = true;
      await Promise.all(searching);
      return count;
    },
  };
}

function exchange(url: string, { method = 'GET', body }: { method?: string; body?: Buffer } = {}): Promise<void> {
  return new Promise((done, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    request(url, { method, agent: keepAlive, headers }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) done();
        else reject(new Error(`${response.statusCode} ${url}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}

function section(subjects: readonly Subject[]): string {
  const rows = subjects.map(({ version, node, driver, alone, searched, searches }) => {
    const cells = [alone, searched].flatMap((times) => [at(times, 0.5), at(times, 0.99), at(times, 1)]);
    const searchesPerSecond = (searches / ((rounds * roundMs) / 1000)).toFixed(1);
    return `| ${driver}, Node ${node}, ${version} | ${cells.join(' | ')} | ${searchesPerSecond} |`;
  });
  return `Written by \`npm run measure:reading\`, ${new Date().toISOString().slice(0, 10)}. ${storedSpans.toLocaleString('en')} spans are stored. Senders post
${batchSpans} spans every ${everyMs.toFixed(0)} ms, 5,000 spans a second, without waiting for earlier responses. A time is measured from the moment when a request was due
to its response. Meanwhile ${searchers} clients search all spans for a string that does not occur, again and again. Rounds of
${roundMs / 1000} s, ${rounds} of each, in turns. The collector, the senders and the clients share the machine: ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(0)} at the end.

| milliseconds | alone: median | p99 | longest | with searches: median | p99 | longest | searches a second |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}

The goal is a p99 below 100 ms with searches. With node:sqlite another thread reads. The WebAssembly driver reads and stores in one
thread, where searches yield. The time of senders alone is the lower limit. Other work on the machine is in both.`;
}

function line({ version, driver, alone, searched, searches }: Subject): string {
  return `${driver}, ${version}: p99 alone ${at(alone, 0.99)} ms, with searches ${at(searched, 0.99)} ms, ${searches} searches`;
}

function at(times: readonly number[], share: number): string {
  const sorted = times.toSorted((one, other) => one - other);
  return (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(0);
}
