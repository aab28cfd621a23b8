// @ts-check
// One order through HTTP, Kafka, gRPC, PostgreSQL and Socket.IO, in one trace of three processes. `npm start` starts them, with a collector, orders
// soup, and prints the trace. With `-- --stay` the viewer stays open. It needs two servers: a broker of Kafka in KAFKA_BROKERS (default 127.0.0.1:9092), and PostgreSQL in DATABASE_URL.
//   docker run -d -p 9092:9092 apache/kafka
//   docker run -d -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { io as connect } from 'socket.io-client';
import { startCollector } from 'waymark';
import { makeTopic } from './kafka.js';
import { startProcess } from './processes.js';

const spansOfAnOrder = 7;

await makeTopic();
const collector = await startCollector({ port: 0 });
const env = {
  ...process.env,
  DATABASE_URL: process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1/postgres',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.otlpUrl,
  OTEL_BSP_SCHEDULE_DELAY: '100', // the default is 5 s, which is long for a demo
};
const stock = await startProcess('stock', env);
const worker = await startProcess('worker', { ...env, STOCK_ADDRESS: stock.address });
const web = await startProcess('web', env);

// The customer's browser: it orders by HTTP, and hears of it by Socket.IO.
const customer = connect(`http://${worker.address}`, { auth: { customer: 'ada' } });
await once(/** @type {any} */ (customer), 'connect');

// The first order of a process loads and compiles code, which would be in its trace: the second is shown.
await order();
const { traceId, reserved } = await order();
console.log(`The soup is reserved, ${reserved.left} are left.\n`);
const bin = join(createRequire(import.meta.url).resolve('waymark/package.json'), '../dist/bin.js');
await once(fork(bin, ['show', traceId, '--url', collector.url]), 'exit');

customer.disconnect();
for (const started of [web, worker, stock]) await started.stop();
if (process.argv.includes('--stay')) console.log('\nLook at it in the browser. Ctrl-C ends it.');
else await collector.close();

async function order() {
  const heard = once(/** @type {any} */ (customer), 'order.reserved');
  const response = await fetch(`http://${web.address}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer: 'ada', dish: 'soup' }),
  });
  const { traceId } = /** @type {{ traceId: string }} */ (await response.json());
  const [reserved] = await heard;
  while ((await spansOf(traceId)).length < spansOfAnOrder) await wait(50);
  return { traceId, reserved };
}

/** @param {string} traceId @returns {Promise<readonly unknown[]>} */
async function spansOf(traceId) {
  const response = await fetch(`${collector.url}/waymark/traces/${traceId}`);
  if (!response.ok) return []; // none has arrived yet
  const { spans } = /** @type {{ spans: readonly unknown[] }} */ (await response.json());
  return spans;
}
