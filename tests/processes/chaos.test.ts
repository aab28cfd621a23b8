// A service under load. The service and its collector are killed and started again and again. Every span of a sealed batch arrives.
// WAYMARK_CHAOS_SECONDS=600 for a longer run, WAYMARK_TEST_SEED=… to repeat a run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type RunningScript, runScript, startScript } from './script.ts';

const seconds = Number(process.env.WAYMARK_CHAOS_SECONDS ?? 8);
const seed = Number(process.env.WAYMARK_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

jest.setTimeout((seconds + 60) * 1000);

const batchSize = 10;

/** Writes the names of spans into a file, and then answers. Prints its port. */
const collectorCode = `
  const { appendFileSync } = require('node:fs');
  const [, file, port] = process.argv;
  require('node:http').createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      const spans = JSON.parse(body).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
      appendFileSync(file, spans.map(({ name }) => name + '\\n').join(''));
      response.end();
    });
  }).listen(Number(port), '127.0.0.1', function () { console.log(this.address().port); });
`;

/** Makes spans continuously, and keeps a journal of how many of them are in written batches. */
const serviceCode = `
  const { appendFileSync } = require('node:fs');
  const { LIFE: life, JOURNAL: journal } = process.env;
  const batch = { maxExportBatchSize: ${batchSize}, maxQueueSize: 400, scheduleDelayMs: 60_000 };
  const tracer = makeTracer({ exporter: otlpExporter({ url, protocol: 'http/json', batch }), logLevel: 'none' });
  let made = 0;
  function work() {
    for (let count = 0; count < 23; count++) tracer.startSpan(life + '-' + made++).end();
    // The queue writes sealed batches in the next turn.
    setImmediate(() => setImmediate(() => {
      const { ended, exported, waiting, spooled, dropped } = tracer.stats();
      const adds = ended === exported + waiting + spooled && Object.keys(dropped).length === 0;
      appendFileSync(journal, adds ? life + ' ' + (made - made % ${batchSize}) + '\\n' : JSON.stringify(tracer.stats()) + '\\n');
      setTimeout(work, 4);
    }));
  }
  work();
  console.log('ready');
`;

function createRandom(start: number): () => number {
  let state = start;
  return () => {
    // Mulberry32, by Tommy Ettinger.
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

test(`every span of a sealed batch arrives, whatever is killed (WAYMARK_TEST_SEED=${seed})`, async () => {
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'waymark-chaos-'));
  const [arrivals, journal] = [join(folder, 'arrivals'), join(folder, 'journal')] as const;
  for (const file of [arrivals, journal]) writeFileSync(file, '');
  const env = { WAYMARK_SPOOL_DIRECTORY: join(folder, 'spool'), JOURNAL: journal };

  async function startCollector(port: number) {
    const child = spawn(process.execPath, ['-e', collectorCode, arrivals, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer]; // it prints one line
    return { child, port: Number(String(line)) };
  }

  async function startService(life: number): Promise<RunningScript> {
    const service = startScript(serviceCode, url, { env: { ...env, LIFE: String(life) } });
    await service.says('ready');
    return service;
  }

  let collector: Awaited<ReturnType<typeof startCollector>> | undefined = await startCollector(0);
  const { port } = collector;
  const url = `http://127.0.0.1:${port}/v1/traces`;
  let lives = 0;
  let collectorKills = 0;
  let service = await startService(lives);
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 400));
    if (collector === undefined) {
      collector = await startCollector(port);
    } else if (random() < 0.5) {
      collectorKills++;
      collector.child.kill('SIGKILL');
      await once(collector.child, 'exit');
      collector = undefined;
    }
    if (random() < 0.4) {
      service.kill('SIGKILL');
      await service.ended;
      service = await startService(++lives);
    }
  }
  collector ??= await startCollector(port);
  service.kill('SIGKILL');
  await service.ended;
  const ending = await runScript(
    `
      const tracer = makeTracer({ exporter: otlpExporter({ url, protocol: 'http/json' }) });
      const timer = setInterval(() => {
        const { replay } = tracer.stats().exporters[0];
        if (replay.isComplete) clearInterval(timer);
      }, 10);
      process.on('exit', () => console.log(JSON.stringify(tracer.stats().exporters[0].replay.dropped)));
    `,
    url,
    { env },
  );
  expect(ending).toMatchObject({ code: 0, stdout: '{}\n' });
  collector.child.kill('SIGKILL');

  const arrived = linesOf(arrivals);
  const seen = new Set(arrived);
  const sealed = new Map<string, number>();
  for (const line of linesOf(journal)) {
    const [life = '', count = ''] = line.split(' ');
    if (!/^\d+ \d+$/.test(line)) throw new Error(`the journal has no count of ended spans: ${line}`);
    sealed.set(life, Number(count));
  }
  const missing: string[] = [];
  for (const [life, count] of sealed) {
    for (let index = 0; index < count; index++) if (!seen.has(`${life}-${index}`)) missing.push(`${life}-${index}`);
  }
  expect(missing).toEqual([]);
  const duplicates = arrived.length - seen.size;
  if (process.env.WAYMARK_CHAOS_SECONDS !== undefined) {
    console.log({ seed, spans: seen.size, lives: lives + 1, collectorKills, duplicates });
  }
  // Four requests of its spans and one of found batches, from one process at a time.
  expect(duplicates).toBeLessThanOrEqual((lives + 1 + collectorKills) * 5 * batchSize);
  expect(seen.size).toBeGreaterThan(1000);
  rmSync(folder, { recursive: true });
});
