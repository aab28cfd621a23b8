// Adds a job and waits until it is processed. A worker with five at a time processes it, in the same service; some jobs fail.
'use strict';
const { fails, jobData } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { pattern: /mails/, kind: 'producer' },
  { pattern: /mails/, kind: 'consumer', fails: fails(n) },
];

exports.open = async ({ load, server, ownSpan, telemetry }) => {
  const { Queue, Worker } = load('bullmq');
  const options = { connection: server, ...(telemetry && { telemetry: telemetry() }) };
  const queue = new Queue('mails', options);
  const waiting = new Map();
  const worker = new Worker(
    'mails',
    async (job) => {
      const { n } = job.data;
      ownSpan(n);
      if (fails(n)) throw new Error('The mail could not be sent.');
      return jobData(n);
    },
    { ...options, concurrency: 5 },
  );
  worker.on('completed', (job) => waiting.get(job.data.n)?.());
  worker.on('failed', (job) => waiting.get(job.data.n)?.());
  await worker.waitUntilReady();
  return {
    run: (n) =>
      new Promise((resolve, reject) => {
        waiting.set(n, resolve);
        queue.add('welcome', { n, secret: jobData(n) }, { removeOnComplete: true, removeOnFail: true }).catch(reject);
      }),
    async close() {
      await worker.close();
      await queue.close();
    },
  };
};
