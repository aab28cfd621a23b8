// The same with ES modules, which load after the tracer was made.
import { once } from 'node:events';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { getTracer, withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'found', exporter, logLevel: 'none' });

const { spawn } = await import('node:child_process');
const { schedule } = await import(process.argv[2]).then((exported) => exported.default ?? exported);
const { CronJob } = await import('cron');
await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

let output = '';
await withSpan('request', async () => {
  const child = spawn(process.execPath, ['-p', 'process.env.TRACEPARENT'], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8').on('data', (part) => {
    output += part;
  });
  await once(child, 'close');
});
const task = schedule('* * * * * *', async () => withSpan('swept', () => {}));
const job = new CronJob('0 0 1 1 *', () => withSpan('cleaned', () => {}));
await job.fireOnTick();
await exporter.waitFor(6, { timeoutMs: 10_000 });
await task.stop();
console.log(JSON.stringify({ output, spans: exporter.spans.slice(0, 6) }));
process.exit();
