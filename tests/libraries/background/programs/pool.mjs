// Tasks of a pool of threads, in requests. Prints the spans and what the tasks return.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { getTracer, withSpan } = require('@waymark/core');
const { tracePiscina } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');

const [packageName, byHand] = process.argv.slice(2);
const exporter = inMemoryExporter();
// An ES module is found only if it loads after the tracer was made; CommonJS is found on Node 20 only if it was loaded before.
const loadedBefore = packageName.startsWith('piscina') ? await import(packageName) : undefined;
getTracer({ serviceName: 'pool', exporter, logLevel: 'none' });
const exported = loadedBefore ?? (await import(packageName));
if (byHand === 'by hand') tracePiscina(exported);
await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const Pool = exported.Piscina ?? exported.Tinypool ?? exported.default;
const pool = new Pool({ filename: new URL('task.cjs', import.meta.url).href, maxThreads: 1, minThreads: 1 });
let result;
let error;
await withSpan('request', async () => {
  result = await pool.run({ order: 7 });
  withSpan('after', () => {});
});
await withSpan('failing', () => pool.run(1, { name: 'fail' })).catch((reason) => {
  error = reason;
});
await Promise.all(
  Array.from({ length: 20 }, (_, index) =>
    withSpan(`many ${index}`, async () => {
      await pool.run({ index });
      withSpan('after', () => {});
    }),
  ),
);
await pool.run({}); // outside of any span
const rejections = [];
process.on('unhandledRejection', ({ message }) => rejections.push(message));
withSpan('forgetful', () => void pool.run(1, { name: 'fail' }));
while (rejections.length === 0) await new Promise((resolve) => setImmediate(resolve));
await pool.destroy();
console.log(JSON.stringify({ spans: exporter.spans, result, error: `${error}`, rejections }));
