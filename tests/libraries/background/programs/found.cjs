// Libraries that nothing was written for: loaded before the tracer is made, by require(). Prints the spans.
const { once } = require('node:events');
const { spawn } = require('child_process'); // the name without `node:`
const nodeCron = require(process.argv[2]);
const { CronJob } = require('cron');
const { getTracer, withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'found', exporter, logLevel: 'none' });

setImmediate(async () => {
  let output = '';
  await withSpan('request', async () => {
    const child = spawn(process.execPath, ['-p', 'process.env.TRACEPARENT'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8').on('data', (part) => {
      output += part;
    });
    await once(child, 'close');
  });
  const task = nodeCron.schedule('* * * * * *', async () => withSpan('swept', () => {}));
  const job = new CronJob('0 0 1 1 *', () => withSpan('cleaned', () => {}));
  await job.fireOnTick();
  await exporter.waitFor(6, { timeoutMs: 10_000 });
  await task.stop();
  console.log(JSON.stringify({ output, spans: exporter.spans.slice(0, 6) }));
  process.exit();
});
