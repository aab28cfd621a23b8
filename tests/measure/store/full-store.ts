// Measures two full stores in this process, in turns: one of spans with few names, one in which each span has a different name. Writes
// what it found as JSON.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CollectorOptions, startCollector } from 'waymark';
import { createSeededTraces } from './seeded-traces.ts';

export interface FullStoreFigures {
  readonly node: string;
  readonly driver: string;
  readonly maxBytes: number;
  readonly stages: readonly FullStage[];
}

export interface FullStage {
  /** Spans, and so names, that the store with unique names has been sent. */
  readonly sent: number;
  readonly fewNames: FullStore;
  readonly uniqueNames: FullStore;
  /** How many times longer a request takes with unique names: the median, with the quartiles. */
  readonly ratio: readonly [lower: number, median: number, upper: number];
}

interface FullStore {
  readonly keptSpans: number;
  readonly evictedSpans: number;
  /** The file and its log. */
  readonly diskBytes: number;
  /** Of a request. */
  readonly medianMs: number;
  readonly worstMs: number;
}

const maxBytes = 32 * 1024 * 1024;
const batchSpans = 512;
const turnsPerStage = 40;

const [driver = '', ...counts] = process.argv.slice(2);
void measure(driver as NonNullable<CollectorOptions['driver']>, counts.map(Number)).then((figures) => {
  console.log(JSON.stringify(figures));
});

/** @param sizes In order; the first is more than fits. */
async function measure(
  name: NonNullable<CollectorOptions['driver']>,
  sizes: readonly number[],
): Promise<FullStoreFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-measure-'));
  const few = await openStore(join(folder, 'few.db'), name, false);
  const unique = await openStore(join(folder, 'unique.db'), name, true);
  const stages: FullStage[] = [];
  try {
    await few.sendUpTo((sizes[0] ?? 0) - turnsPerStage * batchSpans);
    for (const size of sizes) {
      await unique.sendUpTo(size - turnsPerStage * batchSpans);
      const turns: { fewMs: number; uniqueMs: number }[] = [];
      for (let turn = 0; turn < turnsPerStage; turn++) {
        turns.push({ fewMs: await few.send(), uniqueMs: await unique.send() });
      }
      stages.push({
        sent: unique.sent(),
        fewNames: await few.read(turns.map(({ fewMs }) => fewMs)),
        uniqueNames: await unique.read(turns.map(({ uniqueMs }) => uniqueMs)),
        ratio: quartiles(turns.map(({ fewMs, uniqueMs }) => uniqueMs / fewMs)),
      });
    }
    return { node: process.versions.node, driver: name, maxBytes, stages };
  } finally {
    await few.close();
    await unique.close();
    rmSync(folder, { recursive: true });
  }
}

async function openStore(path: string, name: NonNullable<CollectorOptions['driver']>, hasUniqueNames: boolean) {
  const collector = await startCollector({ port: 0, path, driver: name, limits: { maxBytes } });
  // A million spans in six hours.
  const everyMs = (6 * 3_600_000) / (1_000_000 / 13);
  const traces = createSeededTraces({ startMs: Date.now() - 6 * 3_600_000, everyMs, hasUniqueNames });
  let sent = 0;

  /** @returns How long the request took, in milliseconds. */
  async function send(): Promise<number> {
    const body = new Uint8Array(traces.nextBody(batchSpans));
    const startMs = performance.now();
    const response = await fetch(collector.otlpUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body,
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${response.status}`);
    sent += batchSpans;
    return performance.now() - startMs;
  }

  return {
    send,
    sent: () => sent,
    async sendUpTo(count: number): Promise<void> {
      while (sent < count) await send();
    },
    async read(times: readonly number[]): Promise<FullStore> {
      const response = await fetch(`${collector.url}/waymark/status`);
      const { store } = (await response.json()) as { store: { spanCount: number; evictedCount: number } };
      if (store.spanCount + store.evictedCount !== sent)
        throw new Error(`${sent} spans were sent, others are counted.`);
      return {
        keptSpans: store.spanCount,
        evictedSpans: store.evictedCount,
        diskBytes: [path, `${path}-wal`].reduce((sum, file) => sum + statSync(file).size, 0),
        medianMs: quartiles(times)[1],
        worstMs: Math.max(...times),
      };
    },
    close: () => collector.close(),
  };
}

function quartiles(numbers: readonly number[]): [number, number, number] {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return [at(0.25), at(0.5), at(0.75)];
}
