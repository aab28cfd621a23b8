// The faults have no effect on the traced process: it goes on, and it ends by itself.
import { runScript } from '../processes/script.ts';
import { hopelessFaults, passingFaults } from './faults.ts';
import { type FaultyCollector, startFaultyCollector } from './faulty-collector.ts';

jest.setTimeout(60_000);

interface Outcome {
  /** From the first span, or a moment that the script chooses, to the end of the process. */
  readonly seconds: number;
  readonly stats: readonly {
    readonly ended: number;
    readonly exported: number;
    readonly waiting: number;
    readonly dropped: Readonly<Record<string, number>>;
  }[];
}

async function startAll(): Promise<{ origins: string[]; collectors: FaultyCollector[] } & AsyncDisposable> {
  const collectors: FaultyCollector[] = [];
  const origins: string[] = ['http://collector.invalid:4318'];
  for (const { fault, isSecure } of [...passingFaults, ...hopelessFaults]) {
    const collector = await startFaultyCollector(isSecure);
    await collector.become(fault);
    collectors.push(collector);
    origins.push(`${isSecure ? 'https' : 'http'}://127.0.0.1:${collector.port}`);
  }
  return {
    origins,
    collectors,
    async [Symbol.asyncDispose]() {
      for (const collector of collectors) await collector[Symbol.asyncDispose]();
    },
  };
}

/** A process that sends in every format to every collector. */
function scriptFor(origins: readonly string[], then: string): string {
  return `
    const { zipkinExporter } = require('@waymark/core/zipkin');
    let begunMs = performance.now();
    const tracers = ${JSON.stringify(origins)}.flatMap((origin) => {
      const batch = { scheduleDelayMs: 20, maxExportBatchSize: 10 };
      const otlp = { url: origin + '/v1/traces', batch };
      const exporters = [
        otlpExporter(otlp),
        otlpExporter({ ...otlp, protocol: 'http/json' }),
        zipkinExporter({ url: origin + '/api/v2/spans', batch }),
      ];
      return exporters.map((exporter) => createTracer({ serviceName: 'host', exporter, logLevel: 'none' }));
    });
    for (const tracer of tracers) for (let count = 0; count < 25; count++) tracer.startSpan('work').end();
    process.on('exit', () => {
      const stats = tracers.map((tracer) => tracer.stats());
      console.log(JSON.stringify({ seconds: (performance.now() - begunMs) / 1000, stats }));
    });
    ${then}
  `;
}

async function meetAll(then: string): Promise<Outcome> {
  await using all = await startAll();
  const { stdout, ...ending } = await runScript(scriptFor(all.origins, then), '');
  expect(ending).toEqual({ code: 0, signal: null, stderr: '' }); // an exception or a rejection would change them
  const outcome = JSON.parse(stdout) as Outcome; // the script prints it
  expect(outcome.stats).toHaveLength(3 * all.origins.length);
  for (const { ended, exported, waiting, dropped } of outcome.stats) {
    expect(ended).toBe(25);
    expect(exported + waiting + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(25);
  }
  return outcome;
}

test('a process that meets all faults at once ends by itself, within the time for a last flush', async () => {
  const { seconds } = await meetAll('');
  expect(seconds).toBeLessThan(10); // 3 s for the flush, the rest for a busy machine
});

test('shutdown() reports the losses, and the process ends', async () => {
  const { seconds } = await meetAll(
    'Promise.all(tracers.map((tracer) => tracer.shutdown({ timeoutMs: 1000 }))).then((reports) => {' +
      "if (reports.some(({ delivered, lost, complete }) => delivered > 0 || (complete && lost !== 25))) throw new Error('wrong report');" +
      '});',
  );
  expect(seconds).toBeLessThan(10);
});

test('a process that calls process.exit() ends at once', async () => {
  const { seconds } = await meetAll('setTimeout(() => { begunMs = performance.now(); process.exit(); }, 200);');
  expect(seconds).toBeLessThan(4);
});
