// A job queue: the request that adds a job, and the worker that processes it later, are one trace.
// It needs a Redis: docker run -p 6379:6379 redis, or yours in REDIS_URL.
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { getTracer, withSpan } from '@waymark/core';
import { Queue, Worker } from 'bullmq';

getTracer({ serviceName: 'mail', exporter: 'console' });

const connection = { url: process.env.REDIS_URL ?? 'redis://localhost' };
const queue = new Queue('waymark-emails', { connection });

// The worker is usually another process. There, getTracer() or instrumentLibraries() comes before `new Worker()`.
const worker = new Worker(
  'waymark-emails',
  async (job) => {
    await withSpan('renderEmail', () => wait(5));
    // The span of the job fails with its job. Its data is not recorded.
    if (job.data.to === 'nobody') throw new Error('the address does not exist');
  },
  { connection },
);

await withSpan('checkout', () => queue.add('receipt', { to: 'ada@example.com' }));
await once(worker, 'completed');

await withSpan('checkout', () => queue.add('receipt', { to: 'nobody' }));
await once(worker, 'failed');

await queue.obliterate({ force: true });
await worker.close();
await queue.close();

// What you should see:
//
// trace 85b854d1fd20f763bebb7d0f750971af  2 spans, 1 service, 32.2 ms
// mail checkout                                    32.2 ms  ─────────────────────────
// └─ ⇢ add waymark-emails bullmq.job.name=receipt  30.4 ms   ───────────────────────╴
//
// trace 85b854d1fd20f763bebb7d0f750971af  3 spans, 1 service, 20.4 ms, late: its parent had ended
// mail ▹ process waymark-emails bullmq.job.name=receipt bullmq.jo…  20.4 ms  ─────────────────────────
// ├─ renderEmail                                                    15.5 ms  ╶──────────────────╴
// └─ → complete waymark-emails bullmq.job.name=receipt              1.91 ms                      ╶─╴
//
// trace 955b77237656aa3ab8c8a07414d7962c  2 spans, 1 service, 3.56 ms
// mail checkout                                    3.56 ms  ─────────────────────────
// └─ ⇢ add waymark-emails bullmq.job.name=receipt  3.27 ms   ╶──────────────────────╴
//
// trace 955b77237656aa3ab8c8a07414d7962c  3 spans, 1 service, 13.6 ms, 1 failed, late: its parent had ended
// mail ▹ process waymark-emails bullmq.job.name=receipt bullmq.jo…  13.6 ms  ─────────────────────────
// │ ✗ Error: the address does not exist
// ├─ renderEmail                                                    5.35 ms  ──────────
// └─ → fail waymark-emails bullmq.job.name=receipt                  5.06 ms              ─────────╴
