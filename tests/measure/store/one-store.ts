// Measures one store in this process, and writes what it found as JSON: spans are sent over HTTP, in turns to a collector that keeps
// them and to one that decodes and discards them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CollectorOptions, startCollector } from 'waymark';
import { createSeededTraces } from './seeded-traces.ts';

export interface StoreFigures {
  readonly node: string;
  readonly driver: string;
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly spanCount: number;
  readonly traceCount: number;
  readonly fileBytes: number;
  /** While the last tenth of them came. Spans a second; and the median of how many times longer than discarding, with the quartiles. */
  readonly spansPerSecond: number;
  readonly ratio: readonly [lower: number, median: number, upper: number];
  readonly worstBatchMs: number;
  readonly queries: readonly Timed[];
}

export interface Timed {
  readonly name: string;
  /** Lower quartile, median, upper quartile. */
  readonly ms: readonly [number, number, number];
}

const batchSpans = 512;
const batchesPerTurn = 8;
const rounds = 41;

const [driver = '', ...counts] = process.argv.slice(2);
void measure(driver as NonNullable<CollectorOptions['driver']>, counts.map(Number)).then((figures) => {
  console.log(JSON.stringify(figures));
});

async function measure(name: NonNullable<CollectorOptions['driver']>, sizes: readonly number[]): Promise<StoreFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-measure-'));
  const path = join(folder, 'traces.db');
  const limits = { maxSpans: 10_000_000, maxBytes: 2 ** 40 };
  const keeping = await startCollector({ port: 0, path, driver: name, limits });
  const discarding = await startCollector({ port: 0, discards: true });
  // A million spans in six hours.
  const everyMs = (6 * 3_600_000) / (1_000_000 / 13);
  const traces = createSeededTraces({ startMs: Date.now() - 6 * 3_600_000, everyMs });
  const stages: Stage[] = [];
  let sent = 0;
  try {
    for (const size of sizes) {
      const turns: { keepMs: number; discardMs: number }[] = [];
      let worstBatchMs = 0;
      while (sent < size) {
        const bodies = Array.from({ length: batchesPerTurn }, () => traces.nextBody(batchSpans));
        sent += batchesPerTurn * batchSpans;
        const isMeasured = sent > 0.9 * size;
        const discardMs = isMeasured ? await send(discarding.otlpUrl, bodies) : 0;
        const keepMs = await send(keeping.otlpUrl, bodies, (ms) => {
          if (isMeasured) worstBatchMs = Math.max(worstBatchMs, ms);
        });
        if (isMeasured) turns.push({ keepMs, discardMs });
      }
      const queries = await ask(keeping.url, traces.sample);
      const status = (await getJson(`${keeping.url}/waymark/status`)) as {
        store: { spanCount: number; traceCount: number; byteCount: number };
      };
      if (status.store.spanCount !== sent) throw new Error(`${sent} spans sent, ${status.store.spanCount} are there`);
      stages.push({
        spanCount: sent,
        traceCount: status.store.traceCount,
        fileBytes: status.store.byteCount,
        spansPerSecond: Math.round(
          (batchesPerTurn * batchSpans * 1000) / quartiles(turns.map(({ keepMs }) => keepMs))[1],
        ),
        ratio: quartiles(turns.map(({ keepMs, discardMs }) => keepMs / discardMs)),
        worstBatchMs,
        queries,
      });
    }
    return { node: process.versions.node, driver: name, stages };
  } finally {
    await keeping.close();
    await discarding.close();
    rmSync(folder, { recursive: true });
  }
}

async function send(url: string, bodies: readonly Buffer[], onBatch = (_ms: number): void => {}): Promise<number> {
  const startMs = performance.now();
  for (const body of bodies) {
    const batchMs = performance.now();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${response.status}`);
    onBatch(performance.now() - batchMs);
  }
  return performance.now() - startMs;
}

/** In turns, so that what disturbs the machine disturbs them all. */
async function ask(url: string, sample: { traceIds: readonly string[]; userIds: readonly string[] }): Promise<Timed[]> {
  const pick = (items: readonly string[], round: number): string => items[(round * 37) % items.length] ?? '';
  const searchFor = (query: string): string => `/waymark/traces?query=${encodeURIComponent(query)}`;
  const questions: readonly (readonly [name: string, path: (round: number) => string])[] = [
    ['newest 50 traces', () => '/waymark/traces'],
    ['indexed attribute, few: `user.id:u1234`', (round) => searchFor(`user.id:${pick(sample.userIds, round)}`)],
    ['indexed attribute, many: `http.route:"/orders"`', () => searchFor('http.route:"/orders"')],
    ['indexed attribute that no trace has', (round) => searchFor(`user.id:nobody${round}`)],
    ['`service:orders status:error`, on one span', () => searchFor('service:orders status:error')],
    ['open a trace', (round) => `/waymark/traces/${pick(sample.traceIds, round)}`],
    ['percentiles of all operations, all time', () => '/waymark/operations'],
    ['percentiles of all operations, last hour', () => `/waymark/operations?startMs=${Date.now() - 3_600_000}`],
    ['map of services, all time', () => '/waymark/map'],
    ['2,000 points', () => '/waymark/scatter?limit=2000'],
    ['errors, grouped', () => '/waymark/errors'],
    ['text, one call (200 ms at most)', () => searchFor('"nowhere to be found"')],
  ];
  const times = questions.map((): number[] => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, [, path]] of questions.entries()) {
      const startMs = performance.now();
      await getJson(url + path(Math.abs(round)));
      if (round >= 0) times[index]?.push(performance.now() - startMs);
    }
  }
  return questions.map(([name], index) => ({ name, ms: quartiles(times[index] ?? []) }));
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response.json();
}

function quartiles(numbers: readonly number[]): [number, number, number] {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return [at(0.25), at(0.5), at(0.75)];
}
