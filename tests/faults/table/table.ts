// `npm run faults`: what happens to the spans under each fault, with Waymark and with OpenTelemetry. Writes docs/faults.md and
// docs/faults-figures.md.
//
//   --only 503           rows whose title contains this; the pages are not written
//   --tracers waymark    some of waymark, zipkin, spool, opentelemetry; the pages are not written
//   --stderr             shows the stderr of the services
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPeers } from '../../../benchmarks/peers/install-peers.ts';
import { describeCell, drawFiguresPage, drawLossPage, type PlayedChapter, tracerTitles } from './page.ts';
import { chapters } from './rows.ts';
import type { CellResult, TracerName } from './stage.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, tracers: { type: 'string' }, stderr: { type: 'boolean', default: false } },
  });
  const all = Object.keys(tracerTitles) as TracerName[];
  const tracers = values.tracers === undefined ? all : all.filter((name) => values.tracers?.split(',').includes(name));
  if (tracers.includes('opentelemetry')) installPeers(['opentelemetry']);
  const startMs = Date.now();
  const played: PlayedChapter[] = [];
  for (const { title, rows } of chapters) {
    const chapter: PlayedChapter = { title, rows: [] };
    played.push(chapter);
    for (const row of rows) {
      if (values.only !== undefined && !row.title.includes(values.only)) continue;
      console.log(`\n${title} ${row.title}`);
      // At the same time, so that other work of the machine affects all of them.
      const cells = new Map<TracerName, CellResult>();
      chapter.rows.push({ title: row.title, cells });
      const play = async (tracer: TracerName): Promise<void> => {
        const once = () => playInProcess(row.title, tracer, values.stderr);
        // Tried twice, so that one process that dies does not invalidate a run of ten minutes.
        cells.set(tracer, await once().catch(once));
      };
      await Promise.all(tracers.map(play));
      for (const tracer of tracers) {
        console.log(`  ${tracerTitles[tracer].padEnd(20)} ${describeCell(cells.get(tracer) as CellResult)}`); // just set
      }
    }
  }
  const minutes = (Date.now() - startMs) / 60_000;
  console.log(`\n${minutes.toFixed(1)} minutes`);
  if (values.only !== undefined || values.tracers !== undefined) return;
  const docs = join(__dirname, '../../../docs');
  writeFileSync(join(docs, 'faults.md'), drawLossPage(played, minutes));
  writeFileSync(join(docs, 'faults-figures.md'), drawFiguresPage(played));
}

async function playInProcess(row: string, tracer: TracerName, showsStderr: boolean): Promise<CellResult> {
  const cell = fork(join(__dirname, 'cell.ts'), [row, tracer], {
    execArgv: ['--require=esbuild-register'],
    env: { ...process.env, ...(showsStderr && { FAULTS_STDERR: '1' }) },
  });
  const ended = once(cell, 'exit').then(([code]) => {
    throw new Error(`${row}, ${tracer}: the cell ended with ${code}.`);
  });
  const [result] = (await Promise.race([once(cell, 'message'), ended])) as [CellResult]; // cell.ts
  ended.catch(() => {}); // it may end from here on
  return result;
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
