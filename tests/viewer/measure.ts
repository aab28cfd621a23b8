// `npm run measure:viewer`: measures the speed of the viewer with large traces and its size, and writes docs/viewer-figures.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { startCollector } from 'waymark';
import { findBrowser } from './find-browser.ts';
import { makeLargeTrace, sendMadeTrace } from './made-trace.ts';
import { type Measured, measureTrace, type TraceFigures } from './measure-trace.ts';

const executablePath = findBrowser();
const viewerFolder = join(dirname(require.resolve('waymark/package.json')), 'dist/viewer');

/** The number of runs. Other work on the machine only adds time, so the smallest figure counts. */
const runCount = 5;

main();

async function main(): Promise<void> {
  if (executablePath === undefined) throw new Error('there is no browser to measure in');
  const figures: TraceFigures[] = [];
  const shared: { spanCount: number; bytes: number }[] = [];
  for (const spanCount of [5_000, 50_000, 200_000]) {
    await using collector = await startCollector({ port: 0 });
    const traceId = String(spanCount).padStart(32, '0');
    await sendMadeTrace(collector.url, traceId, makeLargeTrace(spanCount));
    figures.push(await measureInBrowser(executablePath, `${collector.url}/trace/${traceId}`));
    const html = await fetch(`${collector.url}/waymark/traces/${traceId}/share.html`);
    shared.push({ spanCount, bytes: (await html.arrayBuffer()).byteLength });
    console.error(figures.at(-1));
  }
  writeFileSync(join(__dirname, '../../docs/viewer-figures.md'), renderPage(figures, shared));
}

/** Each run has a new browser. */
async function measureInBrowser(path: string, url: string): Promise<TraceFigures> {
  const runs: TraceFigures[] = [];
  for (let run = 0; run < runCount; run++) {
    const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu'] });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    runs.push(await measureTrace(page, url, 'TimeoutError'));
    await browser.close();
  }
  const smallest = (read: (run: TraceFigures) => number) => Math.min(...runs.map(read));
  const smallestOf = (read: (run: TraceFigures) => Measured): Measured => ({
    ms: smallest((run) => read(run).ms),
    longestTaskMs: smallest((run) => read(run).longestTaskMs),
  });
  return {
    spanCount: runs[0]?.spanCount ?? 0,
    open: smallestOf((run) => run.open),
    fold: smallestOf((run) => run.fold),
    scroll: smallestOf((run) => run.scroll),
    worstScrollFrameMs: smallest((run) => run.worstScrollFrameMs),
    search: smallestOf((run) => run.search),
  };
}

function renderPage(figures: readonly TraceFigures[], shared: readonly { spanCount: number; bytes: number }[]): string {
  const rows = figures.map(
    ({ spanCount, open, fold, scroll, worstScrollFrameMs, search }) =>
      `| ${count(spanCount)} | ${cell(open)} | ${cell(fold)} | ${cell(scroll)}, worst ${Math.round(worstScrollFrameMs)} | ${cell(search)} |`,
  );
  const files = readdirSync(viewerFolder).map((name) => ({
    name,
    gzipBytes: gzipSync(readFileSync(join(viewerFolder, name)), { level: 9 }).length,
  }));
  const total = files
    .filter(({ name }) => !name.startsWith('share.'))
    .reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  const sizeOf = (pattern: RegExp) =>
    kilobytes(files.filter(({ name }) => pattern.test(name)).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0));
  return `# How fast the viewer is

Written by \`npm run measure:viewer\`: a collector in memory, headless Chromium without a GPU, 1440 × 900; the smallest figure of ${runCount} runs,
because other work on the machine only adds time. Milliseconds, and after the slash the longest task (0: none over 50 ms,
because browsers report no shorter ones). Machine: ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; load ${loadavg()[0]?.toFixed(1)} while measured.

| spans | open | fold, unfold | frame while scrolling | find text |
|---|---|---|---|---|
${rows.join('\n')}

- **Open**: from the navigation to the frame after the first rows. Includes fetching, parsing and analysing in a worker.
- **Fold, unfold**: the root, from the click to the frame with the new rows. The median of ten.
- **Scrolling**: a hundred steps of one screen, with all rows unfolded. The median frame, and the longest. Chromium's profiler
  shows about 7 ms of script per step for any size. Much longer frames are due to other work on the machine.
- **Find text**: from the last letter to the count. Includes 150 ms of waiting for the next letter, and the collector's search.

## Sizes, gzip

| | kB |
|---|---|
| all files of the viewer (at most 110) | ${kilobytes(total)} |
| the chunk of the trace screen | ${sizeOf(/^part-trace-screen/)} |
| the worker that parses and analyses traces | ${sizeOf(/^trace-worker/)} |
| the layout worker of the map, loaded on the map screen | ${sizeOf(/^map-layout-worker/)} |

| a shared file of | kB |
|---|---|
${shared.map(({ spanCount, bytes }) => `| ${count(spanCount)} spans | ${kilobytes(bytes)} |`).join('\n')}
`;
}

function cell({ ms, longestTaskMs }: Measured): string {
  return `${Math.round(ms)} / ${Math.round(longestTaskMs)}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
