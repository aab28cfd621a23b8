const { once } = require('node:events');
const { getTracer, withSpan } = require('@waymark/core');

const tracer = getTracer({ serviceName: 'worker', logLevel: 'none' });

const { Worker } = require('bullmq');
const { Redis } = require('ioredis');
const { instrumentLibraries } = require('@waymark/core/libraries');
instrumentLibraries();

const connection = { port: Number(process.env.REDIS_PORT) };
const redis = new Redis(connection);

const worker = new Worker(
  process.argv[2],
  async () => {
    await redis.set('k', 'secret');
    await withSpan('work', () => redis.get('k'));
  },
  { connection },
);

async function main() {
  await once(worker, 'completed');
  await worker.close(); // it waits for the span of the job
  redis.disconnect();
  await tracer.flush();
}

main();
