// What many services begin with: a query, a cached value, a job, and log lines.
'use strict';

exports.operationsOf = () => [];

exports.open = async ({ load, server, telemetry }) => {
  const { Pool } = load('pg');
  const { Redis } = load('ioredis');
  const { Queue, Worker } = load('bullmq');
  const logger = load('pino')({}, { write() {} });
  const pool = new Pool(server.postgres);
  const redis = new Redis(server.redis);
  const options = { connection: server.redis, ...(telemetry && { telemetry: telemetry() }) };
  const queue = new Queue('mails', options);
  let processed;
  const worker = new Worker('mails', async () => redis.incr('mails sent'), options);
  worker.on('completed', () => processed());
  await worker.waitUntilReady();
  await pool.query('create table if not exists orders (id serial primary key, customer integer not null)');
  return {
    async run(n) {
      const isProcessed = new Promise((resolve) => {
        processed = resolve;
      });
      logger.info({ n }, 'order received');
      await redis.get(`customer:${n}`);
      const { rows } = await pool.query('insert into orders (customer) values ($1) returning id', [n]);
      await queue.add('confirm', { order: rows[0].id }, { removeOnComplete: true });
      await isProcessed;
      logger.info({ n }, 'order confirmed');
    },
    async close() {
      await worker.close();
      await queue.close();
      await pool.end();
      redis.disconnect();
    },
  };
};
