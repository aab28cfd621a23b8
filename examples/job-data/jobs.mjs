// A job that runs later, in another thread. Its data names the trace that created it.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { extract, getTracer, inject, withSpan } from '@waymark/core';

getTracer({ serviceName: isMainThread ? 'web' : 'worker', exporter: 'console' });

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  await withSpan('POST /exports', async () => {
    const job = { name: 'export', customer: 'ada', trace: {} };
    inject(job.trace); // plain strings, which survive JSON, a database row and postMessage()
    worker.postMessage(job);
  });
  await once(worker, 'exit');
} else {
  const [job] = await once(parentPort, 'message');
  // Hours may have passed, and a job may run twice. So it is a new trace, with a link to the trace that created it. If a request
  // waits for the job, write `parent: extract(job.trace)` in place of `parent` and `links`.
  const creator = extract(job.trace).span?.spanContext();
  const options = { kind: 'consumer', parent: null, links: creator ? [{ context: creator }] : [] };
  await withSpan(`run ${job.name}`, options, async (span) => {
    span.setAttribute('job.customer', job.customer);
    console.log(`created by trace ${creator?.traceId}\n`);
    await withSpan('writeFile', async () => {});
  });
}

// What you should see:
//
// trace 8a93843933c970a8058830f6644f36ac  1 span, 1 service, 0.93 ms
// web POST /exports  0.93 ms  ─────────────────────────
//
// created by trace 8a93843933c970a8058830f6644f36ac
//
// trace 78da5069281dbe16be0b3d8bedf19eb6  2 spans, 1 service, 0.98 ms
// worker ▹ run export job.customer=ada  0.98 ms  ─────────────────────────
// └─ writeFile                          0.11 ms                ──╴
