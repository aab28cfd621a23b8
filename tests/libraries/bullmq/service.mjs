import { createRequire } from 'node:module';
import { Queue } from 'bullmq';

// Node loads TypeScript by require() only.
const { getTracer, withSpan } = createRequire(import.meta.url)('@waymark/core');

const tracer = getTracer({ serviceName: 'service', logLevel: 'none' });
const queue = new Queue(process.argv[2], { connection: { port: Number(process.env.REDIS_PORT) } });

await withSpan('request', () => queue.add('welcome', { to: 'secret' }));
await queue.close();
await tracer.flush();
