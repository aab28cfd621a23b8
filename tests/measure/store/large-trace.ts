// Measures one trace that grows to 200,000 spans, in this process, and writes what a batch costs on the way as JSON. Between its batches
// come those of other traces, and the same bodies go to a collector that decodes and discards them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CollectorOptions, startCollector } from 'waymark';
import { createSeededTraces } from './seeded-traces.ts';

export interface LargeTraceFigures {
  readonly spanCount: number;
  /** Milliseconds of a batch of 500 spans, of those after which the trace has this many. */
  readonly stages: readonly {
    readonly spanCount: number;
    readonly ms: Quartiles;
    /** How many times longer than discarding the same batch just before. */
    readonly ratio: Quartiles;
  }[];
}

type Quartiles = readonly [lower: number, median: number, upper: number];

const batchSpans = 500;
const spanCount = 200_000;
// Batches around each of the three moments.
const measured = 40;

void measure(process.argv[2] as NonNullable<CollectorOptions['driver']>).then((figures) => {
  console.log(JSON.stringify(figures));
});

async function measure(driver: NonNullable<CollectorOptions['driver']>): Promise<LargeTraceFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-measure-'));
  const keeping = await startCollector({ port: 0, path: join(folder, 'traces.db'), driver });
  const discarding = await startCollector({ port: 0, discards: true });
  const startMs = Date.now() - 3_600_000;
  const large = createSeededTraces({ startMs, everyMs: 100, oneTrace: true });
  const others = createSeededTraces({ seed: 2, startMs, everyMs: 100 });
  const batches = spanCount / batchSpans;
  const firsts = [0, (batches - measured) / 2, batches - measured];
  const stages = firsts.map((first) => ({ first, ms: [] as number[], ratios: [] as number[] }));
  try {
    // Both are warm before the first batch counts.
    for (let batch = 0; batch < 40; batch++) {
      const body = others.nextBody(batchSpans);
      await send(discarding.otlpUrl, body);
      await send(keeping.otlpUrl, body);
    }
    for (let batch = 0; batch < batches; batch++) {
      const body = large.nextBody(batchSpans);
      const discardMs = await send(discarding.otlpUrl, body);
      const ms = await send(keeping.otlpUrl, body);
      await send(keeping.otlpUrl, others.nextBody(batchSpans));
      const stage = stages.find(({ first }) => batch >= first && batch < first + measured);
      stage?.ms.push(ms);
      stage?.ratios.push(ms / discardMs);
    }
  } finally {
    await keeping.close();
    await discarding.close();
    rmSync(folder, { recursive: true });
  }
  return {
    spanCount,
    stages: stages.map(({ first, ms, ratios }) => ({
      spanCount: (first + measured) * batchSpans,
      ms: quartiles(ms),
      ratio: quartiles(ratios),
    })),
  };
}

async function send(url: string, body: Buffer): Promise<number> {
  const startMs = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${response.status}`);
  return performance.now() - startMs;
}

function quartiles(numbers: readonly number[]): Quartiles {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return [at(0.25), at(0.5), at(0.75)];
}
